package functions

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/penstock-ci/penstock/internal/action/lambda"
)

// runtimeAPI serves the Lambda runtime API, version 2018-06-01, for one invocation: "Using the Lambda runtime API for
// custom runtimes" of the Lambda Developer Guide.
type runtimeAPI struct {
	http.Handler
	invocation *invocation
	deadline   time.Time
	// answered is closed when there is an answer, and the program has been told that it was taken.
	answered chan struct{}

	mu sync.Mutex
	// given says that the event has been given away: whoever asks for another waits, as in a sandbox that is frozen.
	given bool
	// first is the first answer, which counts.
	first *answer
}

// answer is how the program handled the event.
type answer struct {
	payload []byte
	err     error
}

// maxPayload is the most that a synchronous invocation may return.
const maxPayload = 6 << 20

func newRuntimeAPI(i *invocation, deadline time.Time) *runtimeAPI {
	api := &runtimeAPI{invocation: i, deadline: deadline, answered: make(chan struct{})}
	mux := http.NewServeMux()
	const base = "/2018-06-01/runtime/"
	mux.HandleFunc("GET "+base+"invocation/next", api.next)
	mux.HandleFunc("POST "+base+"invocation/{id}/response", api.ofRequest(api.response))
	mux.HandleFunc("POST "+base+"invocation/{id}/error", api.ofRequest(api.failure))
	mux.HandleFunc("POST "+base+"init/error", api.failure)
	api.Handler = mux
	return api
}

func (api *runtimeAPI) next(w http.ResponseWriter, r *http.Request) {
	api.mu.Lock()
	again := api.given
	api.given = true
	api.mu.Unlock()
	if again {
		<-r.Context().Done()
		return
	}
	i := api.invocation
	header := w.Header()
	header.Set("Content-Type", "application/json")
	header.Set("Lambda-Runtime-Aws-Request-Id", i.id)
	header.Set("Lambda-Runtime-Deadline-Ms", strconv.FormatInt(api.deadline.UnixMilli(), 10))
	header.Set("Lambda-Runtime-Invoked-Function-Arn", i.arn())
	header.Set("Lambda-Runtime-Trace-Id", "Root=1-00000000-000000000000000000000000;Sampled=0")
	_, _ = w.Write(i.event) // whoever does not read it does not answer either
}

// ofRequest refuses what is about another request than the one that was given.
func (api *runtimeAPI) ofRequest(handle http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.PathValue("id") != api.invocation.id {
			refuseRequest(w, http.StatusBadRequest, "InvalidRequestID", "the request ID is not the one of the event")
			return
		}
		handle(w, r)
	}
}

func (api *runtimeAPI) response(w http.ResponseWriter, r *http.Request) {
	payload, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxPayload))
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		const message = "the response is larger than 6 MiB"
		api.answer(answer{err: &lambda.FunctionError{Type: "Function.ResponseSizeTooLarge", Message: message}}, func() {
			refuseRequest(w, http.StatusRequestEntityTooLarge, "RequestEntityTooLarge", message)
		})
		return
	case err != nil:
		refuseRequest(w, http.StatusBadRequest, "InvalidRequest", err.Error())
		return
	}
	api.answer(answer{payload: payload}, func() { accept(w) })
}

func (api *runtimeAPI) failure(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxPayload))
	if err != nil {
		refuseRequest(w, http.StatusBadRequest, "InvalidRequest", err.Error())
		return
	}
	var e struct {
		ErrorMessage string   `json:"errorMessage"`
		ErrorType    string   `json:"errorType"`
		StackTrace   []string `json:"stackTrace"`
	}
	if json.Unmarshal(body, &e) != nil && e.ErrorMessage == "" {
		e.ErrorMessage = string(body)
	}
	if e.ErrorType == "" {
		e.ErrorType = r.Header.Get("Lambda-Runtime-Function-Error-Type")
	}
	if e.ErrorType == "" {
		e.ErrorType = "Runtime.Unknown"
	}
	clean := api.invocation.log.clean
	api.answer(answer{err: &lambda.FunctionError{
		Type: cut(clean(e.ErrorType)), Message: cut(clean(e.ErrorMessage)), Trace: firstLines(e.StackTrace, clean),
	}}, func() { accept(w) })
}

// answer keeps an answer, tells the program so, and then lets it be ended: it must not see its connection break, and may
// end by itself as soon as it is told.
func (api *runtimeAPI) answer(a answer, tell func()) {
	api.mu.Lock()
	isFirst := api.first == nil
	if isFirst {
		api.first = &a
	}
	api.mu.Unlock()
	tell()
	if isFirst {
		close(api.answered)
	}
}

// taken is the answer, if there is one.
func (api *runtimeAPI) taken() (answer, bool) {
	api.mu.Lock()
	defer api.mu.Unlock()
	if api.first == nil {
		return answer{}, false
	}
	return *api.first, true
}

func accept(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusAccepted)
	_, _ = io.WriteString(w, `{"status":"OK"}`+"\n")
	_ = http.NewResponseController(w).Flush()
}

func refuseRequest(w http.ResponseWriter, status int, kind, message string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]string{"errorType": kind, "errorMessage": message})
}

// maxTrace is how many lines are kept of a stack trace: it becomes the Cause of a state, which may have 32 KiB.
const maxTrace = 20

// cut keeps of a text of an error as much as CodePipeline takes for a message.
func cut(text string) string {
	if len(text) <= maxMessage {
		return text
	}
	return strings.ToValidUTF8(text[:maxMessage], "")
}

func firstLines(trace []string, clean func(string) string) []string {
	const longest = 1000
	var lines []string
	for _, line := range trace[:min(len(trace), maxTrace)] {
		lines = append(lines, strings.ToValidUTF8(clean(line)[:min(len(clean(line)), longest)], ""))
	}
	return lines
}
