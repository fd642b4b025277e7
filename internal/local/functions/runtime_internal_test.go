package functions

import (
	"context"
	"io"
	"net/http/httptest"
	"testing"
)

// The event is given away once; whoever asks again waits, and hears nothing.
func TestNext(t *testing.T) {
	i := &invocation{functions: &Functions{options: Options{}}, event: []byte("{}"), id: "1", log: newLines(io.Discard)}
	api := newRuntimeAPI(i, i.deadline)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for n, want := range []string{"{}", ""} {
		w := httptest.NewRecorder()
		api.ServeHTTP(w, httptest.NewRequestWithContext(ctx, "GET", "/2018-06-01/runtime/invocation/next", nil))
		if w.Body.String() != want {
			t.Errorf("call %d of next: %q, want %q", n+1, w.Body.String(), want)
		}
	}
}
