package functions

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/penstock-ci/penstock/internal/action"
	"github.com/penstock-ci/penstock/internal/action/lambda"
	"github.com/penstock-ci/penstock/internal/artifact"
)

// job serves the operations that a function needs for one job: PutJobSuccessResult and PutJobFailureResult of
// CodePipeline's API, and the job's artifacts as objects of S3. Only who signs with the job's access key is served; what
// the signature says is not looked at, as nobody else knows the key.
type job struct {
	lambda.Job
	artifacts   Artifacts
	credentials lambda.Credentials
	area        string // the folder of the invocation

	mu     sync.Mutex
	result *lambda.Result
	stored map[string]artifact.Object // by the name of the output
}

// apiPrefix begins the X-Amz-Target of CodePipeline's operations.
const apiPrefix = "CodePipeline_20150709."

// maxRequest is far above what an operation takes: variables of 122,880 bytes.
const maxRequest = 1 << 20

// ServeHTTP serves an operation.
func (j *job) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	target := r.Header.Get("X-Amz-Target")
	authorization := r.Header.Get("Authorization") + "&" + r.URL.RawQuery
	allowed := strings.Contains(authorization, "Credential="+j.credentials.AccessKeyID)
	switch {
	case target == "" && !allowed:
		refuseObject(w, http.StatusForbidden, "InvalidAccessKeyId", "these are not the credentials of the job")
	case target == "":
		j.object(w, r)
	case !allowed:
		refuseOperation(w, "UnrecognizedClientException", "these are not the credentials of the job")
	default:
		j.operation(w, r, strings.TrimPrefix(target, apiPrefix))
	}
}

func (j *job) operation(w http.ResponseWriter, r *http.Request, name string) {
	operations := map[string]func(*json.Decoder) error{
		"PutJobSuccessResult": j.succeed, "PutJobFailureResult": j.fail,
	}
	perform, ok := operations[name]
	if !ok {
		refuseOperation(w, "InvalidActionException", "only PutJobSuccessResult and PutJobFailureResult are served here, not "+name)
		return
	}
	err := perform(json.NewDecoder(http.MaxBytesReader(w, r.Body, maxRequest)))
	var refused *operationError
	switch {
	case errors.As(err, &refused):
		refuseOperation(w, refused.code, refused.message)
	case err != nil:
		refuseOperation(w, "SerializationException", err.Error())
	default:
		w.Header().Set("Content-Type", "application/x-amz-json-1.1")
		_, _ = w.Write([]byte("{}"))
	}
}

// operationError is an operation that is refused, with the name of CodePipeline's exception.
type operationError struct{ code, message string }

func (e *operationError) Error() string { return e.code + ": " + e.message }

func refuseOperation(w http.ResponseWriter, code, message string) {
	w.Header().Set("Content-Type", "application/x-amz-json-1.1")
	w.Header().Set("X-Amzn-Errortype", code)
	w.WriteHeader(http.StatusBadRequest)
	_ = json.NewEncoder(w).Encode(map[string]string{"__type": code, "message": message})
}

// currentRevision is that of a PutJobSuccessResult. Created is in seconds since 1970.
type currentRevision struct {
	Revision         string  `json:"revision"`
	ChangeIdentifier string  `json:"changeIdentifier"`
	Created          float64 `json:"created"`
	RevisionSummary  string  `json:"revisionSummary"`
}

func (c *currentRevision) revision() *action.Revision {
	if c == nil {
		return nil
	}
	r := &action.Revision{ID: c.Revision, ChangeIdentifier: c.ChangeIdentifier, Summary: c.RevisionSummary}
	if c.Created > 0 {
		r.Created = time.UnixMilli(int64(c.Created * 1000)).UTC()
	}
	return r
}

func (j *job) succeed(body *json.Decoder) error {
	var in struct {
		JobID             string            `json:"jobId"`
		CurrentRevision   *currentRevision  `json:"currentRevision"`
		ContinuationToken string            `json:"continuationToken"`
		OutputVariables   map[string]string `json:"outputVariables"`
		ExecutionDetails  struct {
			Summary             string `json:"summary"`
			ExternalExecutionID string `json:"externalExecutionId"`
		} `json:"executionDetails"`
	}
	if err := body.Decode(&in); err != nil {
		return err
	}
	if err := within(
		limited{"continuationToken", in.ContinuationToken, maxToken}, limited{"executionDetails.summary", in.ExecutionDetails.Summary, maxSummary},
		limited{"executionDetails.externalExecutionId", in.ExecutionDetails.ExternalExecutionID, maxExecutionID},
	); err != nil {
		return err
	}
	return j.settle(in.JobID, lambda.Result{
		ContinuationToken: in.ContinuationToken, Variables: in.OutputVariables, Revision: in.CurrentRevision.revision(),
		Summary: in.ExecutionDetails.Summary, ExternalExecutionID: in.ExecutionDetails.ExternalExecutionID,
	})
}

// How many characters CodePipeline's API takes.
const (
	maxToken       = 2048
	maxSummary     = 2048
	maxExecutionID = 1500
	maxMessage     = 5000
)

// limited is a text that may have so many characters at most.
type limited struct {
	name, text string
	most       int
}

func within(texts ...limited) error {
	for _, t := range texts {
		if n := utf8.RuneCountInString(t.text); n > t.most {
			return &operationError{"ValidationException", fmt.Sprintf("%s has %d characters, and may have %d", t.name, n, t.most)}
		}
	}
	return nil
}

// failureTypes are those that PutJobFailureResult takes.
var failureTypes = []string{
	action.JobFailed, action.ConfigurationError, action.PermissionError, action.RevisionOutOfSync,
	action.RevisionUnavailable, action.SystemUnavailable,
}

func (j *job) fail(body *json.Decoder) error {
	var in struct {
		JobID          string `json:"jobId"`
		FailureDetails struct {
			Type                string `json:"type"`
			Message             string `json:"message"`
			ExternalExecutionID string `json:"externalExecutionId"`
		} `json:"failureDetails"`
	}
	if err := body.Decode(&in); err != nil {
		return err
	}
	details := in.FailureDetails
	if !slices.Contains(failureTypes, details.Type) {
		return &operationError{"ValidationException", fmt.Sprintf("failureDetails.type is %q, and must be one of %s", details.Type, strings.Join(failureTypes, ", "))}
	}
	if details.Message == "" {
		return &operationError{"ValidationException", "failureDetails.message is empty"}
	}
	if err := within(
		limited{"failureDetails.message", details.Message, maxMessage},
		limited{"failureDetails.externalExecutionId", details.ExternalExecutionID, maxExecutionID},
	); err != nil {
		return err
	}
	return j.settle(in.JobID, lambda.Result{Failure: &lambda.Failure{
		Type: details.Type, Message: details.Message, ExternalExecutionID: details.ExternalExecutionID,
	}})
}

// settle takes the result of the job; the first one counts.
func (j *job) settle(id string, r lambda.Result) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	switch {
	case id != j.ID:
		return &operationError{"JobNotFoundException", "there is no such job: the id of the event's CodePipeline.job is the one to give"}
	case j.result != nil:
		return &operationError{"InvalidJobStateException", "the job has a result already"}
	}
	j.result = &r
	return nil
}

// outcome is the result of the job: the one that it was given, or where the function is bound so, what it returned.
func (j *job) outcome(ctx context.Context, i *invocation, returned []byte, err error) (lambda.Result, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	switch {
	case ctx.Err() != nil:
		return lambda.Result{}, ctx.Err()
	case j.result != nil:
		result := clean(*j.result, i.log)
		result.Artifacts = j.stored
		if err != nil {
			i.log.say("note: the function failed after it had given the result, which counts: %v", err)
		}
		return result, nil
	case err != nil:
		return lambda.Result{}, err
	case !i.function.Returns:
		return lambda.Result{}, noResult(i.name, i.functions.options.BindingFile)
	}
	result, err := resultOf(i.name, returned)
	result = clean(result, i.log)
	result.Artifacts = j.stored
	return result, err
}

// clean masks what must not be read in a result. A variable that holds a secret is none: the records, events and messages
// of a pipeline show variables.
func clean(r lambda.Result, log *lines) lambda.Result {
	r.Summary, r.ExternalExecutionID = log.clean(r.Summary), log.bound.Clean(r.ExternalExecutionID)
	if r.Failure != nil {
		failure := *r.Failure
		failure.Message, failure.ExternalExecutionID = log.clean(failure.Message), log.bound.Clean(failure.ExternalExecutionID)
		r.Failure = &failure
	}
	if r.Revision != nil {
		revision := *r.Revision
		for _, text := range []*string{&revision.ID, &revision.ChangeIdentifier, &revision.Summary} {
			*text = log.bound.Clean(*text)
		}
		r.Revision = &revision
	}
	r.Variables = maps.Clone(r.Variables)
	for _, name := range slices.Sorted(maps.Keys(r.Variables)) {
		if log.bound.Holds(name) || log.bound.Holds(r.Variables[name]) {
			delete(r.Variables, name)
			log.say("%s", secretVariable(name))
		}
	}
	return r
}

// resultOf reads what a function returned: variables in outputVariables, where it is an object that has them.
func resultOf(name string, returned []byte) (lambda.Result, error) {
	var members map[string]json.RawMessage
	if json.Unmarshal(returned, &members) != nil || members["outputVariables"] == nil {
		return lambda.Result{}, nil // any other value says only that it succeeded
	}
	var variables map[string]string
	if err := json.Unmarshal(members["outputVariables"], &variables); err != nil {
		return lambda.Result{}, wrongVariables(name)
	}
	return lambda.Result{Variables: variables}, nil
}
