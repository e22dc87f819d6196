package main

import (
	"fmt"
	"io"
	"os"

	"github.com/perdure/perdure/bpmn"
)

// standardInput is the file name that means standard input.
const standardInput = "-"

// readSource reads a BPMN file, or standard input, and refuses one that is
// larger than any server takes.
func readSource(name string, c console) ([]byte, error) {
	return readBounded(name, bpmn.MaxBytes, c)
}

func readBounded(name string, limit int64, c console) ([]byte, error) {
	in := c.in
	if name != standardInput {
		f, err := os.Open(name)
		if err != nil {
			return nil, err
		}
		defer func() { _ = f.Close() }()
		in = f
	}
	data, err := io.ReadAll(io.LimitReader(in, limit+1))
	if err != nil {
		return nil, err
	}
	if int64(len(data)) > limit {
		return nil, fmt.Errorf("%s has more than %d bytes", name, limit)
	}
	return data, nil
}
