package execution_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/penstock-ci/penstock/events"
	"github.com/penstock-ci/penstock/internal/execution"
	"github.com/penstock-ci/penstock/internal/execution/porttest"
	"github.com/penstock-ci/penstock/pipeline"
)

var errKilled = errors.New("killed")

// executions is how many one world starts.
const executions = 12

func all[T any](list []T, holds func(T) bool) bool {
	return !slices.ContainsFunc(list, func(x T) bool { return !holds(x) })
}

// world has a pipeline of three stages and the machines of its executions, which this process runs one transition at a
// time, in an order that chance decides. Now and then the process is killed between a write and its effects.
type world struct {
	t        *testing.T
	chance   *rand.Rand
	table    *porttest.Memory
	records  *execution.Records
	pipeline *pipeline.Pipeline
	now      time.Time
	ids      int
	machines []*simulated
	up       map[string]bool // executions whose machines take answers
	killed   bool
	entered  map[string][]string // executions by stage, in the order in which they entered
}

// simulated is the machine of an execution: it enters one stage after another, in each of which is one action.
type simulated struct {
	id     string
	stage  int
	token  string // of the Enter state that waits
	inside bool
	over   bool
}

func newWorld(t *testing.T, mode string, seed uint64) *world {
	text := "name: p\npipelineType: V2\nexecutionMode: " + mode + "\nstages:\n"
	for _, name := range stageNames {
		text += "  - name: " + name + "\n    actions: []\n"
	}
	p, _ := pipeline.Parse("p.yaml", []byte(text))
	w := &world{
		t: t, chance: rand.New(rand.NewPCG(seed, 0)), table: porttest.NewMemory(), pipeline: p,
		now: time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC), up: map[string]bool{}, entered: map[string][]string{},
	}
	w.open()
	return w
}

var stageNames = []string{"Source", "Build", "Deploy"}

// open is a new process over the same table.
func (w *world) open() {
	w.killed = false
	w.records = execution.New(execution.Ports{Table: w, Machine: w, Bus: w, Clock: w, IDs: w})
}

func (w *world) Now() time.Time { w.now = w.now.Add(time.Second); return w.now }

func (w *world) NewID() string { w.ids++; return fmt.Sprintf("id-%04d", w.ids) }

func (w *world) Get(ctx context.Context, key execution.Key) (execution.Item, error) {
	if w.killed {
		return execution.Item{}, errKilled
	}
	return w.table.Get(ctx, key)
}

func (w *world) Query(ctx context.Context, q execution.Query) ([]execution.Item, error) {
	if w.killed {
		return nil, errKilled
	}
	return w.table.Query(ctx, q)
}

func (w *world) Write(ctx context.Context, writes []execution.Write) error {
	if w.killed {
		return errKilled
	}
	err := w.table.Write(ctx, writes)
	w.killed = err == nil && w.chance.IntN(15) == 0
	return err
}

func (w *world) Publish(_ context.Context, e events.Envelope) error {
	if w.killed {
		return errKilled
	}
	return nil
}

func (w *world) StartMachine(_ context.Context, s execution.MachineStart) error {
	if w.killed {
		return errKilled
	}
	if w.machine(s.Name) == nil {
		w.machines = append(w.machines, &simulated{id: s.Name})
		w.up[s.Name] = true
	}
	return nil
}

func (w *world) StopMachine(_ context.Context, s execution.MachineStop) error {
	if w.killed {
		return errKilled
	}
	if m := w.machine(s.Name); m != nil {
		m.over = true
	}
	return nil
}

// DescribeMachine says whether a machine is over; one that is not taken up is unknown.
func (w *world) DescribeMachine(_ context.Context, name string) (execution.MachineStatus, error) {
	m := w.machine(name)
	switch {
	case w.killed:
		return execution.MachineStatus{}, errKilled
	case m == nil || !w.up[name]:
		return execution.MachineStatus{}, &execution.Error{Code: execution.NotFound}
	case m.over:
		return execution.MachineStatus{Status: "SUCCEEDED"}, nil
	}
	return execution.MachineStatus{Status: "RUNNING"}, nil
}

// CompleteTask answers the Enter state of a machine. The token of one that does not run is dead.
func (w *world) CompleteTask(_ context.Context, a execution.TaskAnswer) error {
	if w.killed {
		return errKilled
	}
	for _, m := range w.machines {
		if m.token == a.Token && w.up[m.id] && !m.over {
			m.token, m.inside, m.over = "", a.Error == "", a.Error != ""
			return nil
		}
	}
	return &execution.Error{Code: execution.NotFound}
}

func (w *world) machine(id string) *simulated {
	for _, m := range w.machines {
		if m.id == id {
			return m
		}
	}
	return nil
}

// act makes one thing happen, and restarts the process where it was killed over it.
func (w *world) act() {
	ctx := w.t.Context()
	var ready []*simulated
	for _, m := range w.machines {
		if !m.over && m.token == "" {
			ready = append(ready, m)
		}
	}
	var err error
	switch n := w.chance.IntN(20); {
	case n < 3 && len(w.machines) < executions:
		definition := execution.Definition{PipelineName: "p", Version: 1, Digest: "d"}
		_, err = w.records.StartPipelineExecution(ctx, execution.StartInput{Definition: definition, Pipeline: w.pipeline})
	case n == 3 && len(w.machines) > 0 && len(w.machines) < executions:
		m := w.machines[w.chance.IntN(len(w.machines))]
		_, err = w.records.StopPipelineExecution(ctx, m.id, execution.StopTrigger{Abandon: true})
	case len(ready) > 0:
		err = w.step(ctx, ready[w.chance.IntN(len(ready))])
	}
	switch code := execution.CodeOf(err); {
	case w.killed:
		w.restart()
	case err != nil && code != execution.Conflict && code != execution.NotAllowed:
		w.t.Fatal(err)
	}
	w.check()
}

// step is the next transition of a machine. A handler that does not return is invoked again, with another token.
func (w *world) step(ctx context.Context, m *simulated) error {
	in := events.TaskInput{PipelineExecutionID: m.id, MachineExecution: m.id}
	switch {
	case !m.inside:
		in.Stage, in.TaskToken = stageNames[m.stage], w.NewID()
		m.token = in.TaskToken
		if err := w.records.EnterStage(ctx, in); err != nil {
			m.token, m.over = "", execution.CodeOf(err) == execution.NotAllowed
			return err
		}
	case w.chance.IntN(10) == 0:
		in.Stage, in.Failures = stageNames[m.stage], []events.ActionFailure{{Error: "x"}}
		err := w.records.FailStage(ctx, in, nil)
		m.over = err == nil
		return err
	case m.stage+1 < len(stageNames):
		m.stage, m.inside = m.stage+1, false
	default:
		err := w.records.FinishExecution(ctx, in)
		m.over = err == nil
		return err
	}
	return nil
}

// restart does what a new process does. Machines take answers from when they are taken up, one after another.
func (w *world) restart() {
	ctx := w.t.Context()
	for w.killed {
		w.open()
		clear(w.up)
		open, err := w.records.OpenExecutions(ctx)
		if err == nil {
			err = w.records.RepairEnded(ctx)
		}
		for _, e := range open {
			if err == nil {
				err = w.resume(ctx, e)
			}
		}
		if err != nil && !w.killed {
			w.t.Fatal(err)
		}
	}
}

func (w *world) resume(ctx context.Context, e *execution.Execution) error {
	stored, err := w.records.StoredEffects(ctx, e.PipelineExecutionID)
	if err != nil {
		return err
	}
	w.up[e.PipelineExecutionID] = true
	if w.machine(e.PipelineExecutionID) == nil {
		err = w.StartMachine(ctx, e.MachineStart())
	}
	if err == nil {
		err = w.records.Repair(ctx, stored)
	}
	if err == nil {
		err = w.records.RepeatAnswers(ctx, e.PipelineExecutionID)
	}
	return err
}

// check holds what is always true: a stage has one execution at most, and none enters it after a newer one.
func (w *world) check() {
	ctx := w.t.Context()
	inside := map[string][]string{}
	records := execution.New(execution.Ports{Table: w.table, Clock: w})
	all, err := records.ListPipelineExecutions(ctx, "p", 0)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, e := range all {
		if !e.Ended() && e.CurrentStage != "" && e.Inbound == nil {
			inside[e.CurrentStage] = append(inside[e.CurrentStage], e.PipelineExecutionID)
		}
		if e.CurrentStage != "" && !slices.Contains(w.entered[e.CurrentStage], e.PipelineExecutionID) {
			w.entered[e.CurrentStage] = append(w.entered[e.CurrentStage], e.PipelineExecutionID)
		}
	}
	for stage, ids := range inside {
		if len(ids) > 1 {
			w.t.Fatalf("stage %s has %v", stage, ids)
		}
	}
	for stage, ids := range w.entered {
		if w.pipeline.Mode() == pipeline.ModeSuperseded && !slices.IsSorted(ids) { // identities rise with the start
			w.t.Fatalf("stage %s was entered by %v, in this order", stage, ids)
		}
	}
}

// settle lets everything end, and checks what must be so then.
func (w *world) settle() {
	over := func(m *simulated) bool { return m.over }
	for n := 0; n < 5000 && (len(w.machines) < executions || !all(w.machines, over)); n++ {
		w.act()
	}
	ended, err := w.records.ListPipelineExecutions(w.t.Context(), "p", 0)
	if err != nil {
		w.t.Fatal(err)
	}
	for i, e := range ended {
		if !e.Ended() || e.Inbound != nil {
			w.t.Errorf("execution %s is %s in %q, inbound %v, machine %+v", e.PipelineExecutionID, e.Status, e.CurrentStage, e.Inbound, w.machine(e.PipelineExecutionID))
		}
		if i == 0 && e.Status == execution.ExecutionSuperseded {
			w.t.Errorf("the newest execution is %s: %s", e.Status, e.StatusSummary)
		}
	}
	for _, name := range stageNames {
		l, err := w.records.StageLock(w.t.Context(), "p", name)
		if err != nil || l.Holder != nil || len(l.Inbound) > 0 {
			w.t.Errorf("the lock of %s is left: %+v, %v", name, l, err)
		}
	}
}

// TestSupersededMode runs pipelines with many executions, which start, fail, are stopped and superseded in an order that
// chance decides, in a process that is killed again and again.
func TestSupersededMode(t *testing.T) {
	superseded, ended := 0, 0
	for seed := range uint64(40) {
		w := newWorld(t, pipeline.ModeSuperseded, seed)
		w.settle()
		all, _ := w.records.ListPipelineExecutions(t.Context(), "p", 0)
		for _, e := range all {
			ended++
			if e.Status == execution.ExecutionSuperseded {
				superseded++
			}
		}
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
	if superseded < 50 || ended-superseded < 50 {
		t.Errorf("%d executions, %d superseded: this shows little", ended, superseded)
	}
	t.Logf("%d executions, %d superseded", ended, superseded)
}

// TestQueuedMode does the same to queues: nobody loses a place.
func TestQueuedMode(t *testing.T) {
	for seed := range uint64(20) {
		w := newWorld(t, pipeline.ModeQueued, seed)
		w.settle()
		all, _ := w.records.ListPipelineExecutions(t.Context(), "p", 0)
		for _, e := range all {
			if e.Status == execution.ExecutionSuperseded {
				t.Errorf("execution %s is %s", e.PipelineExecutionID, e.Status)
			}
		}
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}

func TestMemoryTable(t *testing.T) {
	porttest.Table(t, func(*testing.T) execution.Table { return porttest.NewMemory() })
}
