// Package functions invokes Lambda functions on this machine: programs that speak the Lambda runtime API. In goes the
// name of a function with an event, or a job of CodePipeline; out comes what the function returned, or the result that it
// gave the job.
//
// Each invocation starts a program of its own and serves it what it needs on the loopback interface: the runtime API, and
// for a job CodePipeline's operations for results and the objects of S3 that are the job's artifacts. What a program can
// reach beyond that is its own business: it holds no credentials of this machine.
package functions

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/penstock-ci/penstock/internal/action/lambda"
	"github.com/penstock-ci/penstock/internal/artifact"
)

// Function is what stands in on this machine for one Lambda function; see package bindings for its fields.
type Function struct {
	Path, Runtime, Handler string
	Environment            map[string]string
	// Timeout of an invocation; Lambda's longest, 15 minutes, where it is zero.
	Timeout time.Duration
	// Returns says that what the function returns is the result of a job.
	Returns bool
}

// Artifacts reads and stores the artifacts of jobs; *artifact.Store is one.
type Artifacts interface {
	Open(ctx context.Context, o artifact.Object) (artifact.Reader, error)
	PutBody(ctx context.Context, body io.Reader, to artifact.Location) (artifact.Object, error)
}

// Options is what functions on this machine need.
type Options struct {
	// Work is the folder for what invocations need; each removes its own. Home is HOME of all of them.
	Work, Home string
	// Environ is the host's environment, `NAME=value` each: functions see of it what builds do, and a Go function is
	// compiled with all of it.
	Environ []string
	// Find finds a function by its name or ARN.
	Find func(reference string) (name string, f Function, bound bool)
	// BindingFile is the name of the file that binds functions, for messages.
	BindingFile string
	Artifacts   Artifacts
	Clock       lambda.Clock
	// Secret yields random bytes: they are the credentials of a job.
	Secret func() [32]byte
	// Hidden are the secrets that are bound: what a function says of them is masked.
	Hidden          func() ([]string, error)
	Region, Account string
}

// Functions invokes functions. It may be used concurrently.
type Functions struct {
	options Options

	mu       sync.Mutex
	programs map[string]*compiled // of Go functions, by folder
	count    int
}

var _ lambda.Functions = (*Functions)(nil)

// New makes Functions.
func New(o Options) (*Functions, error) {
	for _, dir := range []*string{&o.Work, &o.Home} {
		absolute, err := filepath.Abs(*dir) // programs run in folders of their own
		if err != nil {
			return nil, fmt.Errorf("find the folder of functions: %w", err)
		}
		*dir = absolute
	}
	return &Functions{options: o, programs: map[string]*compiled{}}, nil
}

// defaultTimeout is the longest that Lambda lets an invocation take.
const defaultTimeout = 15 * time.Minute

// NotBoundError says that nothing stands for a function.
type NotBoundError struct{ Name, BindingFile string }

func (e *NotBoundError) Error() string {
	return fmt.Sprintf("nothing on this machine stands for the function %q: write functions: {%s: {path: ./%s}} into %s",
		e.Name, e.Name, e.Name, e.BindingFile)
}

// Invoke invokes a function with an event, JSON text, and returns what it returned, with the secrets masked that are bound:
// whoever invokes keeps it. A function that failed is a *lambda.FunctionError.
func (f *Functions) Invoke(ctx context.Context, reference string, event []byte, log io.Writer) ([]byte, error) {
	i, err := f.prepare(ctx, reference, log)
	if err != nil {
		return nil, err
	}
	defer i.tidy()
	i.event = event
	returned, err := i.run(ctx)
	returned, held := i.log.bound.CleanJSON(returned)
	if held {
		i.log.say(secretReturned)
	}
	return returned, err
}

// RunJob invokes a function with the event of a job. Its result is what the function gave by PutJobSuccessResult or
// PutJobFailureResult, or where it is bound so, what it returned.
func (f *Functions) RunJob(ctx context.Context, j lambda.Job, log io.Writer) (lambda.Result, error) {
	i, err := f.prepare(ctx, j.FunctionName, log)
	if err != nil {
		return lambda.Result{}, err
	}
	defer i.tidy()
	served := &job{Job: j, artifacts: f.options.Artifacts, credentials: i.credentials(), area: i.area, stored: map[string]artifact.Object{}}
	event := j.Event(f.options.Account, served.credentials, f.options.Clock.Now().Add(i.timeout()))
	// An event holds texts and numbers only, which always encode.
	i.event, _ = json.Marshal(event)
	if len(j.ContinuationToken) >= shortest {
		i.log.hide(j.ContinuationToken)
	}
	i.log.hide(j.ID, served.credentials.AccessKeyID, served.credentials.SecretAccessKey, served.credentials.SessionToken)
	endpoint, err := serve(served)
	if err != nil {
		return lambda.Result{}, fmt.Errorf("serve the job of function %s: %w", i.name, err)
	}
	defer endpoint.close()
	i.deadline, i.endpoint = j.Deadline, endpoint.url()
	i.keys = served.credentials
	returned, err := i.run(ctx)
	endpoint.close()
	return served.outcome(ctx, i, returned, err)
}

// shortest is the least continuation token that is masked: one such as "2" would mask what has nothing to do with it.
const shortest = 8

// prepare makes an invocation of a bound function, with a folder of its own.
func (f *Functions) prepare(ctx context.Context, reference string, log io.Writer) (*invocation, error) {
	name, function, bound := f.options.Find(reference)
	if !bound {
		return nil, &NotBoundError{Name: name, BindingFile: f.options.BindingFile}
	}
	f.mu.Lock()
	f.count++
	area := filepath.Join(f.options.Work, fmt.Sprintf("function-%d", f.count))
	f.mu.Unlock()
	i := &invocation{functions: f, name: name, function: function, log: newLines(log), area: area, id: f.uuid()}
	secrets, err := f.options.Hidden()
	i.log.hideBound(secrets...)
	if err == nil {
		err = os.RemoveAll(area)
	}
	if err == nil {
		err = os.MkdirAll(filepath.Join(area, "tmp"), 0o700)
	}
	if err == nil {
		i.program, err = i.findProgram(ctx)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("function %s: %w", name, err), os.RemoveAll(area))
	}
	return i, nil
}

// uuid makes a random text of the form of a UUID.
func (f *Functions) uuid() string {
	b := f.options.Secret()
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:16])
}

// random makes a text of random hexadecimal digits.
func (f *Functions) random() string {
	b := f.options.Secret()
	return hex.EncodeToString(b[:])
}
