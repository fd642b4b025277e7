package porttest

import (
	"crypto/sha256"
	"fmt"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/penstock-ci/penstock/events"
	"github.com/penstock-ci/penstock/internal/execution"
)

// Bus runs the suite of execution.Bus. open makes a bus and says what has arrived so far.
func Bus(t *testing.T, open func(t *testing.T) (bus execution.Bus, arrived func() []events.Envelope)) {
	bus, arrived := open(t)
	var want []events.Envelope
	for _, id := range []string{"a", "b", "b"} {
		e := events.Envelope{ID: id, DetailType: events.PipelineExecutionStateChange, Source: events.Source, Detail: []byte(`{}`)}
		if err := bus.Publish(t.Context(), e); err != nil {
			t.Fatal(err)
		}
		want = append(want, e)
	}
	if diff := cmp.Diff(want, arrived()); diff != "" {
		t.Errorf("arrived (-want +got):\n%s", diff)
	}
}

// IDs runs the suite of execution.IDs.
func IDs(t *testing.T, ids execution.IDs) {
	uuid := regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$`)
	const callers, each = 8, 1000
	var mu sync.Mutex
	seen := map[string]bool{}
	var wg sync.WaitGroup
	for range callers {
		wg.Go(func() {
			for range each {
				id := ids.NewID()
				mu.Lock()
				if !uuid.MatchString(id) || seen[id] {
					t.Errorf("NewID gave %q, which is no new lower-case UUID", id)
				}
				seen[id] = true
				mu.Unlock()
			}
		})
	}
	wg.Wait()
}

// Objects runs the suite of execution.Objects on stores that open makes, each empty.
func Objects(t *testing.T, open func(t *testing.T) execution.Objects) {
	objects := open(t)
	digest := func(value string) string { return fmt.Sprintf("%x", sha256.Sum256([]byte(value))) }
	if _, err := objects.GetObject(t.Context(), digest("nothing")); execution.CodeOf(err) != execution.NotFound {
		t.Errorf("an object that is not there: %v, want code %s", err, execution.NotFound)
	}
	for _, value := range []string{"", "a", strings.Repeat("long\x00", 1<<20), "a"} {
		if err := objects.PutObject(t.Context(), digest(value), []byte(value)); err != nil {
			t.Fatal(err)
		}
		if got, err := objects.GetObject(t.Context(), digest(value)); err != nil || string(got) != value {
			t.Errorf("an object of %d bytes: %d bytes, %v", len(value), len(got), err)
		}
	}
}
