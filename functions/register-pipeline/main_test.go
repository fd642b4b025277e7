package main

import (
	"errors"
	"strings"
	"testing"
)

// CloudFormation reads 4,096 bytes of an answer: what a failure says leaves room for the rest, however it is encoded.
func TestTold(t *testing.T) {
	if told(nil) != nil {
		t.Error("nothing is told as a failure")
	}
	short := errors.New("register pipeline shop: not allowed")
	if got := told(short); got.Error() != short.Error() {
		t.Errorf("told is %q", got)
	}
	for _, part := range []string{"x", "<", "\x01", "é", "\xff", `"`} {
		got := told(errors.New(strings.Repeat(part, 5000))).Error()
		if n := jsonBytes(got); n > maxReason || n < maxReason-12 || !strings.HasSuffix(got, "has the whole)") {
			t.Errorf("of %q %d bytes are told: %q", part, n, got[len(got)-60:])
		}
	}
}
