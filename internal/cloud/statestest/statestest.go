// Package statestest is the API of Step Functions over the engine of this repository, for tests of what calls it: state
// machines with published versions, executions, task tokens. What its machines call is the test's.
package statestest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/penstock-ci/penstock/statemachines/asl"
	"github.com/penstock-ci/penstock/statemachines/engine"
)

// Server is an http.Handler.
type Server struct {
	Engine *engine.Engine
	// Most is how many versions a state machine has at most; 0 is any number.
	Most   int
	prefix string

	mu        sync.Mutex
	versions  map[string][]*asl.StateMachine // by the ARN of the state machine
	published map[string][]int               // the versions that there are, by the ARN of the state machine
	started   map[string]string              // the version that an execution was started with, by the execution's name
}

// New makes a Server in an account and Region over an engine.
func New(e *engine.Engine, region, account string) *Server {
	return &Server{
		Engine: e, prefix: fmt.Sprintf("arn:aws:states:%s:%s:", region, account),
		versions: map[string][]*asl.StateMachine{}, published: map[string][]int{}, started: map[string]string{},
	}
}

// Publish publishes a version of a state machine, as a deployment does, and returns the version's ARN. The same machine
// again is the same version.
func (s *Server) Publish(name string, machine *asl.StateMachine) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	arn := s.prefix + "stateMachine:" + name
	all := s.versions[arn]
	if len(all) == 0 || !reflect.DeepEqual(all[len(all)-1], machine) {
		s.versions[arn] = append(all, machine)
	}
	return fmt.Sprintf("%s:%d", arn, len(s.versions[arn]))
}

// failure is an error of the service.
type failure struct {
	Type    string `json:"__type"`
	Message string `json:"message"`
}

func (f *failure) Error() string { return f.Type + ": " + f.Message }

func fail(kind, format string, args ...any) *failure {
	return &failure{kind, fmt.Sprintf(format, args...)}
}

// ServeHTTP answers one request of the protocol JSON 1.0.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/x-amz-json-1.0")
	out, err := s.answer(r)
	var failed *failure
	if errors.As(err, &failed) {
		w.WriteHeader(http.StatusBadRequest)
		out = failed
	} else if err != nil {
		w.WriteHeader(http.StatusInternalServerError)
		out = &failure{"InternalError", err.Error()}
	}
	_ = json.NewEncoder(w).Encode(out) // whoever asked may have gone
}

// request has the members of every operation.
type request struct {
	StateMachineARN string `json:"stateMachineArn"`
	RevisionID      string `json:"revisionId"`
	ExecutionARN    string `json:"executionArn"`
	Name            string `json:"name"`
	Input           string `json:"input"`
	TaskToken       string `json:"taskToken"`
	VersionARN      string `json:"stateMachineVersionArn"`
	NextToken       string `json:"nextToken"`
	Output          string `json:"output"`
	Error           string `json:"error"`
	Cause           string `json:"cause"`
}

func (s *Server) answer(r *http.Request) (any, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	var in request
	if err := json.Unmarshal(body, &in); err != nil {
		return nil, fail("SerializationException", "%v", err)
	}
	operation := strings.TrimPrefix(r.Header.Get("X-Amz-Target"), "AWSStepFunctions.")
	// The engine runs an execution on the caller's goroutine; it must not end with the request.
	ctx := context.WithoutCancel(r.Context())
	switch operation {
	case "StartExecution":
		return s.start(ctx, in)
	case "StopExecution":
		return struct{}{}, named(s.Engine.Stop(ctx, nameOf(in.ExecutionARN), in.Error, in.Cause))
	case "DescribeExecution":
		return s.describe(in)
	case "SendTaskSuccess":
		return struct{}{}, named(s.Engine.SendTaskSuccess(ctx, in.TaskToken, []byte(in.Output)))
	case "SendTaskFailure":
		return struct{}{}, named(s.Engine.SendTaskFailure(ctx, in.TaskToken, in.Error, in.Cause))
	case "PublishStateMachineVersion":
		return s.publish(in)
	case "ListStateMachineVersions":
		return s.list(in)
	case "DeleteStateMachineVersion":
		return struct{}{}, s.remove(in)
	}
	return nil, fail("UnknownOperationException", "%s", operation)
}

func nameOf(executionARN string) string {
	return executionARN[strings.LastIndexByte(executionARN, ':')+1:]
}

// codes are the names that Step Functions has for the engine's errors.
var codes = map[engine.Code]string{
	engine.ExecutionAlreadyExists: "ExecutionAlreadyExists", engine.ExecutionDoesNotExist: "ExecutionDoesNotExist",
	engine.InvalidToken: "InvalidToken", engine.TaskTimedOut: "TaskTimedOut", engine.TaskDoesNotExist: "TaskDoesNotExist",
}

func named(err error) error {
	if kind := codes[engine.CodeOf(err)]; err != nil && kind != "" {
		return fail(kind, "%v", err)
	}
	return err
}

func (s *Server) start(ctx context.Context, in request) (any, error) {
	machine, arn := s.machine(in.StateMachineARN)
	if machine == nil {
		return nil, fail("StateMachineDoesNotExist", "%s", in.StateMachineARN)
	}
	err := s.Engine.Start(ctx, engine.Execution{
		Name: in.Name, Machine: machine, StateMachineName: arn[strings.LastIndexByte(arn, ':')+1:], Input: []byte(in.Input),
	})
	if err != nil {
		return nil, named(err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.started[in.Name] = in.StateMachineARN
	return map[string]any{"executionArn": strings.Replace(arn, ":stateMachine:", ":execution:", 1) + ":" + in.Name, "startDate": 0}, nil
}

// machine returns what an ARN names, with or without a version, and the ARN without one.
func (s *Server) machine(arn string) (*asl.StateMachine, string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if all := s.versions[arn]; len(all) > 0 {
		return all[len(all)-1], arn
	}
	for known, all := range s.versions {
		for i, m := range all {
			if arn == fmt.Sprintf("%s:%d", known, i+1) {
				return m, known
			}
		}
	}
	return nil, ""
}

func (s *Server) describe(in request) (any, error) {
	r, err := s.Engine.Describe(nameOf(in.ExecutionARN))
	if err != nil {
		return nil, named(err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	out := map[string]any{
		"executionArn": in.ExecutionARN, "name": nameOf(in.ExecutionARN), "status": r.Status, "startDate": r.StartDate.Unix(),
		"stateMachineVersionArn": s.started[nameOf(in.ExecutionARN)],
	}
	if r.Error != "" {
		out["error"], out["cause"] = r.Error, r.Cause
	}
	if !r.StopDate.IsZero() {
		out["stopDate"] = r.StopDate.Unix()
	}
	return out, nil
}

func (s *Server) publish(in request) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := s.versions[in.StateMachineARN]
	if len(all) == 0 {
		return nil, fail("StateMachineDoesNotExist", "%s", in.StateMachineARN)
	}
	if newest := strconv.Itoa(len(all)); in.RevisionID != "" && in.RevisionID != newest {
		return nil, fail("ConflictException", "revision %s of %s is not %s, the newest", in.RevisionID, in.StateMachineARN, newest)
	}
	if there := s.published[in.StateMachineARN]; !slices.Contains(there, len(all)) {
		if s.Most > 0 && len(there) >= s.Most {
			return nil, fail("ServiceQuotaExceededException", "%s has %d versions", in.StateMachineARN, len(there))
		}
		s.published[in.StateMachineARN] = append(there, len(all))
	}
	return map[string]any{"stateMachineVersionArn": fmt.Sprintf("%s:%d", in.StateMachineARN, len(all)), "creationDate": 0}, nil
}

// Versions are the numbers of those that there are of a state machine, in their order.
func (s *Server) Versions(stateMachineARN string) []int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.published[stateMachineARN])
}

// list lists the versions of a state machine, the newest first, two at a time.
func (s *Server) list(in request) (any, error) {
	all := s.Versions(in.StateMachineARN)
	slices.Reverse(all)
	from, _ := strconv.Atoi(in.NextToken) // without one it is the first page
	page := []any{}
	for _, n := range all[from:min(from+2, len(all))] {
		page = append(page, map[string]any{"stateMachineVersionArn": fmt.Sprintf("%s:%d", in.StateMachineARN, n), "creationDate": 0})
	}
	out := map[string]any{"stateMachineVersions": page}
	if from+2 < len(all) {
		out["nextToken"] = strconv.Itoa(from + 2)
	}
	return out, nil
}

func (s *Server) remove(in request) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	at := strings.LastIndexByte(in.VersionARN, ':')
	arn, number := in.VersionARN[:max(at, 0)], in.VersionARN[at+1:]
	n, err := strconv.Atoi(number)
	if err != nil || !slices.Contains(s.published[arn], n) {
		return fail("ValidationException", "there is no version %s", in.VersionARN)
	}
	s.published[arn] = slices.DeleteFunc(s.published[arn], func(other int) bool { return other == n })
	return nil
}
