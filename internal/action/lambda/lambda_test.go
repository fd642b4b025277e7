package lambda_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/penstock-ci/penstock/internal/action"
	"github.com/penstock-ci/penstock/internal/action/lambda"
	"github.com/penstock-ci/penstock/internal/artifact"
)

// answers is a Functions port that gives one answer after the other, and keeps the jobs that it got.
type answers struct {
	results []lambda.Result
	err     error
	jobs    []lambda.Job
}

func (a *answers) RunJob(_ context.Context, j lambda.Job, _ io.Writer) (lambda.Result, error) {
	a.jobs = append(a.jobs, j)
	if len(a.results) == 0 {
		return lambda.Result{}, a.err
	}
	first := a.results[0]
	a.results = a.results[1:]
	return first, nil
}

// clock lets no time pass: what waits goes on at once, and the time has come.
type clock struct{ now *time.Time }

func (c clock) Now() time.Time { return *c.now }

func (c clock) After(d time.Duration) <-chan time.Time {
	*c.now = c.now.Add(d)
	passed := make(chan time.Time, 1)
	passed <- *c.now
	return passed
}

type log struct{ bytes.Buffer }

func (*log) Close() error { return nil }

func start(t *testing.T, a *answers, r action.Request) (action.Outcome, error) {
	t.Helper()
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	r.ActionExecutionID, r.Log = "execution/Tell/Notify/1", &log{}
	if r.Configuration == nil {
		r.Configuration = map[string]string{"FunctionName": "arn:aws:lambda:us-east-1:111122223333:function:notify", "UserParameters": "p"}
	}
	r.Deadline = now.Add(5 * time.Second)
	return lambda.New(a, clock{&now}).Start(t.Context(), r)
}

var report = action.Output{Name: "Report", Location: artifact.Location{Bucket: "b", Key: "k"}}

// A function that gives a continuation token is invoked again with it, by a job of its own, and what it stored stays.
func TestContinuation(t *testing.T) {
	stored := artifact.Object{Location: report.Location, SHA256: "00", Size: 2}
	a := &answers{results: []lambda.Result{
		{ContinuationToken: "more", Variables: map[string]string{"A": "0"}, Artifacts: map[string]artifact.Object{"Report": stored}},
		{Variables: map[string]string{"A": "1"}, Summary: "done", ExternalExecutionID: "x", Revision: &action.Revision{ID: "r"}},
	}}
	got, err := start(t, a, action.Request{Outputs: []action.Output{report}})
	if err != nil {
		t.Fatal(err)
	}
	want := action.Outcome{
		ExternalExecutionID: "x", Summary: "notify  done", Variables: map[string]string{"A": "1"},
		Artifacts: map[string]artifact.Object{"Report": stored}, Revision: &action.Revision{ID: "r"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("outcome (-want +got):\n%s", diff)
	}
	if len(a.jobs) != 2 || a.jobs[0].ContinuationToken != "" || a.jobs[1].ContinuationToken != "more" || a.jobs[0].ID == a.jobs[1].ID {
		t.Errorf("jobs: %+v", a.jobs)
	}
	again := &answers{results: []lambda.Result{{}}}
	if _, err := start(t, again, action.Request{}); err != nil || again.jobs[0].ID != a.jobs[0].ID {
		t.Errorf("the job of an action that is started again has another ID, or: %v", err)
	}
}

func TestFailures(t *testing.T) {
	other := errors.New("no disk")
	for _, c := range []struct {
		name    string
		answers answers
		request action.Request
		want    string
	}{
		{"reported", answers{results: []lambda.Result{{Failure: &lambda.Failure{Type: "PermissionError", Message: "no"}}}}, action.Request{}, "PermissionError: no"},
		{"function error", answers{err: &lambda.FunctionError{Type: "KeyError", Message: "'b'"}}, action.Request{}, "JobFailed: the function failed: KeyError: 'b'"},
		{"other", answers{err: other}, action.Request{}, "no disk"},
		{"endless", answers{results: []lambda.Result{{ContinuationToken: "a"}, {ContinuationToken: "b"}, {ContinuationToken: "c"}}}, action.Request{}, "JobFailed: timed out"},
		{"not stored", answers{results: []lambda.Result{{}}}, action.Request{Outputs: []action.Output{report}}, `JobFailed: the function succeeded without storing output artifact "Report" at s3://b/k`},
		{"no name", answers{}, action.Request{Configuration: map[string]string{"FunctionName": ""}}, "ConfigurationError: FunctionName is empty"},
	} {
		if _, err := start(t, &c.answers, c.request); err == nil || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("%s: %v, want %s", c.name, err, c.want)
		}
	}
}

// The event is the one that the CodePipeline User Guide shows.
func TestEvent(t *testing.T) {
	j := lambda.Job{
		ID: "11111111-abcd-1111-abcd-111111abcdef", Configuration: map[string]string{"FunctionName": "f", "UserParameters": "u"},
		Inputs:  []action.Input{{Name: "In", Object: artifact.Object{Location: artifact.Location{Bucket: "b", Key: "i"}}}},
		Outputs: []action.Output{report}, ContinuationToken: "more",
	}
	got, err := json.Marshal(j.Event("111111111111", lambda.Credentials{AccessKeyID: "A", SecretAccessKey: "S", SessionToken: "T"}, time.UnixMilli(1575493418000)))
	if err != nil {
		t.Fatal(err)
	}
	const want = `{"CodePipeline.job":{"id":"11111111-abcd-1111-abcd-111111abcdef","accountId":"111111111111","data":{` +
		`"actionConfiguration":{"configuration":{"FunctionName":"f","UserParameters":"u"}},` +
		`"inputArtifacts":[{"name":"In","revision":null,"location":{"type":"S3","s3Location":{"bucketName":"b","objectKey":"i"}}}],` +
		`"outputArtifacts":[{"name":"Report","revision":null,"location":{"type":"S3","s3Location":{"bucketName":"b","objectKey":"k"}}}],` +
		`"artifactCredentials":{"accessKeyId":"A","secretAccessKey":"S","sessionToken":"T","expirationTime":1575493418000},` +
		`"continuationToken":"more"}}}`
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("event (-want +got):\n%s", diff)
	}
}
