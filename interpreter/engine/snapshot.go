package engine

import (
	"encoding/json"
	"fmt"
)

// Schema is the version of the form of State. A snapshot of a later one cannot
// be read.
const Schema = 1

// Snapshot returns the state as JSON: all that New needs to go on.
func (in *Instance) Snapshot() ([]byte, error) {
	data, err := json.Marshal(&in.state)
	if err != nil {
		return nil, fmt.Errorf("engine: snapshot: %w", err)
	}
	return data, nil
}

// Load reads a snapshot.
func Load(snapshot []byte) (State, error) {
	var st State
	if err := json.Unmarshal(snapshot, &st); err != nil {
		return State{}, fmt.Errorf("engine: snapshot: %w", err)
	}
	if st.Schema < 1 || st.Schema > Schema {
		return State{}, fmt.Errorf("engine: snapshot: the schema is %d, this engine reads 1 to %d", st.Schema, Schema)
	}
	return st, nil
}
