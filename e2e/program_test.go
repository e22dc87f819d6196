package e2e

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// patience is how long a test waits for what must happen. It is no expectation
// of how long that takes.
const patience = 60 * time.Second

// await polls until ready holds.
func await(t testing.TB, what string, ready func() bool) {
	t.Helper()
	deadline := time.Now().Add(patience)
	for tick := time.Tick(10 * time.Millisecond); !ready(); <-tick {
		if time.Now().After(deadline) {
			require.FailNow(t, "waited in vain: "+what)
		}
	}
}

// program is a perdure process that serves, and may be killed and started again.
type program struct {
	client

	arguments []string
	ready     string // the URL of its readiness
	log       string // the file with everything that it has said

	process *exec.Cmd
	ended   chan struct{}
}

// dev starts perdure dev on a folder, waits until it is ready, and kills it when
// the test ends.
func dev(t testing.TB, data string, arguments ...string) *program {
	t.Helper()
	address := freeAddress(t)
	p := newProgram("http://"+address, t.TempDir(), append([]string{"dev", "--data", data, "--listen", address}, arguments...)...)
	p.during(t)
	p.launch(t)
	p.awaitReady(t)
	return p
}

// newProgram makes a program that is not running yet.
func newProgram(url, folder string, arguments ...string) *program {
	return &program{
		client: newClient(url), arguments: arguments, ready: url + "/readyz", log: filepath.Join(folder, arguments[0]+".log"),
	}
}

// during kills the program when the test ends, and tells what it has said if the
// test has failed.
func (p *program) during(t testing.TB) {
	t.Cleanup(func() {
		p.kill(t)
		p.tell(t)
	})
}

func (p *program) tell(t testing.TB) {
	t.Helper()
	if t.Failed() {
		log, _ := os.ReadFile(p.log)
		t.Logf("%s said:\n%s", p.arguments[0], log[max(0, len(log)-3_000):])
	}
}

func (p *program) launch(t testing.TB) {
	t.Helper()
	log, err := os.OpenFile(p.log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	require.NoError(t, err)
	defer func() { require.NoError(t, log.Close()) }()
	p.process = exec.Command(binary, p.arguments...)
	p.process.Stdout, p.process.Stderr = log, log
	require.NoError(t, p.process.Start())
	_, err = fmt.Fprintln(leash, p.process.Process.Pid)
	require.NoError(t, err)
	ended := make(chan struct{})
	p.ended = ended
	go func(process *exec.Cmd) {
		_ = process.Wait()
		_, _ = fmt.Fprintln(leash, -process.Process.Pid)
		close(ended)
	}(p.process)
}

// kill is kill -9. It returns when the process is gone.
func (p *program) kill(t testing.TB) {
	t.Helper()
	if p.process == nil {
		return
	}
	if err := p.process.Process.Kill(); !errors.Is(err, os.ErrProcessDone) {
		require.NoError(t, err)
	}
	<-p.ended
	p.process = nil
}

// interrupt is Ctrl-C. It returns the exit code.
func (p *program) interrupt(t testing.TB) int {
	t.Helper()
	require.NoError(t, p.process.Process.Signal(os.Interrupt))
	<-p.ended
	code := p.process.ProcessState.ExitCode()
	p.process = nil
	return code
}

// restart kills the program and starts it again by the same command.
func (p *program) restart(t testing.TB) {
	t.Helper()
	p.kill(t)
	p.launch(t)
	p.awaitReady(t)
}

func (p *program) running() bool {
	select {
	case <-p.ended:
		return false
	default:
		return true
	}
}

func (p *program) awaitReady(t testing.TB) {
	t.Helper()
	await(t, p.arguments[0]+" is ready", func() bool {
		require.True(t, p.running(), "%s has ended by itself", p.arguments[0])
		return p.status(p.ready) == http.StatusOK
	})
}

// status asks for a page and answers its status, 0 when there is no answer.
func (p *program) status(url string) int {
	answer, err := p.http.Get(url)
	if err != nil {
		return 0
	}
	_ = answer.Body.Close()
	return answer.StatusCode
}

// taken are the ports given away: nobody listens on them yet.
var taken sync.Map

// freeAddress answers a free loopback address below the range of ports that
// clients use.
func freeAddress(t testing.TB) string {
	t.Helper()
	for {
		address := net.JoinHostPort("127.0.0.1", strconv.Itoa(20_000+rand.IntN(12_000)))
		if _, used := taken.LoadOrStore(address, true); used {
			continue
		}
		l, err := net.Listen("tcp", address)
		if err != nil {
			continue
		}
		require.NoError(t, l.Close())
		return address
	}
}

// port is the port of an address.
func port(t testing.TB, address string) string {
	t.Helper()
	_, port, err := net.SplitHostPort(address)
	require.NoError(t, err)
	return port
}

// perdure runs a command to its end.
func perdure(t testing.TB, input string, arguments ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	command := exec.CommandContext(t.Context(), binary, arguments...)
	command.Stdin, command.Stdout, command.Stderr = strings.NewReader(input), &out, &errs
	err := command.Run()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		return exit.ExitCode(), out.String(), errs.String()
	}
	require.NoError(t, err)
	return 0, out.String(), errs.String()
}

// together is the platform that most tests share, with Temporal's address.
type together struct {
	*program

	temporal string
}

var (
	sharing sync.Mutex
	shared  *together
)

// platform answers the platform that is shared. It starts with the first test
// that asks for it and ends with the tests, see TestMain.
func platform(t testing.TB) *together {
	t.Helper()
	sharing.Lock()
	defer sharing.Unlock()
	if shared == nil {
		folder := filepath.Dir(binary)
		address, temporal := freeAddress(t), freeAddress(t)
		p := newProgram("http://"+address, folder,
			"dev", "--data", filepath.Join(folder, "data"), "--listen", address, "--temporal-port", port(t, temporal))
		p.launch(t)
		p.awaitReady(t)
		shared = &together{program: p, temporal: temporal}
	}
	t.Cleanup(func() { shared.tell(t) })
	return shared
}
