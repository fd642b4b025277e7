package local

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/penstock-ci/penstock/internal/execution"
	"github.com/penstock-ci/penstock/internal/task"
	"github.com/penstock-ci/penstock/statemachines/engine"
)

// The machine of the example, run by our engine and by moto's interpreter of Amazon States Language, with the same
// handlers behind both, must visit the same states and come to the same end.
func TestMotoRunsTheSameMachine(t *testing.T) {
	python := motoEnvironment(t)
	cases := []struct {
		name     string
		change   map[string][2]string // file: what is replaced, by what
		approved bool
		status   execution.ExecutionStatus
	}{
		{"success", nil, true, execution.ExecutionSucceeded},
		{"a failing test", map[string][2]string{"service/buildspec-test.yml": {"go test", "false && go test"}}, true, execution.ExecutionFailed},
		{"a missing variable", map[string][2]string{"pipeline.yaml": {"BuildVariables.VERSION", "BuildVariables.NOTHING"}}, true, execution.ExecutionFailed},
		{"a rejected approval", nil, false, execution.ExecutionFailed},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			files := copyExample(t)
			for name, change := range c.change {
				if !strings.Contains(files[name], change[0]) {
					t.Fatalf("%s does not contain %q", name, change[0])
				}
				files[name] = strings.ReplaceAll(files[name], change[0], change[1])
			}
			ours := runHere(t, files, c.approved)
			theirs := runOnMoto(t, python, files, c.approved)
			if ours.status != c.status || theirs.status != c.status {
				t.Errorf("our engine ended as %s, moto's as %s, want %s", ours.status, theirs.status, c.status)
			}
			if diff := cmp.Diff(ours.states, theirs.states); diff != "" {
				t.Errorf("states entered (-here +moto):\n%s", diff)
			}
			if diff := cmp.Diff(ours.actions, theirs.actions); diff != "" {
				t.Errorf("records of actions (-here +moto):\n%s", diff)
			}
		})
	}
}

// motoTimeoutSeconds is when moto gives up; the first build of the example compiles Go's standard library.
const motoTimeoutSeconds = 540

// outcome is what must be the same on both interpreters.
type outcome struct {
	status  execution.ExecutionStatus
	states  []string
	actions []string
}

// copyExample reads the example's files. Its builds share one Go build cache below the project's own: each state
// directory would begin with an empty one.
func copyExample(t *testing.T) map[string]string {
	t.Helper()
	root := filepath.Join("..", "..", "examples", "go-service")
	files := map[string]string{}
	err := fs.WalkDir(os.DirFS(root), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			if d != nil && d.Name() == StateDirectory {
				return fs.SkipDir
			}
			return err
		}
		text, err := os.ReadFile(filepath.Join(root, name))
		files[name] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	cache, err := filepath.Abs(filepath.Join("..", "..", ".cache", "example"))
	if err != nil {
		t.Fatal(err)
	}
	files["penstock.local.yaml"] = strings.ReplaceAll(files["penstock.local.yaml"], "    buildspec:",
		fmt.Sprintf("    environment: {GOCACHE: %q}\n    buildspec:", cache))
	return files
}

// runHere runs a pipeline on the engine in this process.
func runHere(t *testing.T, files map[string]string, approved bool) outcome {
	t.Helper()
	platform := bind(t, files).open(t, Options{})
	defer closed(t, platform)
	approve(t, platform, approved)
	ctx := t.Context()
	e := start(t, platform, parse(t, files["pipeline.yaml"]))
	ended, err := platform.Wait(ctx, e.PipelineExecutionID)
	if err != nil {
		t.Fatal(err)
	}
	var states []string
	for _, event := range platform.engine.History(e.PipelineExecutionID) {
		if entered, ok := event.Details.(*engine.StateEnteredEventDetails); ok {
			states = append(states, entered.Name)
		}
	}
	return result(t, platform, ended, states)
}

// runOnMoto runs a pipeline on moto, which calls the handlers over HTTP.
func runOnMoto(t *testing.T, python string, files map[string]string, approved bool) outcome {
	t.Helper()
	m := &moto{python: python, requested: make(chan execution.MachineStart, 1), ready: make(chan struct{})}
	platform := bind(t, files).open(t, Options{machine: func(p *Platform) execution.Machine { m.platform = p; return m }})
	defer closed(t, platform)
	server := httptest.NewServer(handlers{platform.handlers})
	defer server.Close()
	approve(t, platform, approved)
	ctx := t.Context()
	e := start(t, platform, parse(t, files["pipeline.yaml"]))
	states := m.run(t, server.URL+"/invoke")
	ended, err := platform.records.Execution(ctx, e.PipelineExecutionID)
	if err != nil {
		t.Fatal(err)
	}
	return result(t, platform, ended, states)
}

func result(t *testing.T, p *Platform, e *execution.Execution, states []string) outcome {
	t.Helper()
	actions, err := p.records.ListActionExecutions(t.Context(), e.PipelineExecutionID)
	if err != nil {
		t.Fatal(err)
	}
	o := outcome{status: e.Status, states: sortBranches(states)}
	for _, a := range actions {
		line := fmt.Sprintf("%s/%s %s", a.StageName, a.ActionName, a.Status)
		if a.Error != nil {
			line += " " + a.Error.Code
		}
		o.actions = append(o.actions, line)
	}
	slices.Sort(o.actions)
	return o
}

// sortBranches orders the states between a Parallel state and its join: branches interleave.
func sortBranches(states []string) []string {
	out := slices.Clone(states)
	for i, name := range out {
		if end := slices.Index(out, name+" joined"); end > i {
			slices.Sort(out[i+1 : end])
		}
	}
	return out
}

// moto is an execution.Machine over moto's Step Functions.
type moto struct {
	platform  *Platform
	python    string
	requested chan execution.MachineStart
	endpoint  string
	ready     chan struct{} // closed when endpoint is known
}

// StartMachine leaves the start to run.
func (m *moto) StartMachine(_ context.Context, start execution.MachineStart) error {
	m.requested <- start
	return nil
}

// StopMachine is never asked for here.
func (m *moto) StopMachine(context.Context, execution.MachineStop) error {
	return errors.New("stopping is not part of this test")
}

// CompleteTask answers a token by Step Functions' API.
func (m *moto) CompleteTask(ctx context.Context, a execution.TaskAnswer) error {
	<-m.ready
	operation, body := "SendTaskSuccess", map[string]string{"taskToken": a.Token, "output": string(a.Output)}
	if a.Error != "" {
		operation, body = "SendTaskFailure", map[string]string{"taskToken": a.Token, "error": a.Error, "cause": a.Cause}
	}
	encoded, err := json.Marshal(body)
	if err != nil {
		return err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, m.endpoint, bytes.NewReader(encoded))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/x-amz-json-1.0")
	r.Header.Set("X-Amz-Target", "AWSStepFunctions."+operation)
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		text, _ := io.ReadAll(answer.Body)
		return fmt.Errorf("%s: %s: %s", operation, answer.Status, text)
	}
	return nil
}

// run has moto's interpreter run what was asked for, to its end, and returns the states that it entered.
func (m *moto) run(t *testing.T, functions string) []string {
	t.Helper()
	start := <-m.requested
	definition, err := m.platform.records.Definition(t.Context(), start.PipelineName, start.DefinitionDigest)
	if err != nil {
		t.Fatal(err)
	}
	request, err := json.Marshal(map[string]any{
		"definition": string(definition.Machines[0].Definition), "input": start.Input, "name": start.Name, "functions": functions,
		"timeoutSeconds": motoTimeoutSeconds,
	})
	if err != nil {
		t.Fatal(err)
	}
	c := exec.CommandContext(t.Context(), m.python, filepath.Join("testdata", "moto", "run.py"))
	in, err := c.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var complaints bytes.Buffer
	c.Stderr = &complaints
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := in.Write(append(request, '\n')); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewReader(out)
	var first struct{ Endpoint string }
	read(t, lines, &first, &complaints)
	m.endpoint = first.Endpoint
	close(m.ready)
	var last struct{ States []string }
	read(t, lines, &last, &complaints)
	if err := c.Wait(); err != nil {
		t.Fatalf("moto: %v\n%s", err, complaints.String())
	}
	return last.States
}

func read(t *testing.T, lines *bufio.Reader, into any, complaints fmt.Stringer) {
	t.Helper()
	line, err := lines.ReadBytes('\n')
	if err == nil {
		err = json.Unmarshal(line, into)
	}
	if err != nil {
		t.Fatalf("moto: %v\n%s", err, complaints)
	}
}

// handlers answers invocations by HTTP, as Lambda does: an error is an object with errorType.
type handlers struct{ *task.Handlers }

func (h handlers) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	payload, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	answer, err := h.Invoke(r.Context(), strings.TrimPrefix(r.URL.Path, "/invoke/"), payload)
	var named *task.Error
	if errors.As(err, &named) {
		answer, err = json.Marshal(map[string]string{"errorType": named.Name, "errorMessage": named.Cause})
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(answer)
}

// motoEnvironment installs moto and jsonata, by pinned version, into the project's own folder.
func motoEnvironment(t *testing.T) string {
	t.Helper()
	for _, program := range []string{"python3", "node", "npm"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Fatalf("this test needs %s: install it", program)
		}
	}
	cache, err := filepath.Abs(filepath.Join("..", "..", ".cache", "moto"))
	if err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), filepath.Join("testdata", "moto", "setup.sh"), cache).CombinedOutput()
	if err != nil {
		t.Fatalf("install moto: %v\n%s", err, out)
	}
	return filepath.Join(cache, "moto-venv", "bin", "python")
}

func closed(t *testing.T, p *Platform) {
	t.Helper()
	if err := p.Close(); err != nil {
		t.Error(err)
	}
}
