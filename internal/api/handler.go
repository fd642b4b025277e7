package api

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"

	"github.com/penstock-ci/penstock/internal/action/lambda"
	"github.com/penstock-ci/penstock/internal/execution"
)

// Runner starts, stops and answers pipeline executions. An error that is CodePipeline's is an *execution.Error with the
// exception's name.
//
// StartPipelineExecution starts an execution of a registered definition; a ClientRequestToken that was used before returns
// the execution that it started. StopPipelineExecution asks for the end of one. PutApprovalResult answers an open approval
// and returns its record.
type Runner interface {
	StartPipelineExecution(ctx context.Context, in execution.StartInput) (*execution.Execution, error)
	StopPipelineExecution(ctx context.Context, executionID string, stop execution.StopTrigger) error
	PutApprovalResult(ctx context.Context, in execution.Approval) (*execution.Action, error)
}

// Jobs takes the results of jobs, and tells what a job is about, with fresh credentials for its artifacts. An unknown job is
// an *execution.Error with the exception's name; *task.Handlers is one.
type Jobs interface {
	PutJobResult(ctx context.Context, jobID string, result execution.JobResult) error
	JobDetails(ctx context.Context, jobID string) (*execution.Action, lambda.EventJob, error)
}

// Options are what a Handler works with.
type Options struct {
	Records *execution.Records
	Runner  Runner
	// Jobs is nil where functions give their results elsewhere.
	Jobs Jobs
	// IDs gives each request its identity.
	IDs execution.IDs
	// Origin is the account, Region and partition of the pipelines.
	Origin execution.Origin
	// Caller is the ARN of who has made a request; empty where nobody says.
	Caller func(*http.Request) string
}

// Handler is an http.Handler. It is safe for concurrent use.
type Handler struct {
	Options
	byPath bool
}

// New returns a Handler.
func New(o Options) *Handler { return &Handler{Options: o} }

const (
	// contentType is that of requests and answers.
	contentType = "application/x-amz-json-1.1"
	// targetPrefix is in front of an operation's name in X-Amz-Target.
	targetPrefix = "CodePipeline_20150709."
	// maxBody bounds the body of a request, in bytes. The largest that the model allows, of UpdatePipeline, is smaller.
	maxBody = 1 << 20
)

// call is one request: who makes it, and what it asks for.
type call struct {
	*Handler
	caller string
}

// ServeHTTP answers one request.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", contentType)
	w.Header().Set("X-Amzn-Requestid", h.IDs.NewID())
	out, err := h.answer(w, r)
	if err != nil {
		e := exceptionOf(err)
		w.WriteHeader(e.status)
		out = e
	}
	_ = json.NewEncoder(w).Encode(out) // whoever asked may have gone
}

func (h *Handler) answer(w http.ResponseWriter, r *http.Request) (any, error) {
	if r.Method != http.MethodPost || r.URL.Path != "/" && !h.byPath {
		return nil, notTheProtocol("%s %s", r.Method, r.URL.Path)
	}
	if kind, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";"); strings.TrimSpace(kind) != contentType {
		return nil, notTheProtocol("Content-Type %q", r.Header.Get("Content-Type"))
	}
	name, op, err := find(r.Header.Get("X-Amz-Target"))
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	var tooLong *http.MaxBytesError
	switch {
	case errors.As(err, &tooLong):
		return nil, bodyTooLong()
	case err != nil:
		return nil, unreadable(err)
	}
	input, err := op.input.read(body)
	if err != nil {
		return nil, err
	}
	caller := h.Caller(r)
	if h.byPath {
		if err := check(r, caller, name, input); err != nil {
			return nil, err
		}
	}
	return op.do(&call{h, caller}, r.Context(), input)
}

// find is the operation of an X-Amz-Target.
func find(target string) (name string, op operation, err error) {
	name, found := strings.CutPrefix(target, targetPrefix)
	op, known := operations[name]
	switch {
	case !found || !known:
		return "", op, unknownOperation(target)
	case op.do == nil:
		return "", op, notYet(name)
	}
	return name, op, nil
}

// does makes an operation of a method that takes its input as a struct.
func does[In, Out any](do func(*call, context.Context, In) (Out, error)) func(*call, context.Context, []byte) (any, error) {
	return func(c *call, ctx context.Context, input []byte) (any, error) {
		var in In
		if err := json.Unmarshal(input, &in); err != nil {
			return nil, unreadable(err)
		}
		return do(c, ctx, in)
	}
}
