package functions_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/penstock-ci/penstock/internal/action"
	"github.com/penstock-ci/penstock/internal/action/lambda"
	"github.com/penstock-ci/penstock/internal/artifact"
	"github.com/penstock-ci/penstock/internal/artifact/objectstest"
	"github.com/penstock-ci/penstock/internal/local/functions"
)

// clock stands still; a test lets the time of an invocation be over by expire.
type clock struct{ expire chan time.Time }

func (clock) Now() time.Time { return time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC) }

func (c clock) After(time.Duration) <-chan time.Time { return c.expire }

// secrets yields other bytes each time.
type secrets struct {
	mu sync.Mutex
	n  byte
}

func (s *secrets) next() (b [32]byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.n++
	for i := range b {
		b[i] = s.n + byte(i)
	}
	return b
}

// rig is functions over a store of artifacts; every function is this test's own binary, in one of its behaviours.
type rig struct {
	*functions.Functions
	store *artifact.Store
	clock clock
	log   bytes.Buffer
	bound map[string]functions.Function
}

func newRig(t *testing.T) *rig {
	t.Helper()
	binary, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	r := &rig{
		store: artifact.NewStore(objectstest.NewMemory()), clock: clock{make(chan time.Time, 1)},
		bound: map[string]functions.Function{},
	}
	for name := range behaviours() {
		r.bound[name] = functions.Function{Path: binary, Environment: map[string]string{behaviour: name}}
		r.bound[name+"-returns"] = functions.Function{Path: binary, Environment: map[string]string{behaviour: name}, Returns: true}
	}
	dir := t.TempDir()
	r.Functions, err = functions.New(functions.Options{
		Work: filepath.Join(dir, "work"), Home: filepath.Join(dir, "home"),
		Environ: append(os.Environ(), "HOST_SECRET=canary"), BindingFile: "penstock.local.yaml",
		Find: func(name string) (string, functions.Function, bool) {
			f, ok := r.bound[name]
			return name, f, ok
		},
		Hidden:    func() ([]string, error) { return []string{"bound secret\n"}, nil },
		Artifacts: r.store, Clock: r.clock, Secret: new(secrets).next, Region: "us-east-1", Account: "000000000000",
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		left, err := filepath.Glob(filepath.Join(dir, "work", "function-*"))
		if err != nil || len(left) > 0 {
			t.Errorf("left behind: %v, %v", left, err)
		}
	})
	return r
}

func (r *rig) invoke(t *testing.T, name, event string) (string, error) {
	t.Helper()
	out, err := r.Invoke(t.Context(), name, []byte(event), &r.log)
	return string(out), err
}

func TestInvoke(t *testing.T) {
	for _, c := range []struct{ name, want, err string }{
		{name: "echo", want: `{"a":1}`},
		{name: "again", want: `"once"`},
		{name: "errs", err: "TypeError: no such thing"},
		{name: "errs-in-text", err: "Runtime.Unknown: plain"},
		{name: "errs-at-length", err: "E: " + strings.Repeat("ä", 2500)},
		{name: "init-error", err: "Runtime.ImportModuleError: no module"},
		{name: "exits", err: "Runtime.ExitError: the program exited with an error: exit status 3"},
		{name: "leaves", err: "Runtime.ExitError: the program exited without an answer to its event"},
		{name: "large", err: "Function.ResponseSizeTooLarge: the response is larger than 6 MiB"},
		{name: "protocol", want: `"400 404 404"`},
		{name: "nobody", err: `nothing on this machine stands for the function "nobody": write functions: {nobody: {path: ./nobody}} into penstock.local.yaml`},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := newRig(t).invoke(t, c.name, `{"a":1}`)
			if fmt.Sprint(err) != c.err && (err != nil || c.err != "") {
				t.Errorf("the error is %v, want %s", err, c.err)
			}
			if got != c.want {
				t.Errorf("it returned %q, want %q", got, c.want)
			}
		})
	}
}

func TestTimeout(t *testing.T) {
	r := newRig(t)
	r.bound["hangs"] = functions.Function{Path: r.bound["hangs"].Path, Environment: r.bound["hangs"].Environment, Timeout: 3 * time.Second}
	r.clock.expire <- time.Time{}
	_, err := r.invoke(t, "hangs", "{}")
	var failed *lambda.FunctionError
	if !errors.As(err, &failed) || failed.Type != "Sandbox.Timedout" || !strings.HasSuffix(failed.Message, "timed out after 3s") {
		t.Errorf("the error is %v", err)
	}
}

// hungUp cancels a context when the program has said that it hangs.
type hungUp struct{ cancel context.CancelFunc }

func (h hungUp) Write(p []byte) (int, error) {
	h.cancel()
	return len(p), nil
}

func TestStop(t *testing.T) {
	r := newRig(t)
	ctx, cancel := context.WithCancel(t.Context())
	if _, err := r.Invoke(ctx, "hangs", []byte("{}"), hungUp{cancel}); !errors.Is(err, context.Canceled) {
		t.Errorf("the error is %v", err)
	}
}

// What a function has started ends with it: a child that holds a connection lets go of it.
func TestChildrenEnd(t *testing.T) {
	r := newRig(t)
	listener, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // it listens at once
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	r.bound["parent"].Environment["HOLD"] = listener.Addr().String()
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() {
		_, err := r.Invoke(ctx, "parent", []byte("{}"), io.Discard)
		ended <- err
	}()
	held, err := listener.Accept()
	if err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewReader(held)
	if _, err := lines.ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("the error is %v", err)
	}
	if err := held.SetReadDeadline(time.Now().Add(time.Minute)); err != nil { // so that a failure ends
		t.Fatal(err)
	}
	if _, err := lines.ReadString('\n'); !errors.Is(err, io.EOF) && !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("the child lives on: %v", err)
	}
}

// A function sees of the host what a build does, what is declared for it, and where it is.
func TestEnvironment(t *testing.T) {
	r := newRig(t)
	f := r.bound["environment"]
	f.Handler = "app.handler"
	f.Environment["DECLARED"] = "yes"
	r.bound["environment"] = f
	got, err := r.invoke(t, "environment", "{}")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"AWS_LAMBDA_FUNCTION_NAME=environment", "_HANDLER=app.handler", "DECLARED=yes", "LAMBDA_TASK_ROOT=" + filepath.Dir(f.Path),
		"AWS_REGION=us-east-1", "AWS_ACCESS_KEY_ID=ASIALOCAL", "AWS_EXECUTION_ENV=AWS_Lambda_provided.al2023",
	} {
		if !strings.Contains(got, want+`\n`) {
			t.Errorf("%s is missing in:\n%s", want, got)
		}
	}
	if strings.Contains(got, "canary") {
		t.Errorf("a secret of the host reached the function:\n%s", got)
	}
}

// job is one with an input artifact and two outputs.
func (r *rig) job(t *testing.T, name string) lambda.Job {
	t.Helper()
	in, err := r.store.PutBody(t.Context(), strings.NewReader("the input"), artifact.Location{Bucket: "artifacts", Key: "demo/In/1"})
	if err != nil {
		t.Fatal(err)
	}
	return lambda.Job{
		ID: "11111111-2222-8333-8444-555555555555", FunctionName: name,
		Configuration: map[string]string{"FunctionName": name, "UserParameters": "p"},
		Inputs:        []action.Input{{Name: "In", Object: in, Revision: "abc"}},
		Outputs: []action.Output{
			{Name: "One", Location: artifact.Location{Bucket: "artifacts", Key: "demo/One/1"}},
			{Name: "Two", Location: artifact.Location{Bucket: "artifacts", Key: "demo/Two/1"}},
		},
		ContinuationToken: "continue-with-this",
	}
}

func TestJobs(t *testing.T) {
	for _, c := range []struct {
		name string
		want lambda.Result
		err  string
	}{
		{name: "succeeds", want: lambda.Result{
			ContinuationToken: "next", Variables: map[string]string{"A": "1"}, Summary: "did it", ExternalExecutionID: "x-1",
			Revision: &action.Revision{ID: "r", ChangeIdentifier: "c", Summary: "s", Created: time.UnixMilli(1500).UTC()},
		}},
		{name: "fails", want: lambda.Result{Failure: &lambda.Failure{Type: "PermissionError", Message: "no", ExternalExecutionID: "x-2"}}},
		{name: "twice", want: lambda.Result{Variables: map[string]string{"Second": "InvalidJobStateException"}}},
		{name: "succeeds-and-exits", want: lambda.Result{Variables: map[string]string{"A": "1"}}},
		{name: "wrong", want: lambda.Result{Variables: map[string]string{
			"Job": "JobNotFoundException", "Key": "UnrecognizedClientException", "Operation": "InvalidActionException",
			"Type": "ValidationException", "Body": "SerializationException",
			"Long": "ValidationException", "Silent": "ValidationException",
		}}},
		{name: "variables-returns", want: lambda.Result{Variables: map[string]string{"A": "1"}}},
		{name: "echo-returns", want: lambda.Result{}},
		{name: "succeeds-returns", want: lambda.Result{
			ContinuationToken: "next", Variables: map[string]string{"A": "1"}, Summary: "did it", ExternalExecutionID: "x-1",
			Revision: &action.Revision{ID: "r", ChangeIdentifier: "c", Summary: "s", Created: time.UnixMilli(1500).UTC()},
		}},
		{name: "numbers-returns", err: "JobFailed: function numbers-returns returned outputVariables that are no texts"},
		{name: "variables", err: "JobFailed: the function returned without a result for its job; on AWS"},
		{name: "errs-returns", err: "TypeError: no such thing"},
		{name: "errs", err: "TypeError: no such thing"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newRig(t)
			got, err := r.RunJob(t.Context(), r.job(t, c.name), &r.log)
			if (c.err == "") != (err == nil) || err != nil && !strings.HasPrefix(err.Error(), c.err) {
				t.Errorf("the error is %v, want %q", err, c.err)
			}
			got.Artifacts = nil
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("the result (-want +got):\n%s\nlog:\n%s", diff, r.log.String())
			}
		})
	}
}

// The job's artifacts are objects of S3 to the function, and nothing else is.
func TestArtifacts(t *testing.T) {
	r := newRig(t)
	result, err := r.RunJob(t.Context(), r.job(t, "artifacts"), &r.log)
	if err != nil {
		t.Fatalf("%v\n%s", err, r.log.String())
	}
	want := map[string]string{
		"get": "200 the input", "range": "206 inp", "head": "200 9", "put": "200 ", "chunked": "200 ", "readback": "200 one",
		"elsewhere": "404 NoSuchKey", "put-elsewhere": "403 AccessDenied", "put-input": "403 AccessDenied",
		"delete": "405 MethodNotAllowed", "bucket": "501 NotImplemented",
		"parts-of-input": "403 AccessDenied", "no-upload": "404 NoSuchUpload", "part-zero": "400 InvalidArgument",
		"no-list": "400 MalformedXML", "no-part": "400 InvalidPart", "abort": "204 ",
		"foreign": "403 InvalidAccessKeyId", "torn": "500 InternalError",
	}
	if diff := cmp.Diff(want, result.Variables); diff != "" {
		t.Errorf("answers (-want +got):\n%s", diff)
	}
	for name, text := range map[string]string{"One": "one", "Two": "chunks of two"} {
		reader, err := r.store.Open(t.Context(), result.Artifacts[name])
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(io.NewSectionReader(reader, 0, reader.Size()))
		if err != nil || string(got) != text {
			t.Errorf("artifact %s is %q, %v", name, got, err)
		}
		_ = reader.Close()
	}
	if names := slices.Sorted(maps.Keys(result.Artifacts)); !slices.Equal(names, []string{"One", "Two"}) {
		t.Errorf("artifacts %v", names)
	}
}

// A function that prints its event prints the keys to its artifacts and its job: the log has none of them.
func TestSecretsAreMasked(t *testing.T) {
	r := newRig(t)
	result, err := r.RunJob(t.Context(), r.job(t, "tells"), &r.log)
	if err != nil {
		t.Fatalf("%v\n%s", err, r.log.String())
	}
	if result.Summary != "says ***" {
		t.Errorf("the summary is %q", result.Summary)
	}
	for _, secret := range slices.Sorted(maps.Values(result.Variables)) {
		if secret == "" || strings.Contains(r.log.String(), secret) {
			t.Errorf("%q is in the log:\n%.300s", secret, r.log.String())
		}
	}
	if n := strings.Count(r.log.String(), "***"); n < len(result.Variables) {
		t.Errorf("%d are masked:\n%.300s", n, r.log.String())
	}
}

// What a function makes known of a bound secret is kept nowhere: variables that hold it are left out.
func TestBoundSecretsAreNotKept(t *testing.T) {
	left := "note: output variable KEY is left out: a secret is in its value\n"
	masked := &action.Revision{ID: "***", ChangeIdentifier: "***", Summary: "***"}
	for name, want := range map[string]lambda.Result{
		"leaks":           {Variables: map[string]string{"A": "1"}, Summary: "has ***", ExternalExecutionID: "of ***", Revision: masked},
		"leaks-variables": {Variables: map[string]string{"A": "1"}},
	} {
		r := newRig(t)
		function := r.bound[name]
		function.Returns = true
		r.bound[name] = function
		got, err := r.RunJob(t.Context(), r.job(t, name), &r.log)
		if err != nil {
			t.Fatalf("%s: %v\n%s", name, err, r.log.String())
		}
		got.Artifacts = nil
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: the result (-want +got):\n%s", name, diff)
		}
		if !strings.Contains(r.log.String(), left) {
			t.Errorf("%s: the log does not say so:\n%s", name, r.log.String())
		}
	}
	r := newRig(t)
	got, err := r.invoke(t, "leaks-value", "{}")
	if err != nil || got != `{"key":["***"],"tried":2}` || !strings.Contains(r.log.String(), "is masked") {
		t.Errorf("it returned %s, %v:\n%s", got, err, r.log.String())
	}
}
