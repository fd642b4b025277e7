package api_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/penstock-ci/penstock/internal/action/lambda"
	"github.com/penstock-ci/penstock/internal/api"
	"github.com/penstock-ci/penstock/internal/execution"
)

// jobs is a Jobs port over the records of a world.
type jobs struct{ *world }

func (j jobs) PutJobResult(ctx context.Context, jobID string, result execution.JobResult) error {
	_, err := j.records.PutJobResult(ctx, jobID, result)
	return err
}

func (j jobs) JobDetails(ctx context.Context, jobID string) (*execution.Action, lambda.EventJob, error) {
	a, err := j.records.OpenJob(ctx, jobID)
	if err != nil {
		return nil, lambda.EventJob{}, err
	}
	job := lambda.Job{ID: jobID, Configuration: map[string]string{"FunctionName": "f"}}
	return a, job.Event("111122223333", lambda.Credentials{AccessKeyID: "id"}, time.Unix(1, 0)).Job, nil
}

// job begins a job of the action that waits, and returns its ID.
func (w *world) job() string {
	w.t.Helper()
	var open []*execution.Execution
	open, err := w.records.OpenExecutions(w.t.Context())
	w.must(err)
	for _, e := range open {
		actions, err := w.records.ListActionExecutions(w.t.Context(), e.PipelineExecutionID)
		w.must(err)
		for _, a := range actions {
			if !a.Ended() {
				job, err := w.records.BeginJob(w.t.Context(), e.PipelineExecutionID, a.ActionExecutionID, "")
				w.must(err)
				return job.ID
			}
		}
	}
	w.t.Fatal("no action waits")
	return ""
}

func TestJobs(t *testing.T) {
	const success, failure = "PutJobSuccessResult", "PutJobFailureResult"
	for _, c := range []struct {
		// JOB stands for the job's ID.
		operation, body, want string
		without               bool
	}{
		{success, `{"jobId": "JOB", "executionDetails": {"summary": "done", "percentComplete": 100}, "outputVariables": {"A": "1"}, "currentRevision": {"revision": "r", "changeIdentifier": "c", "created": 1.5}}`, "200 {}", false},
		{success, `{"jobId": "JOB", "continuationToken": "t"}`, "200 {}", false},
		{failure, `{"jobId": "JOB", "failureDetails": {"type": "JobFailed", "message": "no"}}`, "200 {}", false},
		{success, `{"jobId": "JOB", "continuationToken": "t", "outputVariables": {"A": "1"}}`, "ValidationException outputVariables are given with the last result", false},
		{success, `{"jobId": "11111111-2222-4333-8444-555555555555"}`, "JobNotFoundException no job of that id is open", false},
		{success, `{"jobId": "x"}`, "ValidationException", false},
		{success, `{"jobId": "JOB", "outputVariables": {"a b": "1"}}`, "ValidationException", false},
		{success, `{"jobId": "JOB", "outputVariables": {"a": 1}}`, "SerializationException", false},
		{success, `{"jobId": "JOB", "currentRevision": {"revision": "r", "changeIdentifier": "c", "created": "x"}}`, "SerializationException", false},
		{failure, `{"jobId": "JOB", "failureDetails": {"type": "Bad", "message": "no"}}`, "ValidationException", false},
		{failure, `{"jobId": "JOB"}`, "ValidationException", false},
		{failure, `{"jobId": "JOB", "failureDetails": {"type": "JobFailed", "message": "no"}}`, "JobNotFoundException no job is open here", true},
		{"GetJobDetails", `{"jobId": "JOB"}`, `200 {"jobDetails":{"id":"JOB","accountId":"111122223333","data":{"actionTypeId":{"category":"Approval","owner":"AWS","provider":"Manual","version":"1"},"pipelineContext":{"pipelineName":"shop","stage":{"name":"Approve"},"action":{"name":"Gate"`, false},
		{"GetJobDetails", `{"jobId": "11111111-2222-4333-8444-555555555555"}`, "JobNotFoundException", false},
	} {
		w := newWorld(t)
		id := w.job()
		options := w.handler().Options
		if !c.without {
			options.Jobs = jobs{w}
		}
		got := post(t, api.New(options), c.operation, strings.ReplaceAll(c.body, "JOB", id))
		if !strings.Contains(strings.ReplaceAll(got, id, "JOB"), c.want) && !containsAll(got, strings.SplitN(c.want, " ", 2)) {
			t.Errorf("%s %s\n%s\nwant %s", c.operation, c.body, got, c.want)
		}
	}
}

// The first result counts; the same one may be given again.
func TestSecondResultOfAJob(t *testing.T) {
	w := newWorld(t)
	options := w.handler().Options
	options.Jobs = jobs{w}
	h, id := api.New(options), w.job()
	for i, c := range []struct{ body, want string }{
		{`{"jobId": "` + id + `", "executionDetails": {"summary": "one"}}`, "200 {}"},
		{`{"jobId": "` + id + `", "executionDetails": {"summary": "one"}}`, "200 {}"},
		{`{"jobId": "` + id + `", "executionDetails": {"summary": "two"}}`, "InvalidJobStateException"},
	} {
		if got := post(t, h, "PutJobSuccessResult", c.body); !strings.Contains(got, c.want) {
			t.Errorf("%d: %s, want %s", i+1, got, c.want)
		}
	}
	if got := post(t, h, "GetJobDetails", `{"jobId": "`+id+`"}`); !strings.Contains(got, "JobNotFoundException") {
		t.Errorf("the details of a job that is done: %s", got)
	}
}

func containsAll(text string, parts []string) bool {
	for _, p := range parts {
		if !strings.Contains(text, p) {
			return false
		}
	}
	return true
}

// post is the status and the body of an answer.
func post(t *testing.T, h http.Handler, operation, body string) string {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", strings.NewReader(body))
	r.Header.Set("Content-Type", "application/x-amz-json-1.1")
	r.Header.Set("X-Amz-Target", "CodePipeline_20150709."+operation)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return strings.TrimSpace(strings.Join([]string{strconv.Itoa(w.Code), w.Body.String()}, " "))
}
