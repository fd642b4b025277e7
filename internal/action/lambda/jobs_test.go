package lambda_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/penstock-ci/penstock/internal/action"
	"github.com/penstock-ci/penstock/internal/action/lambda"
	"github.com/penstock-ci/penstock/internal/artifact"
	"github.com/penstock-ci/penstock/internal/execution"
)

// desk is both ports of a JobProvider: one job, and the events that the function got. Its clock stands until it is moved.
type desk struct {
	job     *execution.Job
	made    int
	events  []lambda.Event
	failing error
	stored  map[string]artifact.Object
	now     time.Time
}

func (d *desk) BeginJob(_ context.Context, _, _, token string) (*execution.Job, error) {
	if d.job == nil || d.job.Result != nil && d.job.Result.ContinuationToken == token && token != "" {
		d.made++
		d.job = &execution.Job{ID: fmt.Sprintf("job-%d", d.made), ContinuationToken: token}
	}
	return d.job, nil
}

func (d *desk) JobInvoked(context.Context, string, string, string) error {
	d.job.Invoked = true
	return nil
}

func (d *desk) Action(context.Context, string, string) (*execution.Action, error) {
	return &execution.Action{Job: d.job}, nil
}

func (d *desk) Invoke(_ context.Context, _ string, e lambda.Event) error {
	if d.failing != nil {
		return d.failing
	}
	d.events = append(d.events, e)
	return nil
}

func (d *desk) Credentials(context.Context) (lambda.Credentials, time.Time, error) {
	return lambda.Credentials{AccessKeyID: "id"}, d.now.Add(time.Hour), nil
}

func (d *desk) Stored(_ context.Context, at artifact.Location) (artifact.Object, error) {
	o, ok := d.stored[at.Key]
	if !ok {
		return o, &artifact.NotFoundError{Location: at}
	}
	return o, nil
}

func (d *desk) Now() time.Time { return d.now }

func (d *desk) provider() *lambda.JobProvider { return lambda.NewJobProvider(d, d, d, "111122223333") }

func (d *desk) gives(r execution.JobResult) { d.job.Result, d.job.ResultTime = &r, d.now }

func newDesk() *desk { return &desk{now: time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)} }

func jobRequest() action.Request {
	return action.Request{
		PipelineExecutionID: "e", ActionExecutionID: "a", Log: &log{},
		Configuration:  map[string]string{"FunctionName": "notify", "UserParameters": "p"},
		EncryptionKeys: map[string]string{"b": "key"},
		Outputs:        []action.Output{{Name: "Out", Location: artifact.Location{Bucket: "b", Key: "out"}}},
	}
}

// A job is told of once, and looked at until it has its result.
func TestJobProvider(t *testing.T) {
	d := newDesk()
	got, err := d.provider().Start(t.Context(), jobRequest())
	if err != nil || !got.Pending || got.ExternalExecutionID != "a" {
		t.Fatalf("%+v, %v", got, err)
	}
	if _, err := d.provider().Start(t.Context(), jobRequest()); err != nil || len(d.events) != 1 {
		t.Errorf("a repeated start: %d events, %v", len(d.events), err)
	}
	job := d.events[0].Job
	if job.ID != "job-1" || job.AccountID != "111122223333" || job.Data.ActionConfiguration.Configuration["UserParameters"] != "p" ||
		job.Data.ArtifactCredentials.AccessKeyID != "id" || job.Data.EncryptionKey.ID != "key" {
		t.Errorf("event %+v", job)
	}
	if got, err := d.provider().Describe(t.Context(), jobRequest(), "a"); err != nil || !got.Pending || len(d.events) != 1 {
		t.Errorf("without a result: %+v, %v", got, err)
	}
	d.gives(execution.JobResult{Summary: "told", Variables: map[string]string{"A": "1"}, Revision: &execution.Revision{ID: "r"}})
	if _, err := d.provider().Describe(t.Context(), jobRequest(), "a"); err == nil || !strings.Contains(err.Error(), `without storing output artifact "Out" at s3://b/out`) {
		t.Errorf("without the artifact: %v", err)
	}
	d.stored = map[string]artifact.Object{"out": {SHA256: "x"}}
	got, err = d.provider().Describe(t.Context(), jobRequest(), "a")
	want := action.Outcome{
		Summary: "notify  told", Variables: map[string]string{"A": "1"}, Revision: &action.Revision{ID: "r"},
		Artifacts: map[string]artifact.Object{"Out": {SHA256: "x"}},
	}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}

// An invocation that failed is repeated with the same job.
func TestJobThatWasNotTold(t *testing.T) {
	d := newDesk()
	d.failing = errors.New("throttled")
	if _, err := d.provider().Start(t.Context(), jobRequest()); !errors.Is(err, d.failing) {
		t.Errorf("error %v", err)
	}
	d.failing = nil
	if got, err := d.provider().Describe(t.Context(), jobRequest(), "a"); err != nil || !got.Pending || len(d.events) != 1 || d.events[0].Job.ID != "job-1" {
		t.Errorf("%+v, %v, %v", got, d.events, err)
	}
}

func TestJobThatGoesOn(t *testing.T) {
	d := newDesk()
	if _, err := d.provider().Start(t.Context(), jobRequest()); err != nil {
		t.Fatal(err)
	}
	d.gives(execution.JobResult{ContinuationToken: "more"})
	for _, c := range []struct {
		pass time.Duration
		told int
	}{{0, 1}, {execution.ContinueAfter - time.Second, 1}, {time.Second, 2}, {time.Hour, 2}} {
		d.now = d.now.Add(c.pass)
		if got, err := d.provider().Describe(t.Context(), jobRequest(), "a"); err != nil || !got.Pending || len(d.events) != c.told {
			t.Errorf("after %s: %+v, %v, %d events", c.pass, got, err, len(d.events))
		}
	}
	if second := d.events[1].Job; second.ID != "job-2" || second.Data.ContinuationToken != "more" {
		t.Errorf("the second job: %+v", second)
	}
	if details, err := d.provider().Details(t.Context(), jobRequest()); err != nil || details.Job.ID != "job-2" {
		t.Errorf("details %+v, %v", details, err)
	}
	d.gives(execution.JobResult{Failure: &execution.ErrorDetails{Code: "ConfigurationError", Message: "no such channel"}, ExternalExecutionID: "x"})
	var failure *action.Failure
	if _, err := d.provider().Describe(t.Context(), jobRequest(), "a"); !errors.As(err, &failure) || failure.Code != "ConfigurationError" || failure.Message != "no such channel" || failure.ExternalExecutionID != "x" {
		t.Errorf("failure %+v", failure)
	}
}

func TestJobThatIsUnknown(t *testing.T) {
	var lost *action.LostError
	if _, err := newDesk().provider().Describe(t.Context(), jobRequest(), "a"); !errors.As(err, &lost) {
		t.Errorf("error %v", err)
	}
	r := jobRequest()
	r.Configuration = nil
	if _, err := newDesk().provider().Start(t.Context(), r); err == nil || !strings.Contains(err.Error(), "FunctionName is empty") {
		t.Errorf("error %v", err)
	}
}
