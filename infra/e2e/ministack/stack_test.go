package ministack_test

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/penstock-ci/penstock/infra/e2e/ministack"
)

// stack is testdata/stack.json, deployed: functions whose invocations come here, with a machine, rules and a bucket.
type stack struct {
	emulator  *ministack.Emulator
	functions *functions
	outputs   map[string]string
}

const (
	code   = "code"   // the bucket of the functions' code
	broken = "broken" // the setting with which the custom resource fails
)

func deploy(t *testing.T, e *ministack.Emulator) *stack {
	t.Helper()
	s := &stack{emulator: e, functions: serveFunctions(t)}
	if _, err := e.AWS(t.Context(), ministack.Root(), "s3", "mb", "s3://"+code); err != nil {
		t.Fatal(err)
	}
	e.PutObject(t, code, "forward.zip", bundle(t, "forward"))
	if err := s.update(t, "1", "128"); err != nil {
		t.Fatal(err)
	}
	return s
}

// update deploys the stack with a setting, which the custom resource has, and the memory of its functions.
func (s *stack) update(t *testing.T, setting, memory string) error {
	t.Helper()
	architecture := map[string]string{"amd64": "x86_64", "arm64": "arm64"}[runtime.GOARCH]
	template, err := os.ReadFile(filepath.Join("testdata", "stack.json"))
	if err != nil {
		t.Fatal(err)
	}
	outputs, err := s.emulator.Deploy(t.Context(), "stack", string(template), map[string]string{
		"Bucket": code, "Key": "forward.zip", "Architecture": architecture, "Handler": s.functions.url, "Setting": setting, "Memory": memory,
	})
	if err == nil {
		s.outputs = outputs
	}
	return err
}

// bundle builds a program of testdata and returns the zip of a function.
func bundle(t *testing.T, name string) []byte {
	t.Helper()
	file := filepath.Join(t.TempDir(), "bootstrap")
	c := exec.CommandContext(t.Context(), "go", "build", "-trimpath", "-ldflags=-s -w", "-o", file, "./"+filepath.Join("testdata", name))
	c.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux")
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("build %s: %v\n%s", name, err, out)
	}
	program, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var archive bytes.Buffer
	w := zip.NewWriter(&archive)
	f, err := w.CreateHeader(&zip.FileHeader{Name: "bootstrap", Method: zip.Store})
	if err == nil {
		_, err = f.Write(program)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return archive.Bytes()
}

// functions answers the invocations of all functions of the stack.
type functions struct {
	url       string
	events    chan []byte // what the function events is given
	schedules chan []byte // what the function schedules is given
	mu        sync.Mutex
	task      func(payload []byte) any // answers for the function task
	requests  []registration           // of the custom resource
}

// registration is what CloudFormation asks a custom resource.
type registration struct {
	RequestType, ResponseURL, StackID, RequestID, LogicalResourceID, PhysicalResourceID string
	ResourceProperties, OldResourceProperties                                           map[string]any
}

func serveFunctions(t *testing.T) *functions {
	t.Helper()
	f := &functions{events: make(chan []byte, 1000), schedules: make(chan []byte, 1000)}
	server := httptest.NewServer(f)
	t.Cleanup(server.Close)
	f.url = server.URL
	return f
}

func (f *functions) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	payload, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	var answer any
	switch strings.TrimPrefix(r.URL.Path, "/") {
	case "events":
		f.events <- payload
	case "schedules":
		f.schedules <- payload
	case "register":
		answer = f.register(payload)
	default:
		f.mu.Lock()
		task := f.task
		f.mu.Unlock()
		answer = task(payload)
	}
	_ = json.NewEncoder(w).Encode(answer)
}

// serve says who answers for the function task from now on.
func (f *functions) serve(task func(payload []byte) any) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.task = task
}

// register answers CloudFormation at its URL. What it returns is ignored, unless it is an error.
func (f *functions) register(payload []byte) any {
	var asked registration
	if err := json.Unmarshal(payload, &asked); err != nil {
		return failure("BadRequest", err.Error())
	}
	f.mu.Lock()
	f.requests = append(f.requests, asked)
	f.mu.Unlock()
	status := "SUCCESS"
	if asked.ResourceProperties["Setting"] == broken {
		status = "FAILED"
	}
	answer, err := json.Marshal(map[string]any{
		"Status": status, "Reason": "it is " + broken, "PhysicalResourceId": "demo", "StackId": asked.StackID, "RequestId": asked.RequestID,
		"LogicalResourceId": asked.LogicalResourceID, "Data": map[string]any{"Version": asked.ResourceProperties["Setting"]},
	})
	if err != nil {
		return failure("Internal", err.Error())
	}
	r, err := http.NewRequest(http.MethodPut, asked.ResponseURL, bytes.NewReader(answer))
	if err != nil {
		return failure("BadRequest", err.Error())
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		return failure("Unavailable", err.Error())
	}
	return response.Body.Close()
}

// failure is what a function answers that fails.
func failure(name, message string) map[string]string {
	return map[string]string{"errorType": name, "errorMessage": message}
}

// asked are the requests that the custom resource has got so far.
func (f *functions) asked() []registration {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]registration(nil), f.requests...)
}
