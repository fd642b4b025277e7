package execution

import (
	"strings"
	"testing"
	"time"
)

// jobs is an execution with one action in progress, and what was begun and given there.
func jobs(t *testing.T) (*state, *Action) {
	t.Helper()
	s := begun()
	begin := action("Source", "Tell")
	if err := reduceBegin(s, input("Source"), begin); err != nil {
		t.Fatal(err)
	}
	a := s.actions[begin.ActionExecutionID]
	a.NextCheck = s.now.Add(time.Hour)
	return s, a
}

func TestJobIsBegunOnce(t *testing.T) {
	s, a := jobs(t)
	for _, id := range []string{"one", "two"} {
		if err := reduceBeginJob(s, a, id, ""); err != nil || a.Job.ID != "one" {
			t.Errorf("job %+v, %v", a.Job, err)
		}
	}
	if s.external["job/one"] == nil || s.external["job/two"] != nil {
		t.Errorf("found by %v", s.external)
	}
	s.endAction(a, ActionSucceeded, nil)
	if err := reduceBeginJob(s, a, "late", ""); CodeOf(err) != Conflict {
		t.Errorf("of an action that has ended: %v", err)
	}
	if a.Masked().Job != nil {
		t.Error("the job is shown")
	}
}

func TestJobThatGoesOn(t *testing.T) {
	s, a := jobs(t)
	if err := reduceBeginJob(s, a, "one", ""); err != nil {
		t.Fatal(err)
	}
	if err := reduceJobResult(s, a, "one", JobResult{ContinuationToken: "more"}); err != nil || !a.NextCheck.Equal(s.now.Add(ContinueAfter)) {
		t.Errorf("looked at %s, %v", a.NextCheck, err)
	}
	if err := reduceBeginJob(s, a, "other", "less"); err != nil || a.Job.ID != "one" {
		t.Errorf("with another token: %+v, %v", a.Job, err)
	}
	if err := reduceBeginJob(s, a, "two", "more"); err != nil || a.Job.ID != "two" || a.Job.ContinuationToken != "more" || a.Job.Result != nil {
		t.Errorf("job %+v, %v", a.Job, err)
	}
	if err := reduceJobResult(s, a, "one", JobResult{}); err == nil || !strings.Contains(err.Error(), "goes on with another job") {
		t.Errorf("a result of the first job: %v", err)
	}
}

func TestFirstResultOfAJobCounts(t *testing.T) {
	s, a := jobs(t)
	if err := reduceBeginJob(s, a, "one", ""); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ summary, fail string }{{"first", ""}, {"first", ""}, {"second", "the job has another result already"}} {
		err := reduceJobResult(s, a, "one", JobResult{Summary: c.summary})
		if (err == nil) != (c.fail == "") || err != nil && err.Error() != c.fail {
			t.Errorf("%s: %v, want %q", c.summary, err, c.fail)
		}
	}
	if !a.NextCheck.Equal(s.now) || a.Job.Result.Summary != "first" {
		t.Errorf("looked at %s, %+v", a.NextCheck, a.Job.Result)
	}
	s.endAction(a, ActionAbandoned, nil)
	if err := reduceJobResult(s, a, "one", JobResult{Summary: "first"}); err == nil || !strings.Contains(err.Error(), "is Abandoned already") {
		t.Errorf("of an action that has ended: %v", err)
	}
}
