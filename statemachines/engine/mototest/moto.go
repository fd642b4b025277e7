package mototest

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http/httptest"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"github.com/penstock-ci/penstock/statemachines/engine"
)

// Moto is moto in a process of its own. It does one request at a time; task tokens can be answered meanwhile.
type Moto struct {
	endpoint   string
	functions  *functions
	mu         sync.Mutex // of one request and its answer
	in         io.Writer
	out        *bufio.Reader
	kill       func() error
	complaints *complaints
}

// Start installs and starts moto. It ends with the test.
func Start(t testing.TB) *Moto {
	t.Helper()
	installed := Install(t, "moto")
	m := &Moto{functions: &functions{}, complaints: &complaints{}}
	server := httptest.NewServer(m.functions)
	t.Cleanup(server.Close)
	c := exec.Command(installed.Python, filepath.Join(installed.Programs, "run.py"), "--functions", server.URL)
	in, err := c.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	c.Stderr = m.complaints
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	m.in, m.out, m.kill = in, bufio.NewReader(out), c.Process.Kill
	t.Cleanup(func() {
		_ = in.Close() // which ends the program
		_ = c.Wait()   // whatever it answers has been read, and a program that died early was noticed
	})
	var first struct{ Endpoint string }
	if err := m.read(&first); err != nil {
		t.Fatal(err)
	}
	m.endpoint = first.Endpoint
	return m
}

// Validate has moto's parser read a machine, the text of which must name its functions. It returns why moto refuses it,
// or "".
func (m *Moto) Validate(ctx context.Context, definition []byte) (refused string, err error) {
	var answer struct{ Refused string }
	err = m.ask(ctx, request{Kind: "validate", Definition: string(definition)}, &answer)
	return answer.Refused, err
}

// Run runs an execution to its end; the functions that its machine names are tasks. Of the result it has no times, and
// of the events' details only the names of the states that are entered. A context that ends first ends moto.
func (m *Moto) Run(ctx context.Context, e engine.Execution, tasks engine.Tasks) (engine.Result, []engine.Event, error) {
	definition, err := e.Machine.MarshalJSON()
	if err != nil {
		return engine.Result{}, nil, err
	}
	m.functions.serve(e.Name, tasks)
	defer m.functions.serve("", nil)
	var o outcome
	err = m.ask(ctx, request{Kind: "run", Definition: string(definition), Name: e.Name, Input: e.Input}, &o)
	return o.result(), o.history(), err
}

// request is a line that run.py reads.
type request struct {
	Kind       string          `json:"kind"`
	Definition string          `json:"definition"`
	Name       string          `json:"name,omitempty"`
	Input      json.RawMessage `json:"input,omitempty"`
}

// ask sends a request and reads its answer.
func (m *Moto) ask(ctx context.Context, r request, into any) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	stop := context.AfterFunc(ctx, func() { _ = m.kill() }) // so that reading ends
	defer stop()
	line, err := json.Marshal(r)
	if err != nil {
		return err
	}
	if _, err := m.in.Write(append(line, '\n')); err != nil {
		return fmt.Errorf("ask moto: %w\n%s", err, m.complaints)
	}
	return m.read(into)
}

// read reads a line of run.py.
func (m *Moto) read(into any) error {
	var answer struct{ Failure string }
	line, err := m.out.ReadBytes('\n')
	if err == nil {
		err = json.Unmarshal(line, &answer)
	}
	if err == nil && answer.Failure != "" {
		err = errors.New(answer.Failure)
	}
	if err == nil {
		err = json.Unmarshal(line, into)
	}
	if err != nil {
		return fmt.Errorf("moto: %w\n%s", err, m.complaints)
	}
	return nil
}

// complaints keeps what run.py writes to standard error.
type complaints struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (c *complaints) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.text.Write(p)
}

func (c *complaints) String() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.text.String()
}
