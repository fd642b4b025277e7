package pipeline_test

import (
	"strings"
	"testing"

	"github.com/penstock-ci/penstock/pipeline"
)

func TestHolds(t *testing.T) {
	for _, c := range []struct {
		operator, variable, value string
		want                      bool
	}{
		{"EQ", "main", "main", true},
		{"EQ", "main", "Main", false},
		{"EQ", "", "", true},
		{"NE", "main", "Main", true},
		{"NE", "main", "main", false},
		{"CONTAINS", "release/1", "ease/", true},
		{"CONTAINS", "release/1", "ease.", false},
		{"MATCHES", "release/1", "release/[0-9]+", true},
		{"MATCHES", "release/1", "release", false},
		{"MATCHES", "my release/1", "release/1", false},
		{"MATCHES", "ab", "a|ab", true}, // as in Java: any match of the whole, not the first alternative
		{"MATCHES", "ab", "a|b", false},
		{"MATCHES", "aa", "a+?", true},
		{"MATCHES", "a\nb", "a", false},
		{"MATCHES", "a\nb", "(?m)a$", false},
		{"MATCHES", "a\nb", "a.b", false}, // a dot is no line break, as in Java
		{"MATCHES", "", "", true},
		{"MATCHES", "MAIN", "(?i)main", true},
	} {
		got, err := pipeline.Holds(c.operator, c.variable, c.value)
		if err != nil || got != c.want {
			t.Errorf("%q %s %q: %t, %v", c.variable, c.operator, c.value, got, err)
		}
	}
}

// TestHoldsNames wants an error to name what cannot be compared by.
func TestHoldsNames(t *testing.T) {
	for _, c := range []struct{ operator, value, want string }{
		{"GREATER", "1", `"GREATER"`},
		{"", "1", `""`},
		{"eq", "1", `"eq"`},
		{"MATCHES", "release/(", `"release/("`},
		{"MATCHES", "a)(b", `"a)(b"`},
		{"MATCHES", "(?=a)", `"(?=a)"`},
	} {
		if held, err := pipeline.Holds(c.operator, "1", c.value); held || err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s %q: %t, %v", c.operator, c.value, held, err)
		}
	}
}
