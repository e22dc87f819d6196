package bpmn

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// JSON returns the canonical JSON text of the graph: fields in the order of
// the types, no white space.
func (g *Graph) JSON() []byte {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(g); err != nil {
		panic("bpmn: a graph is plain data and always has a JSON text: " + err.Error())
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}

// SHA256 returns, in hexadecimal, the digest of the text that the graph was
// read from, or of its JSON when it was compiled here. It is the key under
// which the graph is stored.
func (g *Graph) SHA256() string { return g.sha256 }

// ReadGraph reads what JSON wrote and Perdure stored: data that Compile has
// checked. It refuses a text of a newer format or of newer execution rules,
// and one that is damaged.
func ReadGraph(data []byte) (*Graph, error) {
	if len(data) > MaxGraphBytes {
		return nil, fmt.Errorf("bpmn: a compiled graph has at most %d bytes, not %d", MaxGraphBytes, len(data))
	}
	var version struct{ Format, Semantics int }
	if err := json.Unmarshal(data, &version); err != nil {
		return nil, fmt.Errorf("bpmn: read compiled graph: %w", err)
	}
	if version.Format != GraphFormat {
		return nil, fmt.Errorf("bpmn: compiled graph has format %d; this version reads %d", version.Format, GraphFormat)
	}
	if version.Semantics < 1 || version.Semantics > Semantics {
		return nil, fmt.Errorf("bpmn: compiled graph asks for execution rules %d; this version has 1 to %d", version.Semantics, Semantics)
	}
	g := &Graph{}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(g); err != nil {
		return nil, fmt.Errorf("bpmn: read compiled graph: %w", err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("bpmn: read compiled graph: text follows the graph")
	}
	if err := g.link(); err != nil {
		return nil, fmt.Errorf("bpmn: read compiled graph: %w", err)
	}
	g.sha256 = digest(data)
	return g, nil
}

func digest(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}
