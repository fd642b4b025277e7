package view_test

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/penstock-ci/penstock/cmd/penstock/view"
)

func itoa(n int) string { return strconv.Itoa(n) }

func TestDuration(t *testing.T) {
	for d, want := range map[time.Duration]string{
		-time.Second:                  "0.0s",
		0:                             "0.0s",
		99 * time.Millisecond:         "0.1s",
		59940 * time.Millisecond:      "59.9s",
		59960 * time.Millisecond:      "1m00s",
		123 * time.Second:             "2m03s",
		3599600 * time.Millisecond:    "1h00m",
		26*time.Hour + 29*time.Second: "26h00m",
	} {
		if got := view.Duration(d); got != want {
			t.Errorf("Duration(%d) = %q, want %q", d, got, want)
		}
	}
}

func TestBytes(t *testing.T) {
	for n, want := range map[int64]string{
		0: "0 B", 999: "999 B", 1000: "1.0 kB", 9949: "9.9 kB", 9950: "10 kB", 14_021: "14 kB", 999_499: "999 kB",
		999_500: "1.0 MB", 3_140_210: "3.1 MB", 5_000_000_000: "5.0 GB", 1 << 60: "1152922 TB",
	} {
		if got := view.Bytes(n); got != want {
			t.Errorf("Bytes(%d) = %q, want %q", n, got, want)
		}
	}
}

func TestFit(t *testing.T) {
	for _, test := range []struct {
		text  string
		width int
		want  string
	}{
		{"short", 5, "short"},
		{"longer", 5, "long…"},
		{"検証を追加", 10, "検証を追加"},
		{"検証を追加", 9, "検証を追…"},
		{"検証を追加", 8, "検証を…"},
		{"e\u0301e\u0301e\u0301", 3, "e\u0301e\u0301e\u0301"},
		{"any", 0, ""},
		{"any", 1, "…"},
	} {
		if got := view.Fit(test.text, test.width); got != test.want {
			t.Errorf("Fit(%q, %d) = %q, want %q", test.text, test.width, got, test.want)
		}
	}
}

func TestClean(t *testing.T) {
	for text, want := range map[string]string{
		"plain":                                "plain",
		"\x1b[1;31mred\x1b[0m":                 "red",
		"\x1b]8;;http://x\x07link\x1b]8;;\x07": "link",
		"\x1b]0;title\x1b\\text":               "text",
		"10%\r50%\r100%\r\n":                   "100%",
		"a\tb":                                 "a    b",
		"bell\a":                               "bell",
		"cut \x1b[3":                           "cut",
		"bad \xff byte":                        "bad \ufffd byte",
		"\u202eright to left":                  "\ufffdright to left",
	} {
		if got := view.Clean(text); got != want {
			t.Errorf("Clean(%q) = %q, want %q", text, got, want)
		}
	}
}

func TestWrap(t *testing.T) {
	got := view.Wrap("one two three\nfour  "+strings.Repeat("x", 25)+" five", 11)
	want := []string{"one two", "three", "four", "xxxxxxxxxxx", "xxxxxxxxxxx", "xxx five"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Wrap (-want +got):\n%s", diff)
	}
	whole := view.WrapWords("one two three four  "+strings.Repeat("x", 25)+" five", 11)
	if diff := cmp.Diff([]string{"one two", "three four", strings.Repeat("x", 25), "five"}, whole); diff != "" {
		t.Errorf("WrapWords (-want +got):\n%s", diff)
	}
}

// FuzzClean holds that nothing that a program prints reaches the terminal as anything but text, and that cutting and
// wrapping keep their widths.
func FuzzClean(f *testing.F) {
	for _, seed := range []string{"plain", "\x1b[31mred", "\x1b]0;t\a", "検証\r\n", "e\u0301", "\x9b31m", "👩‍👩‍👧"} {
		f.Add(seed, 20)
	}
	f.Fuzz(func(t *testing.T, text string, width int) {
		width = max(10, width%200)
		clean := view.Clean(text)
		if strings.ContainsFunc(clean, func(r rune) bool { return r < ' ' || r >= 0x7f && r < 0xa0 }) {
			t.Errorf("Clean(%q) = %q holds control characters", text, clean)
		}
		if fit := view.Fit(clean, width); view.Width(fit) > width {
			t.Errorf("Fit(%q, %d) is %d wide", clean, width, view.Width(fit))
		}
		for _, line := range view.Wrap(text, width) {
			if view.Width(line) > width {
				t.Errorf("Wrap(%q, %d) has %q, %d wide", text, width, line, view.Width(line))
			}
		}
	})
}
