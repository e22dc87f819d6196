package engine_test

import (
	"testing"

	"github.com/cockroachdb/datadriven"

	"github.com/perdure/perdure/interpreter/engine/enginetest"
)

// TestScripts runs every script in testdata. After a wanted change of
// behaviour run
//
//	go test ./interpreter/engine -run TestScripts -rewrite
//
// and read the diff: it is the change, in words.
func TestScripts(t *testing.T) {
	t.Parallel()
	datadriven.Walk(t, "testdata/scripts", func(t *testing.T, path string) {
		env := enginetest.NewEnv("testdata")
		datadriven.RunTest(t, path, env.Handle)
	})
}
