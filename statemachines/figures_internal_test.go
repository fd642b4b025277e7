package statemachines

import (
	"testing"
	"testing/quick"

	"github.com/penstock-ci/penstock/statemachines/asl"
)

// A length that is counted is never less than what package asl writes.
func TestJSONBytes(t *testing.T) {
	longEnough := func(text string) bool {
		encoded, err := asl.MarshalValue(text)
		return err == nil && jsonBytes(text) >= len(encoded)
	}
	if err := quick.Check(longEnough, nil); err != nil {
		t.Error(err)
	}
	for _, text := range []string{"", "plain", "\"\\\b\f\n\r\t\x00\x1f\x7f", "é💧\u2028\u2029", "<&>'`${"} {
		encoded, err := asl.MarshalValue(text)
		if err != nil || jsonBytes(text) != len(encoded) {
			t.Errorf("jsonBytes(%q) = %d, asl writes %d bytes (%v)", text, jsonBytes(text), len(encoded), err)
		}
	}
}
