package local

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/penstock-ci/penstock/internal/execution"
	"github.com/penstock-ci/penstock/statemachines/engine"
	"github.com/penstock-ci/penstock/statemachines/engine/mototest"
)

// The machine of the example, run by our engine and by moto's interpreter of Amazon States Language, with the same
// handlers behind both, must visit the same states and come to the same end.
func TestMotoRunsTheSameMachine(t *testing.T) {
	peer := mototest.Start(t)
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
			theirs := runOnMoto(t, peer, files, c.approved)
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

// motoTimeout is when moto is given up; the first build of the example compiles Go's standard library.
const motoTimeout = 9 * time.Minute

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
	return result(t, platform, ended, platform.engine.History(e.PipelineExecutionID))
}

// runOnMoto runs a pipeline on moto, which calls the handlers over HTTP.
func runOnMoto(t *testing.T, peer *mototest.Moto, files map[string]string, approved bool) outcome {
	t.Helper()
	m := &moto{Moto: peer, requested: make(chan execution.MachineStart, 1)}
	platform := bind(t, files).open(t, Options{machine: func(*Platform) execution.Machine { return m }})
	defer closed(t, platform)
	approve(t, platform, approved)
	ctx := t.Context()
	e := start(t, platform, parse(t, files["pipeline.yaml"]))
	history := m.run(t, platform)
	ended, err := platform.records.Execution(ctx, e.PipelineExecutionID)
	if err != nil {
		t.Fatal(err)
	}
	return result(t, platform, ended, history)
}

func result(t *testing.T, p *Platform, e *execution.Execution, history []engine.Event) outcome {
	t.Helper()
	actions, err := p.records.ListActionExecutions(t.Context(), e.PipelineExecutionID)
	if err != nil {
		t.Fatal(err)
	}
	o := outcome{status: e.Status, states: mototest.Visited(history)}
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

// moto is an execution.Machine over moto's Step Functions.
type moto struct {
	*mototest.Moto
	requested chan execution.MachineStart
}

// StartMachine leaves the start to run.
func (m *moto) StartMachine(_ context.Context, start execution.MachineStart) error {
	m.requested <- start
	return nil
}

// DescribeMachine is never asked for here.
func (m *moto) DescribeMachine(context.Context, string) (execution.MachineStatus, error) {
	panic("a machine is described")
}

// StopMachine is never asked for here.
func (m *moto) StopMachine(context.Context, execution.MachineStop) error {
	return errors.New("stopping is not part of this test")
}

// CompleteTask answers a token by Step Functions' API.
func (m *moto) CompleteTask(ctx context.Context, a execution.TaskAnswer) error {
	if a.Error != "" {
		return m.SendTaskFailure(ctx, a.Token, a.Error, a.Cause)
	}
	return m.SendTaskSuccess(ctx, a.Token, a.Output)
}

// run has moto's interpreter run what was asked for, to its end.
func (m *moto) run(t *testing.T, p *Platform) []engine.Event {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), motoTimeout)
	defer cancel()
	start := <-m.requested
	definition, err := p.records.Definition(ctx, start.PipelineName, start.DefinitionDigest)
	if err != nil {
		t.Fatal(err)
	}
	machine, err := decode(definition, "")
	if err != nil {
		t.Fatal(err)
	}
	input, err := json.Marshal(start.Input)
	if err != nil {
		t.Fatal(err)
	}
	_, history, err := m.Run(ctx, engine.Execution{Name: start.Name, Machine: machine, Input: input}, tasks{p.handlers})
	if err != nil {
		t.Fatal(err)
	}
	return history
}

func closed(t *testing.T, p *Platform) {
	t.Helper()
	if err := p.Close(); err != nil {
		t.Error(err)
	}
}
