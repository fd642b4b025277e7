package functions

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"
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
	// answers has one answer at most: the first counts.
	answers chan answer
	once    sync.Once
	// given is closed when the event has been given away: whoever asks for another waits, as for a sandbox that is frozen.
	mu    sync.Mutex
	given bool
}

// answer is how the program handled the event.
type answer struct {
	payload []byte
	err     error
}

// maxPayload is the most that a synchronous invocation may return.
const maxPayload = 6 << 20

func newRuntimeAPI(i *invocation, deadline time.Time) *runtimeAPI {
	api := &runtimeAPI{invocation: i, deadline: deadline, answers: make(chan answer, 1)}
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
		api.answer(answer{err: &lambda.FunctionError{Type: "Function.ResponseSizeTooLarge", Message: "the response is larger than 6 MiB"}})
		refuseRequest(w, http.StatusRequestEntityTooLarge, "RequestEntityTooLarge", "the response is larger than 6 MiB")
		return
	case err != nil:
		refuseRequest(w, http.StatusBadRequest, "InvalidRequest", err.Error())
		return
	}
	accept(w)
	api.answer(answer{payload: payload})
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
	accept(w)
	api.answer(answer{err: &lambda.FunctionError{
		Type: api.invocation.log.clean(e.ErrorType), Message: api.invocation.log.clean(e.ErrorMessage), Trace: e.StackTrace,
	}})
}

func (api *runtimeAPI) answer(a answer) {
	api.once.Do(func() { api.answers <- a })
}

// accept answers before the program is ended, so that it does not see its connection break.
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
