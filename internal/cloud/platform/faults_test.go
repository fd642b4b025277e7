package platform

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"io"
	"net/http"
	"strings"
	"sync"

	"github.com/penstock-ci/penstock/internal/cloud/cloudtest"
	"github.com/penstock-ci/penstock/internal/execution"
)

// errDead is what a process meets that has ended.
var errDead = errors.New("the process has ended")

// fault is what happens to one call of a handler.
type fault string

const (
	throttled  fault = "throttled"
	unanswered fault = "answer lost" // the call was done, and times out
	unsent     fault = "timed out"   // the call was not done
	denied     fault = "denied"
	dead       fault = "dies before" // the process ends, and the call was not done
	deadAfter  fault = "dies after"
)

// every is how many calls there are to one that is tried; 1 takes minutes.
var every = flag.Int("faults.every", tried, "try each `n`-th call of a release")

var kinds = []fault{throttled, unsent, unanswered, denied, dead, deadAfter}

// faults gives calls of the handlers a fault: the at-th, and each with a name.
type faults struct {
	mu    sync.Mutex
	kind  fault
	at    int
	name  string // of calls that all have the fault
	calls []string
}

// process is one in which handlers run, whose calls meet faults. One that has died does nothing any more, whatever of it is
// still at work here. A nil one meets no fault.
type process struct {
	*faults
	dead bool
}

// next counts a call, and says what happens to it.
func (p *process) next(name string) (fault, error) {
	if p == nil {
		return "", nil
	}
	f := p.faults
	f.mu.Lock()
	defer f.mu.Unlock()
	if p.dead {
		return "", errDead
	}
	f.calls = append(f.calls, name)
	if len(f.calls) != f.at && name != f.name {
		return "", nil
	}
	if f.kind == dead || f.kind == deadAfter {
		p.dead = true
	}
	return f.kind, nil
}

func (f *faults) count() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.calls)
}

func (p *process) died() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.dead
}

// send sends a request, or gives it its fault.
func (p *process) send(r *http.Request, send func() (*http.Response, error)) (*http.Response, error) {
	kind, err := p.next(operation(r))
	if err != nil {
		return nil, err
	}
	switch kind {
	case throttled:
		return cloudtest.Refuses(r, http.StatusBadRequest, "ThrottlingException"), nil
	case denied:
		return cloudtest.Refuses(r, http.StatusForbidden, "AccessDenied"), nil
	case unsent:
		return nil, context.DeadlineExceeded
	case dead:
		return nil, errDead
	}
	answer, err := send()
	switch {
	case err != nil:
		return nil, err
	case kind == unanswered:
		_ = answer.Body.Close()
		return nil, io.ErrUnexpectedEOF
	case kind == deadAfter:
		_ = answer.Body.Close()
		return nil, errDead
	}
	return answer, nil
}

// operation names what a request asks for.
func operation(r *http.Request) string {
	if target := r.Header.Get("X-Amz-Target"); target != "" {
		return target
	}
	if strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-www-form-urlencoded") {
		text, _ := io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(text))
		action, _, _ := strings.Cut(string(text), "&")
		return action
	}
	return r.Method + " " + r.URL.Path
}

// faultyTable is a table in memory whose calls meet faults, as cloud.Table tells of them.
type faultyTable struct {
	execution.Table
	process *process
}

func (t faultyTable) call(name string, do func() error) error {
	kind, err := t.process.next("dynamodb:" + name)
	if err != nil {
		return err
	}
	fail := func(code execution.Code, message string) error { return &execution.Error{Code: code, Message: message} }
	switch kind {
	case throttled:
		return fail(execution.Throttled, name+": slow down")
	case denied:
		return fail(execution.NotAllowed, "the caller needs dynamodb:"+name)
	case unsent:
		return fail(execution.Unavailable, name+": no answer")
	case dead:
		return errDead
	}
	err = do()
	switch {
	case err != nil:
		return err
	case kind == unanswered:
		return fail(execution.Unavailable, name+": no answer")
	case kind == deadAfter:
		return errDead
	}
	return nil
}

// Get is that of execution.Table.
func (t faultyTable) Get(ctx context.Context, key execution.Key) (item execution.Item, err error) {
	err = t.call("GetItem", func() error { item, err = t.Table.Get(ctx, key); return err })
	return item, err
}

// Query is that of execution.Table.
func (t faultyTable) Query(ctx context.Context, q execution.Query) (items []execution.Item, err error) {
	err = t.call("Query", func() error { items, err = t.Table.Query(ctx, q); return err })
	return items, err
}

// Write is that of execution.Table.
func (t faultyTable) Write(ctx context.Context, writes []execution.Write) error {
	return t.call("TransactWriteItems", func() error { return t.Table.Write(ctx, writes) })
}
