package task_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/penstock-ci/penstock/events"
	"github.com/penstock-ci/penstock/internal/action"
	"github.com/penstock-ci/penstock/internal/action/approval"
	"github.com/penstock-ci/penstock/internal/execution"
	"github.com/penstock-ci/penstock/internal/execution/porttest"
	"github.com/penstock-ci/penstock/internal/task"
	"github.com/penstock-ci/penstock/pipeline"
)

var errKilled = errors.New("killed")

// world is AWS around the handlers: Step Functions, services that do the work of actions, and EventBridge, with a clock
// that only tests move. Each invocation may be a new process, which may be killed after a write; every port may be
// unavailable for a moment, where trouble is more than 0.
type world struct {
	t        *testing.T
	chance   *rand.Rand
	trouble  int // of a hundred calls, how many are refused; and of a hundred writes, after how many the process is killed
	table    *porttest.Memory
	now      time.Time
	ids      int
	killed   bool
	records  *execution.Records
	handlers *task.Handlers
	sweeper  *task.Handlers // another process
	pipeline *pipeline.Pipeline

	definition execution.Definition
	machines   []*machine
	works      []*outsideWork
	pending    []events.Envelope // on their way
	published  []events.Envelope
	sent       map[string]int // answers that were taken, by token
	// refuseDescribing is the machine execution that cannot be looked at.
	refuseDescribing string
	// refuseStarts is how no machine starts, and refuseStops says that no work is stopped.
	refuseStarts execution.Code
	refuseStops  bool
}

// machine is one state machine execution of a pipeline: it enters a stage, runs its one action, and so on.
type machine struct {
	name, execution string
	stage           int
	at              place
	token           string // of the Task state that waits
	failure         events.ActionFailure
	status          execution.MachineStatus
}

type place int

const (
	entering place = iota
	acting
	failing
	finishing
)

// outsideWork is what an action does outside: a build, say.
type outsideWork struct {
	id, action string
	ends       time.Time
	fails      bool
	told       bool
	stopped    time.Time
}

const definitionText = `{"name": "p", "pipelineType": "V2", "executionMode": "%s", "stages": [
	{"name": "Source", "actions": [{"name": "A", "actionTypeId": {"category": "Source", "owner": "AWS", "provider": "S3", "version": "1"}}]},
	{"name": "Build", "actions": [{"name": "A", "actionTypeId": {"category": "Build", "owner": "AWS", "provider": "CodeBuild", "version": "1"}, "timeoutInMinutes": 60}]},
	{"name": "Approve", "actions": [{"name": "A", "actionTypeId": {"category": "Approval", "owner": "AWS", "provider": "Manual", "version": "1"}, "timeoutInMinutes": 120}]},
	{"name": "Deploy", "actions": [{"name": "A", "actionTypeId": {"category": "Deploy", "owner": "AWS", "provider": "AppConfig", "version": "1"}, "timeoutInMinutes": 45}]}]}`

// functions are the handlers of the actions, by stage.
var functions = []string{
	events.FetchSourceFunction, events.StartBuildFunction, events.RequestApprovalFunction, events.DeployFunction,
}

func newWorld(t *testing.T, mode string, seed uint64) *world {
	t.Helper()
	w := &world{
		t: t, chance: rand.New(rand.NewPCG(seed, 1)), table: porttest.NewMemory(),
		now: time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC), sent: map[string]int{},
	}
	w.open()
	source := fmt.Sprintf(definitionText, mode)
	w.register(source)
	w.pipeline, _ = pipeline.Parse("p.json", []byte(source))
	return w
}

func (w *world) register(source string, webhooks ...execution.Webhook) {
	w.t.Helper()
	d, err := w.records.RegisterPipeline(w.t.Context(), execution.Definition{
		PipelineName: "p", Digest: fmt.Sprintf("%x", len(source)), Source: execution.Compressed(source), Webhooks: webhooks,
		Machines: []execution.StateMachine{{Stages: []string{"Source", "Build", "Approve", "Deploy"}}},
	})
	if err != nil {
		w.t.Fatal(err)
	}
	w.definition = d
}

// open makes new processes.
func (w *world) open() {
	w.killed = false
	w.records, w.handlers = w.process()
	_, w.sweeper = w.process()
}

func (w *world) process() (*execution.Records, *task.Handlers) {
	records := execution.New(execution.Ports{
		Table: w, Machine: w, Bus: w, Clock: w, IDs: w,
		Origin: execution.Origin{Partition: "aws", Region: "us-east-1", Account: "123456789012"},
	})
	return records, task.New(task.Ports{
		Records: records, Providers: w.provider, Logs: noLogs{}, Clock: w, IDs: w, Bucket: "artifacts", Secrets: secrets{},
	})
}

// Now never gives the same time twice.
func (w *world) Now() time.Time { w.now = w.now.Add(time.Millisecond); return w.now }

func (w *world) NewID() string {
	w.ids++
	return fmt.Sprintf("%08x-0000-4000-8000-000000000000", w.ids)
}

// call says whether a port answers.
func (w *world) call() error {
	switch {
	case w.killed:
		return errKilled
	case w.trouble > 0 && w.chance.IntN(100) < w.trouble:
		return &execution.Error{Code: execution.Unavailable, Message: "try again"}
	}
	return nil
}

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
	if err := w.call(); err != nil {
		return err
	}
	err := w.table.Write(ctx, writes)
	w.killed = err == nil && w.trouble > 0 && w.chance.IntN(100) < w.trouble
	return err
}

func (w *world) Publish(_ context.Context, e events.Envelope) error {
	if err := w.call(); err != nil {
		return err
	}
	w.published = append(w.published, e)
	return nil
}

func (w *world) StartMachine(_ context.Context, s execution.MachineStart) error {
	if err := w.call(); err != nil {
		return err
	}
	if w.refuseStarts != "" {
		return &execution.Error{Code: w.refuseStarts, Message: "no machine starts"}
	}
	if w.machine(s.Name) == nil {
		w.machines = append(w.machines, &machine{
			name: s.Name, execution: s.Input.PipelineExecutionID, status: execution.MachineStatus{Status: "RUNNING"},
		})
	}
	return nil
}

func (w *world) StopMachine(_ context.Context, s execution.MachineStop) error {
	if err := w.call(); err != nil {
		return err
	}
	if m := w.machine(s.Name); m != nil && !m.status.Ended() {
		w.end(m, execution.MachineStatus{Status: "ABORTED", Error: events.ErrorStopped, Cause: s.Cause})
	}
	return nil
}

func (w *world) DescribeMachine(_ context.Context, name string) (execution.MachineStatus, error) {
	if err := w.call(); err != nil {
		return execution.MachineStatus{}, err
	}
	if name == w.refuseDescribing {
		return execution.MachineStatus{}, &execution.Error{Code: execution.NotAllowed, Message: "not allowed"}
	}
	if m := w.machine(name); m != nil {
		return m.status, nil
	}
	return execution.MachineStatus{}, &execution.Error{Code: execution.NotFound}
}

func (w *world) CompleteTask(_ context.Context, a execution.TaskAnswer) error {
	if err := w.call(); err != nil {
		return err
	}
	for _, m := range w.machines {
		if m.token == a.Token && !m.status.Ended() {
			w.sent[a.Token]++
			w.answered(m, a)
			return nil
		}
	}
	return &execution.Error{Code: execution.NotFound, Message: "the task token is not open"}
}

func (w *world) machine(name string) *machine {
	for _, m := range w.machines {
		if m.name == name {
			return m
		}
	}
	return nil
}

// answered is what the machine does with an answer to its token.
func (w *world) answered(m *machine, a execution.TaskAnswer) {
	m.token = ""
	switch {
	case m.at == entering && a.Error != "":
		w.end(m, execution.MachineStatus{Status: "SUCCEEDED"})
	case m.at == entering:
		m.at = acting
	case a.Error != "":
		m.at, m.failure = failing, events.ActionFailure{Action: "A", Error: a.Error, Cause: a.Cause}
	default:
		w.next(m)
	}
}

func (w *world) next(m *machine) {
	if m.stage++; m.stage == len(functions) {
		m.stage, m.at = m.stage-1, finishing
		return
	}
	m.at = entering
}

// end ends a machine; an event tells of it, unless it is lost.
func (w *world) end(m *machine, status execution.MachineStatus) {
	m.status, m.token = status, ""
	w.tell(event(events.MachineStatusChange, map[string]any{
		"executionArn": m.name, "status": status.Status, "error": status.Error, "cause": status.Cause,
	}))
}

func event(detailType string, detail any) events.Envelope {
	encoded, err := json.Marshal(detail)
	if err != nil {
		panic(err)
	}
	return events.Envelope{ID: "event", DetailType: detailType, Detail: encoded}
}

// tell sends an event: with trouble it is lost, or comes twice.
func (w *world) tell(e events.Envelope) {
	copies := 1
	if w.trouble > 0 {
		copies = []int{0, 1, 1, 2}[w.chance.IntN(4)]
	}
	for range copies {
		w.pending = append(w.pending, e)
	}
}

// transition lets a machine that does not wait go on.
func (w *world) transition(m *machine) {
	in := events.TaskInput{PipelineExecutionID: m.execution, MachineExecution: m.name, Stage: w.pipeline.Stages[m.stage].Name.Value}
	switch m.at {
	case entering:
		in.Function, in.TaskToken = events.GateStageFunction, "token-"+w.NewID()
	case acting:
		in.Function, in.TaskToken = functions[m.stage], "token-"+w.NewID()
		in.Action = &events.TaskAction{Name: "A", Configuration: map[string]string{}}
	case failing:
		in.Function, in.Failures = events.FailStageFunction, []events.ActionFailure{m.failure}
	case finishing:
		in.Function, in.Stage = events.FinishExecutionFunction, ""
	}
	m.token = in.TaskToken
	payload, err := json.Marshal(in)
	if err != nil {
		w.t.Fatal(err)
	}
	_, err = w.handlers.Invoke(w.t.Context(), in.Function, payload)
	var failed *task.Error
	if errors.As(err, &failed) && (m.token == in.TaskToken || in.TaskToken == "") && !m.status.Ended() {
		m.token = ""
		w.failed(m, failed)
		return
	}
	switch {
	case err != nil || m.status.Ended():
	case m.at == failing:
		w.end(m, execution.MachineStatus{Status: "FAILED", Error: m.failure.Error})
	case m.at == finishing:
		w.end(m, execution.MachineStatus{Status: "SUCCEEDED"})
	}
}

// failed is what the machine does about a Task that failed: some errors are retried, at the next transition.
func (w *world) failed(m *machine, err *task.Error) {
	switch {
	case err.Name == events.ErrorUnavailable, err.Name == events.ErrorThrottled, strings.Contains(err.Cause, errKilled.Error()):
	case slices.Contains([]string{events.ErrorStopped, events.ErrorSuperseded, events.ErrorCancelled, events.ErrorNotCurrent}, err.Name):
		w.end(m, execution.MachineStatus{Status: "SUCCEEDED"})
	case m.at == acting:
		m.at, m.failure = failing, events.ActionFailure{Action: "A", Error: err.Name, Cause: err.Cause}
	default:
		w.t.Fatalf("machine %s: %v", m.name, err)
	}
}

// provider is task.Providers.
func (w *world) provider(_ string, id pipeline.ActionTypeID) (action.Provider, bool) {
	if id.Category.Value == "Approval" {
		return approval.New(w, "us-east-1"), true
	}
	return outside{w, id.Category.Value}, true
}

// Notify is that of approval.Notifications.
func (w *world) Notify(context.Context, string, events.ApprovalMessage) error { return w.call() }

// outside does the work of actions. Sources are done at once; builds tell of their end, deployments do not.
type outside struct {
	*world
	category string
}

func (o outside) Start(_ context.Context, r action.Request) (action.Outcome, error) {
	if err := o.call(); err != nil || o.category == "Source" {
		return action.Outcome{}, err
	}
	for _, x := range o.works {
		if x.action == r.ActionExecutionID {
			return action.Outcome{Pending: true, ExternalExecutionID: x.id}, nil
		}
	}
	x := &outsideWork{
		id: o.category + ":" + o.NewID(), action: r.ActionExecutionID,
		ends: o.now.Add(time.Duration(o.chance.IntN(80)) * time.Minute), fails: o.chance.IntN(8) == 0,
	}
	o.works = append(o.works, x)
	return action.Outcome{Pending: true, ExternalExecutionID: x.id}, nil
}

func (o outside) Describe(_ context.Context, _ action.Request, id string) (action.Outcome, error) {
	if err := o.call(); err != nil {
		return action.Outcome{}, err
	}
	x := o.work(id)
	switch {
	case x == nil:
		return action.Outcome{}, &action.LostError{ExternalExecutionID: id}
	case !x.stopped.IsZero() || x.fails && !o.now.Before(x.ends):
		return action.Outcome{}, action.Fail(action.JobFailed, "it failed")
	case o.now.Before(x.ends):
		return action.Outcome{Pending: true, ExternalExecutionID: id}, nil
	}
	return action.Outcome{ExternalExecutionID: id, Summary: "done"}, nil
}

func (o outside) Stop(_ context.Context, _ action.Request, id string) error {
	if err := o.call(); err != nil {
		return err
	}
	if o.refuseStops {
		return &execution.Error{Code: execution.NotAllowed, Message: "nobody may stop it"}
	}
	if x := o.work(id); x != nil && x.stopped.IsZero() && o.now.Before(x.ends) {
		x.stopped = o.now
	}
	return nil
}

func (w *world) work(id string) *outsideWork {
	for _, x := range w.works {
		if x.id == id {
			return x
		}
	}
	return nil
}

// pass lets time pass: work that ends meanwhile tells of it.
func (w *world) pass(d time.Duration) {
	w.now = w.now.Add(d)
	for _, x := range w.works {
		if x.told || w.now.Before(x.ends) && x.stopped.IsZero() {
			continue
		}
		x.told = true
		if id, isBuild := strings.CutPrefix(x.id, "Build:"); isBuild {
			w.tell(event(events.BuildStateChange, map[string]any{
				"build-id": "arn:aws:codebuild:us-east-1:123456789012:build/Build:" + id, "build-status": "SUCCEEDED",
			}))
		}
	}
}

// deliver gives the event at a place to its function. One that fails is delivered again, or not.
func (w *world) deliver(i int) {
	e := w.pending[i]
	w.pending = slices.Delete(w.pending, i, i+1)
	var err error
	if e.DetailType == events.MachineStatusChange {
		err = w.handlers.MachineEnded(w.t.Context(), e)
	} else {
		err = w.handlers.ServiceEvent(w.t.Context(), e)
	}
	if w.expected(err) {
		w.tell(e)
	}
}

// expected fails the test on an error that no trouble has caused, and says whether there was one.
func (w *world) expected(err error) bool {
	w.t.Helper()
	code := execution.CodeOf(err)
	if err != nil && !errors.Is(err, errKilled) && code != execution.Unavailable && code != execution.Conflict {
		w.t.Fatal(err)
	}
	return err != nil
}

// settled runs every machine as far as it goes without the clock, and delivers what is on its way.
func (w *world) settled() {
	for {
		i := slices.IndexFunc(w.machines, (*machine).ready)
		switch {
		case i >= 0:
			w.transition(w.machines[i])
		case len(w.pending) > 0:
			w.deliver(0)
		default:
			return
		}
		if w.killed {
			w.open()
		}
	}
}

func (m *machine) ready() bool { return m.token == "" && !m.status.Ended() }

// sweep runs one sweep.
func (w *world) sweep() task.SweepReport {
	w.t.Helper()
	report, err := w.sweeper.Sweep(w.t.Context())
	w.expected(err)
	return report
}

// start starts an execution.
func (w *world) start(token string) *execution.Execution {
	w.t.Helper()
	e, err := w.records.StartPipelineExecution(w.t.Context(), execution.StartInput{
		Definition: w.definition, Pipeline: w.pipeline, ClientRequestToken: token,
	})
	w.expected(err)
	return e
}

// left says what is in a partition of the table.
func (w *world) left(partition string) []string {
	w.t.Helper()
	items, err := w.table.Query(w.t.Context(), execution.Query{Partition: partition})
	if err != nil {
		w.t.Fatal(err)
	}
	var out []string
	for _, item := range items {
		out = append(out, item.Sort)
	}
	return out
}

// due is the whole index.
func (w *world) due() []string {
	w.t.Helper()
	var out []string
	for shard := range execution.DueShards {
		out = append(out, w.left(fmt.Sprintf("due/%d", shard))...)
	}
	slices.Sort(out)
	return out
}

type noLogs struct{}

func (noLogs) Writer(string, string, string) (io.WriteCloser, error) { return discard{io.Discard}, nil }

type discard struct{ io.Writer }

func (discard) Close() error { return nil }

type secrets struct{}

func (secrets) Secret(_ context.Context, _ execution.Definition, reference string) (string, error) {
	if reference != "{{resolve:secretsmanager:hook:SecretString:token}}" {
		return "", &execution.Error{Code: execution.NotFound, Message: "no such secret"}
	}
	return "very secret", nil
}

// fullShard chooses executions of one shard of what is due.
func fullShard(executionID string) bool {
	h := fnv.New32a()
	h.Write([]byte(executionID))
	return h.Sum32()%execution.DueShards == 0
}

// refusingBus is a world whose bus refuses the events of some executions, or all.
type refusingBus struct {
	*world
	all    bool
	refuse map[string]bool
	// records and handlers are a process over that bus.
	records  *execution.Records
	handlers *task.Handlers
}

func (r *refusingBus) open() {
	r.records = execution.New(execution.Ports{Table: r.world, Machine: r.world, Bus: r, Clock: r.world, IDs: r.world})
	r.handlers = task.New(task.Ports{Records: r.records, Providers: r.provider, Logs: noLogs{}, Clock: r.world, IDs: r.world})
}

func (r *refusingBus) Publish(ctx context.Context, e events.Envelope) error {
	var detail struct {
		ExecutionID string `json:"execution-id"`
	}
	if err := json.Unmarshal(e.Detail, &detail); err != nil {
		return err
	}
	if r.all || r.refuse[detail.ExecutionID] {
		return &execution.Error{Code: execution.Unavailable, Message: "the bus is out of order"}
	}
	return r.world.Publish(ctx, e)
}
