package mototest

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"

	"github.com/penstock-ci/penstock/statemachines/engine"
)

// functions answers invocations over HTTP, as Lambda does: an error is an object with errorType.
type functions struct {
	mu        sync.RWMutex // read-locked by invocations: between executions none is left
	execution string
	tasks     engine.Tasks // nil between executions
}

// serve says who does the work from now on. It waits for those who do it until now.
func (f *functions) serve(execution string, tasks engine.Tasks) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.execution, f.tasks = execution, tasks
}

// ServeHTTP invokes the function that the path names. Which state calls, and the task token outside of the payload, a
// Lambda function is not told either.
func (f *functions) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.mu.RLock()
	defer f.mu.RUnlock()
	payload, err := io.ReadAll(r.Body)
	if err == nil && f.tasks == nil {
		err = errors.New("no execution is running")
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	answer, err := f.tasks.Invoke(r.Context(), engine.Invocation{
		Execution: f.execution, FunctionName: strings.TrimPrefix(r.URL.Path, "/"), Payload: payload,
	})
	var named *engine.TaskError
	if errors.As(err, &named) {
		answer, err = json.Marshal(map[string]string{"errorType": named.Name, "errorMessage": named.Cause})
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(answer)
}
