// Package runtimetest runs the binary of a Lambda function on this machine, for tests and measurements: it is the Runtime
// API that a function asks for invocations (https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html).
package runtimetest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Function is a running function. Its invocations are one after the other, as Lambda's are.
type Function struct {
	command *exec.Cmd
	server  *http.Server
	log     *log
	began   time.Time
	ready   chan time.Duration // after which it has asked for its first invocation
	asked   chan chan invocation
	exited  chan error

	invoking sync.Mutex
	number   int
}

type invocation struct {
	id, payload string
	deadline    time.Time
	answer      chan answer
}

type answer struct {
	body   []byte
	failed bool
}

// Error is how an invocation failed: the JSON that the function gave, or why it ended.
type Error struct{ Payload string }

func (e *Error) Error() string { return e.Payload }

// Start starts the binary at path with this environment. Stop ends it.
func Start(path string, environ []string) (*Function, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	f := &Function{
		command: exec.Command(path), log: &log{}, ready: make(chan time.Duration, 1), asked: make(chan chan invocation),
		exited: make(chan error, 1),
	}
	f.server = &http.Server{Handler: f.api(), ReadHeaderTimeout: time.Minute}
	f.command.Env = append(append([]string{}, environ...), "AWS_LAMBDA_RUNTIME_API="+listener.Addr().String())
	f.command.Stdout, f.command.Stderr = f.log, f.log
	f.began = time.Now()
	go func() { _ = f.server.Serve(listener) }() // ends with Close
	if err := f.command.Start(); err != nil {
		return nil, errors.Join(err, f.server.Close())
	}
	go func() { f.exited <- f.command.Wait() }() // ends with the process
	return f, nil
}

// Init waits until the function has asked for its first invocation, and returns how long that took.
func (f *Function) Init(ctx context.Context) (time.Duration, error) {
	select {
	case took := <-f.ready:
		f.ready <- took
		return took, nil
	case err := <-f.exited:
		f.exited <- err
		return 0, f.ended(err)
	case <-ctx.Done():
		return 0, ctx.Err()
	}
}

func (f *Function) ended(err error) error {
	return &Error{Payload: fmt.Sprintf("the function has ended (%v): %s", err, f.Log())}
}

// Invoke invokes the function. What it fails with is an *Error.
func (f *Function) Invoke(ctx context.Context, payload string, timeout time.Duration) ([]byte, error) {
	f.invoking.Lock()
	defer f.invoking.Unlock()
	f.number++
	i := invocation{id: strconv.Itoa(f.number), payload: payload, deadline: time.Now().Add(timeout), answer: make(chan answer, 1)}
	select {
	case next := <-f.asked:
		next <- i
	case err := <-f.exited:
		f.exited <- err
		return nil, f.ended(err)
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	select {
	case a := <-i.answer:
		if a.failed {
			return nil, &Error{Payload: string(a.body)}
		}
		return a.body, nil
	case err := <-f.exited:
		f.exited <- err
		return nil, f.ended(err)
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Stop ends the function.
func (f *Function) Stop() {
	_ = f.command.Process.Kill()
	err := <-f.exited
	f.exited <- err
	_ = f.server.Close()
}

// Log is what the function has written so far.
func (f *Function) Log() string { return f.log.String() }

// api answers the function.
func (f *Function) api() http.Handler {
	var mu sync.Mutex
	open := map[string]invocation{}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /2018-06-01/runtime/invocation/next", func(w http.ResponseWriter, r *http.Request) {
		select {
		case f.ready <- time.Since(f.began):
		default:
		}
		next := make(chan invocation)
		select {
		case f.asked <- next:
		case <-r.Context().Done():
			return
		}
		i := <-next
		mu.Lock()
		open[i.id] = i
		mu.Unlock()
		w.Header().Set("Lambda-Runtime-Aws-Request-Id", i.id)
		w.Header().Set("Lambda-Runtime-Deadline-Ms", strconv.FormatInt(i.deadline.UnixMilli(), 10))
		w.Header().Set("Lambda-Runtime-Invoked-Function-Arn", "arn:aws:lambda:eu-central-1:000000000000:function:test")
		_, _ = io.WriteString(w, i.payload)
	})
	mux.HandleFunc("POST /2018-06-01/runtime/invocation/{id}/{kind}", func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		mu.Lock()
		i, ok := open[r.PathValue("id")]
		delete(open, r.PathValue("id"))
		mu.Unlock()
		if !ok {
			http.Error(w, "no such invocation", http.StatusBadRequest)
			return
		}
		i.answer <- answer{body, r.PathValue("kind") == "error"}
		w.WriteHeader(http.StatusAccepted)
	})
	return mux
}

// log is what a process writes.
type log struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// Write keeps p.
func (l *log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.TrimSpace(l.text.String())
}
