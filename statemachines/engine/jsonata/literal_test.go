package jsonata_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/penstock-ci/penstock/statemachines/asl"
	"github.com/penstock-ci/penstock/statemachines/engine/jsonata"
)

// FuzzLiteral proves that a user's text survives asl.Literal, the substitution of placeholders and evaluation.
func FuzzLiteral(f *testing.F) {
	for _, seed := range []string{"", "plain", "{% 1 %}", "${Fn}", "$${Fn}%}", "é😀\u2028\x00\\u0041\"'`", "{%", "%}{%", "a\nb"} {
		f.Add(seed)
	}
	ev := jsonata.NewEvaluator()
	f.Fuzz(func(t *testing.T, text string) {
		if !utf8.ValidString(text) {
			return
		}
		literal := asl.Literal(text)
		encoded, err := asl.MarshalValue(literal)
		if err != nil {
			t.Fatal(err)
		}
		substituted, err := asl.Substitute(encoded, nil)
		if err != nil || string(substituted) != string(encoded) {
			t.Fatalf("%q becomes %s, which substitution changes: %s, %v", text, encoded, substituted, err)
		}
		source, isExpression := asl.Expression(literal)
		if !isExpression {
			if literal != text {
				t.Errorf("%q becomes the plain %q", text, literal)
			}
			return
		}
		if strings.Contains(source, "{%") || strings.Contains(source, "%}") {
			t.Errorf("%q becomes %q: a marker is left inside", text, literal)
		}
		got, err := evaluate(t, ev, source, nil)
		if err != nil {
			t.Fatalf("%q becomes %q, which fails: %v", text, literal, err)
		}
		if want, _ := jsonata.Encode(nil, text); got != string(want) {
			t.Errorf("%q becomes %q, which evaluates to %s", text, literal, got)
		}
	})
}
