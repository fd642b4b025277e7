package view

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestHeld(t *testing.T) {
	var h Held
	var printed []string
	add := func(line string) { printed = append(printed, h.Add([]string{line})...) }
	add("before")
	h.Begin()
	add("first")
	add("second")
	if diff := cmp.Diff([]string{"before"}, printed); diff != "" {
		t.Errorf("printed while lines are held (-want +got):\n%s", diff)
	}
	printed = append(printed, h.End()...)
	add("after")
	if diff := cmp.Diff([]string{"before", "first", "second", "after"}, printed); diff != "" {
		t.Errorf("printed (-want +got):\n%s", diff)
	}
}
