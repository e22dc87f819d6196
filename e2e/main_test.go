package e2e

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
)

// binary is the path of the perdure that is tested.
var binary string

// leash ends what the tests have started when they end themselves, however
// they end.
var leash io.Writer

// leashVariable makes the test binary the process that holds the leash.
const leashVariable = "PERDURE_E2E_LEASH"

func TestMain(m *testing.M) {
	if os.Getenv(leashVariable) != "" {
		holdLeash(os.Stdin)
		return
	}
	code, err := build(m.Run)
	if err != nil {
		fmt.Fprintln(os.Stderr, "e2e:", err)
		code = 1
	}
	os.Exit(code)
}

// build builds the binary for as long as run takes.
func build(run func() int) (code int, err error) {
	folder, err := os.MkdirTemp("", "perdure-e2e-")
	if err != nil {
		return 0, err
	}
	defer func() { _ = os.RemoveAll(folder) }()
	binary = filepath.Join(folder, "perdure")
	if out, err := exec.Command("go", "build", "-o", binary, "../cmd/perdure").CombinedOutput(); err != nil {
		return 0, fmt.Errorf("go build: %w\n%s", err, out)
	}
	holder := exec.Command(os.Args[0])
	holder.Env = append(os.Environ(), leashVariable+"=1")
	pipe, err := holder.StdinPipe()
	if err != nil {
		return 0, err
	}
	if err := holder.Start(); err != nil {
		return 0, err
	}
	leash = pipe
	code = run()
	// This kills the shared platform.
	if err := pipe.Close(); err != nil {
		return code, err
	}
	return code, holder.Wait()
}

// holdLeash reads process ids, one a line, a negative one of a process that has
// ended, and kills those that are left when there is no more to read.
func holdLeash(in io.Reader) {
	held := map[int]bool{}
	for lines := bufio.NewScanner(in); lines.Scan(); {
		id, err := strconv.Atoi(lines.Text())
		switch {
		case err != nil:
		case id < 0:
			delete(held, -id)
		default:
			held[id] = true
		}
	}
	for id := range held {
		if process, err := os.FindProcess(id); err == nil {
			_ = process.Kill()
		}
	}
}
