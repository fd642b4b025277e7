package execution

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/penstock-ci/penstock/events"
)

// at is the claim of an execution that started in that minute.
func at(id string, minute int) Claim {
	return Claim{id, time.Date(2026, 11, 1, 12, minute, 0, 0, time.UTC)}
}

// show prints a lock in one line.
func (l *StageLock) show() string {
	holder := "free"
	if l.Holder != nil {
		holder = l.Holder.PipelineExecutionID
	}
	for _, c := range l.Inbound {
		holder += " <- " + c.PipelineExecutionID
	}
	return holder
}

// lockCase is what executions do at a lock, and how it stands after each.
type lockCase struct {
	name  string
	steps []any // a Claim arrives, a string leaves
	want  []string
}

func (tc lockCase) run(t *testing.T, mode string) {
	t.Helper()
	l := &StageLock{StageName: "S"}
	var got []string
	for _, step := range tc.steps {
		got = append(got, strings.Join(command(l, step, mode), "; "))
	}
	if diff := cmp.Diff(tc.want, got); diff != "" {
		t.Errorf("%s, mode %s (-want +got):\n%s", tc.name, mode, diff)
	}
}

// Rules of mode QUEUED: CodePipeline User Guide, "How pipeline executions work".
func TestStageLockQueued(t *testing.T) {
	a, b, c, d := at("a", 1), at("b", 2), at("c", 3), at("d", 4)
	for _, tc := range []lockCase{
		{
			"they enter in the order in which they arrive",
			[]any{a, c, b, d, "a", "c", "b"},
			[]string{"a", "a <- c", "a <- c <- b", "a <- c <- b <- d", "c <- b <- d; grant c", "b <- d; grant b", "d; grant d"},
		},
		{"an older one follows a newer one", []any{c, "c", b}, []string{"c", "free", "b"}},
		{"who waits may go", []any{a, b, c, "b", "a"}, []string{"a", "a <- b", "a <- b <- c", "a <- c", "c; grant c"}},
		{"who waits and comes again waits once", []any{a, b, b}, []string{"a", "a <- b", "a <- b"}},
	} {
		tc.run(t, "QUEUED")
	}
}

// Rules of mode SUPERSEDED: CodePipeline User Guide, "How pipeline executions work".
func TestStageLock(t *testing.T) {
	a, b, c, d := at("a", 1), at("b", 2), at("c", 3), at("d", 4)
	for _, tc := range []lockCase{
		{"a free stage is entered", []any{a}, []string{"a"}},
		{"one waits", []any{a, b}, []string{"a", "a <- b"}},
		{"a newer one takes the place", []any{a, b, c, d}, []string{"a", "a <- b", "a <- c; supersede b by c", "a <- d; supersede c by d"}},
		{"the one that waits enters", []any{a, b, "a"}, []string{"a", "a <- b", "b; grant b"}},
		{"an older one does not take the place of a newer", []any{a, c, b}, []string{"a", "a <- c", "a <- c; superseded by c"}},
		{"an older one does not overtake one in the stage", []any{c, b}, []string{"c", "c; superseded by c"}},
		{"an older one does not follow one that has passed", []any{c, "c", b}, []string{"c", "free", "free; superseded by c"}},
		{"who waits may go", []any{a, b, "b", "a"}, []string{"a", "a <- b", "a", "free"}},
		{"who is not there may leave", []any{a, "x"}, []string{"a", "a"}},
		{"who holds the stage holds it", []any{a, a}, []string{"a", "a"}},
		{"who waits and comes again waits", []any{a, b, b}, []string{"a", "a <- b", "a <- b"}},
		{"at the same instant the identity decides", []any{a, at("n", 2), at("m", 2)}, []string{"a", "a <- n", "a <- n; superseded by n"}},
	} {
		tc.run(t, "SUPERSEDED")
	}
}

func command(l *StageLock, step any, mode string) []string {
	var effects []Effect
	var by string
	switch step := step.(type) {
	case Claim:
		a := l.arrive(step, mode)
		effects, by = a.effects, a.supersededBy
	case string:
		effects = l.leave(step)
	}
	out := []string{l.show()}
	if by != "" {
		out = append(out, "superseded by "+by)
	}
	for _, e := range effects {
		if e.Grant != nil {
			out = append(out, "grant "+e.Grant.PipelineExecutionID)
		} else {
			out = append(out, fmt.Sprintf("supersede %s by %s", e.Supersede.PipelineExecutionID, e.Supersede.By))
		}
	}
	return out
}

// inFront is an execution that waits in front of its first stage, which another holds.
func inFront(t *testing.T) *state {
	t.Helper()
	s := begun()
	s.lock("Source").arrive(at("older", -1), "")
	s.drain()
	must(t, reduceEnter(s, input("Source")))
	expect(t, s, "Inbound Source")
	if s.execution.Inbound == nil || s.execution.CurrentStage != "" {
		t.Fatalf("inbound %v, current stage %q", s.execution.Inbound, s.execution.CurrentStage)
	}
	return s
}

func TestAWaitingExecutionEnters(t *testing.T) {
	s := inFront(t)
	again := input("Source")
	again.TaskToken = "newer"
	must(t, reduceEnter(s, again)) // Step Functions has invoked the handler again
	expect(t, s)
	reduceGrant(s, "Source") // a command that came too early
	expect(t, s)
	s.lock("Source").leave("older")
	reduceGrant(s, "Source")
	expect(t, s, "Stage Source STARTED", `answer newer {"status":"granted"}`)
	reduceGrant(s, "Source")
	expect(t, s)
}

func TestALateCallFindsTheGrantedLock(t *testing.T) {
	s := inFront(t)
	s.lock("Source").leave("older")
	must(t, reduceEnter(s, input("Source")))
	expect(t, s, "Stage Source STARTED", `answer task-token {"status":"granted"}`)
}

func TestAnOlderExecutionIsSupersededOnArrival(t *testing.T) {
	s := begun()
	s.drain()
	s.lock("Source").arrive(at("newer", 59), "")
	must(t, reduceEnter(s, input("Source")))
	expect(t, s, "Pipeline SUPERSEDED", "answer task-token Superseded")
	refusedAs(t, reduceEnter(s, input("Source")), events.ErrorSuperseded)
}

func TestAWaitingExecutionStops(t *testing.T) {
	s := inFront(t)
	_, err := reduceStop(s, StopTrigger{Reason: "enough"})
	must(t, err)
	expect(t, s, "Pipeline STOPPING", "Pipeline STOPPED", "stop "+testExecution)
	if got := s.lock("Source").show(); got != "older" {
		t.Errorf("lock: %s", got)
	}
	// The grant that was on its way finds an execution that has ended: the lock passes on.
	l := s.lock("Source")
	l.arrive(s.execution.claim(), "")
	l.leave("older")
	l.arrive(at("next", 59), "")
	reduceGrant(s, "Source")
	expect(t, s, "grant Source to next")
}

func TestParallelTakesNoLock(t *testing.T) {
	s := begun()
	s.execution.Mode = "PARALLEL"
	s.drain()
	must(t, reduceEnter(s, input("Source")))
	must(t, reduceEnter(s, input("Build")))
	must(t, reduceFinish(s, input("")))
	if len(s.locks) != 0 || len(s.execution.locked("Build")) != 0 {
		t.Errorf("locks: %v", s.locks)
	}
}
