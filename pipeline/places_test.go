package pipeline_test

import (
	"strings"
	"testing"

	"github.com/penstock-ci/penstock/internal/diag"
)

// placesHold wants every place of a list to be inside its file, and the head of the list to be within its limit.
func placesHold(t testing.TB, source []byte, list diag.List) {
	t.Helper()
	lines := strings.Split(strings.TrimPrefix(string(source), "\ufeff"), "\n")
	for _, d := range list {
		holds(t, lines, d.At)
		for _, note := range d.Notes {
			holds(t, lines, note.At)
		}
	}
	if head, _ := list.Sorted().Head(); len(head) > diag.Limit {
		t.Fatalf("%d diagnostics", len(head))
	}
}
