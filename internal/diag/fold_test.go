package diag_test

import (
	"testing"

	"github.com/penstock-ci/penstock/internal/diag"
)

func TestFold(t *testing.T) {
	for _, c := range []struct {
		text        string
		lead, width int
		want        string
	}{
		{"short", 4, 20, "short"},
		{"as it is, without a width", 4, 0, "as it is, without a width"},
		{"one two three four", 4, 14, "one two\n    three four"},
		{"exactly ten", 0, 11, "exactly ten"},
		{"see /a/path/that/is/too/long here", 2, 12, "see\n  /a/path/that/is/too/long\n  here"},
		{"ä é ö ü", 0, 3, "ä é\nö ü"},
		{"a lead that leaves no room", 30, 20, "a\n      lead that\n      leaves no room"},
	} {
		if got := diag.Fold(c.text, c.lead, c.width); got != c.want {
			t.Errorf("Fold(%q, %d, %d) = %q, want %q", c.text, c.lead, c.width, got, c.want)
		}
	}
}
