package local

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/penstock-ci/penstock/events"
	"github.com/penstock-ci/penstock/internal/execution"
	"github.com/penstock-ci/penstock/internal/local/bindings"
	"github.com/penstock-ci/penstock/pipeline"
	"github.com/penstock-ci/penstock/statemachines"
)

// bound is a folder with a source, its buildspecs and the bindings to both.
type bound struct {
	dir      string
	bindings *bindings.Bindings
}

// bind writes files to a folder and reads its penstock.local.yaml.
func bind(t *testing.T, files map[string]string) bound {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	file := filepath.Join(dir, "penstock.local.yaml")
	b, diagnostics := bindings.Load(file, []byte(files["penstock.local.yaml"]))
	if diagnostics.HasErrors() {
		t.Fatalf("%s has %d errors", file, diagnostics.Errors())
	}
	return bound{dir, b}
}

// open opens a state directory in the folder; it may be opened again after Close.
func (b bound) open(t *testing.T, o Options) *Platform {
	t.Helper()
	o.Create, o.Bindings = true, b.bindings
	p, err := Open(t.Context(), filepath.Join(b.dir, StateDirectory), o)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// parse reads a definition in authoring form.
func parse(t *testing.T, text string) *pipeline.Pipeline {
	t.Helper()
	p, diagnostics := pipeline.Parse("pipeline.yaml", []byte(text))
	if diagnostics.HasErrors() {
		t.Fatalf("the definition has %d errors: %v", diagnostics.Errors(), diagnostics[0].Message)
	}
	return p
}

// start registers a definition and starts an execution of it.
func start(t *testing.T, p *Platform, source *pipeline.Pipeline) *execution.Execution {
	t.Helper()
	machines, err := statemachines.Compile(source)
	if err != nil {
		t.Fatal(err)
	}
	d, err := p.Register(t.Context(), source, machines)
	if err != nil {
		t.Fatal(err)
	}
	e, err := p.Start(t.Context(), execution.StartInput{
		Definition: d, Pipeline: source, Trigger: execution.Trigger{Type: "StartPipelineExecution", Detail: "test"},
	})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// onAction calls f for every event about an action that has come into this state.
func onAction(p *Platform, state string, f func(execution, stage, action string)) {
	p.OnEvent(func(e events.Envelope) {
		var d struct {
			ExecutionID string `json:"execution-id"`
			Stage       string `json:"stage"`
			Action      string `json:"action"`
			State       string `json:"state"`
		}
		if e.DetailType == events.ActionExecutionStateChange && json.Unmarshal(e.Detail, &d) == nil && d.State == state {
			f(d.ExecutionID, d.Stage, d.Action)
		}
	})
}

// approve answers the approval of an action as soon as it begins. The answer is given from a goroutine of its own:
// a listener must not write records.
func approve(t *testing.T, p *Platform, approved bool) {
	t.Helper()
	onAction(p, "STARTED", func(id, stage, action string) {
		if !strings.HasPrefix(stage, "Approve") {
			return
		}
		p.owned.Go(func() {
			a, err := p.records.Action(t.Context(), id, execution.ActionExecutionID(id, stage, action, 1))
			if err != nil {
				t.Error(err)
				return
			}
			_, err = p.records.PutApprovalResult(t.Context(), execution.Approval{
				PipelineExecutionID: id, StageName: stage, ActionName: action, Token: a.ApprovalToken, Approved: approved, By: "test",
			})
			if err != nil {
				t.Error(err)
			}
		})
	})
}
