package api_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/penstock-ci/penstock/statemachines/engine/mototest"
)

// boto3 drives every operation: it validates what it sends, types the exceptions and follows the pages, and each answer is
// held against the service's own model.
func TestBoto3(t *testing.T) {
	handler := newWorld(t).handler()
	var one sync.Mutex // the world is for one goroutine
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		one.Lock()
		defer one.Unlock()
		handler.ServeHTTP(w, r)
	}))
	defer server.Close()
	client := exec.CommandContext(t.Context(), mototest.Python(t), "testdata/client.py", server.URL)
	client.Stderr, client.Env = os.Stderr, append(os.Environ(), "TZ=UTC") // boto3 tells times in the zone where it is
	out, err := client.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	const golden = "testdata/client.txt"
	if *update {
		if err := os.WriteFile(golden, out, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(out)); diff != "" {
		t.Errorf("what boto3 saw (-want +got):\n%s", diff)
	}
}
