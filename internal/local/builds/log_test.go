package builds

import (
	"bytes"
	"strings"
	"testing"

	"github.com/penstock-ci/penstock/internal/local/mask"
)

// lines is a log that checks that it gets one line a Write.
type lines struct {
	t    *testing.T
	text bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	if bytes.Count(p, []byte("\n")) != 1 || !bytes.HasSuffix(p, []byte("\n")) {
		l.t.Errorf("a Write of %q is not one line", p)
	}
	return l.text.Write(p)
}

func logged(t *testing.T, secrets []string, writes ...string) string {
	t.Helper()
	to := &lines{t: t}
	l := newLogWriter(to)
	for _, s := range secrets {
		l.mask.Hide(s)
	}
	for _, w := range writes {
		l.write([]byte(w))
	}
	l.flush()
	if err := l.failed(); err != nil {
		t.Error(err)
	}
	return to.text.String()
}

func TestMask(t *testing.T) {
	for name, c := range map[string]struct {
		secrets []string
		writes  []string
		want    string
	}{
		"split across writes":  {[]string{"hunter2"}, []string{"a hun", "ter", "2 b\n"}, "a *** b\n"},
		"longest first":        {[]string{"abc", "abcdef"}, []string{"abcdef abc\n"}, "*** ***\n"},
		"several lines":        {[]string{"one\ntwo\n"}, []string{"x one\n", "two y\n"}, "x ***\n*** y\n"},
		"unfinished last line": {[]string{"hunter2"}, []string{"at the end hunter2"}, "at the end ***\n"},
		"empty secret":         {[]string{"", "\n"}, []string{"nothing\n"}, "nothing\n"},
		"in a line of the build": {
			[]string{"hunter2"}, []string{"begun", mark + "[Container] echo hunter2\n"}, "begun\n[Container] echo ***\n",
		},
	} {
		t.Run(name, func(t *testing.T) {
			if got := logged(t, c.secrets, c.writes...); got != c.want {
				t.Errorf("log %q; want %q", got, c.want)
			}
		})
	}
}

func TestLongLines(t *testing.T) {
	const secret = "a-rather-long-secret"
	// The secret lies across every place where a long line could be parted.
	for before := maxLine - len(secret) - 1; before <= maxLine+1; before++ {
		text := strings.Repeat("x", before) + secret + strings.Repeat("y", 2*maxLine)
		got := logged(t, []string{secret}, text[:before+5], text[before+5:], "\nnext\n")
		want := strings.Repeat("x", before) + mask.Masked + strings.Repeat("y", 2*maxLine) + "next"
		if joined := strings.ReplaceAll(got, "\n", ""); joined != want {
			t.Fatalf("with %d bytes before the secret the log is not the masked line", before)
		}
		for line := range strings.Lines(got) {
			if len(line) > maxLine+len(secret)+len(mark)+1 {
				t.Fatalf("a line of %d bytes", len(line))
			}
		}
	}
}

func BenchmarkLog(b *testing.B) {
	to := &bytes.Buffer{}
	l := newLogWriter(to)
	l.mask.Hide("hunter2")
	block := []byte(strings.Repeat("ok  	github.com/example/service/internal/package	0.123s\n", 500))
	b.SetBytes(int64(len(block)))
	for b.Loop() {
		to.Reset()
		l.write(block)
	}
}
