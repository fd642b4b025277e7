package functions

import (
	"strings"
	"testing"

	"github.com/penstock-ci/penstock/internal/local/mask"
)

// However a text arrives, what is masked in it is masked, and nothing else is lost.
func TestMasking(t *testing.T) {
	const secret = "0123456789abcdef"
	whole := strings.Repeat("x", maxLine+8) + secret + strings.Repeat("y", maxLine) + secret + "\nshort " + secret + "\nlast " + secret
	want := strings.ReplaceAll(strings.ReplaceAll(whole, secret, mask.Masked), "\n", "")
	for _, size := range []int{1, 7, 100, maxLine, maxLine + 8, maxLine + len(secret) + 1, len(whole)} {
		var out strings.Builder
		l := newLines(&out)
		l.hide("none at all\n\n", secret)
		for rest := whole; rest != ""; {
			part := rest[:min(size, len(rest))]
			rest = rest[len(part):]
			if n, err := l.Write([]byte(part)); n != len(part) || err != nil {
				t.Fatalf("write: %d, %v", n, err)
			}
		}
		l.flush()
		if got := strings.ReplaceAll(out.String(), "\n", ""); got != want {
			at := 0
			for at < min(len(got), len(want)) && got[at] == want[at] {
				at++
			}
			t.Errorf("in parts of %d: from %d on it is %.60q, want %.60q", size, at, got[at:], want[at:])
		}
		if !strings.HasSuffix(out.String(), "short ***\nlast ***\n") {
			t.Errorf("in parts of %d it ends with %q", size, out.String()[max(0, out.Len()-60):])
		}
	}
}
