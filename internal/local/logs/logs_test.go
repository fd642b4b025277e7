package logs_test

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/penstock-ci/penstock/internal/local/logs"
)

var compile = logs.Name{Execution: "4f3c9a1e", Stage: "Build", Action: "Compile"}

func open(t *testing.T, l *logs.Logs, n logs.Name) io.WriteCloser {
	t.Helper()
	w, err := l.Writer(n.Execution, n.Stage, n.Action)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func content(t *testing.T, l *logs.Logs, n logs.Name) string {
	t.Helper()
	r, err := l.Open(n)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	all, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(all)
}

func TestLines(t *testing.T) {
	long := strings.Repeat("x", 70<<10)
	for _, c := range []struct {
		name   string
		writes []string
		file   string
		lines  []string
	}{
		{"whole lines", []string{"one\n", "two\nthree\n"}, "one\ntwo\nthree\n", []string{"one", "two", "three"}},
		{"parts of lines", []string{"o", "ne\ntw", "o\n"}, "one\ntwo\n", []string{"one", "two"}},
		{"a last line without end", []string{"one\ntwo"}, "one\ntwo\n", []string{"one", "two"}},
		{"empty lines", []string{"\n\n"}, "\n\n", []string{"", ""}},
		{"other line ends", []string{"one\r\ntwo\r\n"}, "one\r\ntwo\r\n", []string{"one", "two"}},
		{"nothing", nil, "", nil},
		{"a line without end", []string{long, "rest"}, long + "\nrest\n", []string{long, "rest"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := logs.New(t.TempDir())
			var lines []string
			l.Subscribe(func(line logs.Line) {
				if line.Name != compile {
					t.Errorf("a line of %v", line.Name)
				}
				lines = append(lines, line.Text)
			})
			w := open(t, l, compile)
			for _, text := range c.writes {
				if n, err := io.WriteString(w, text); err != nil || n != len(text) {
					t.Fatalf("wrote %d bytes, error %v", n, err)
				}
			}
			if err := w.Close(); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.file, content(t, l, compile)); diff != "" {
				t.Errorf("file (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(c.lines, lines); diff != "" {
				t.Errorf("lines (-want +got):\n%s", diff)
			}
		})
	}
}

func TestAppendAndCancel(t *testing.T) {
	l := logs.New(t.TempDir())
	var seen []string
	cancel := l.Subscribe(func(line logs.Line) { seen = append(seen, line.Text) })
	for i, text := range []string{"first", "second"} {
		w := open(t, l, compile)
		if _, err := io.WriteString(w, text); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			cancel()
		}
	}
	if got := content(t, l, compile); got != "first\nsecond\n" {
		t.Errorf("the file holds %q", got)
	}
	if diff := cmp.Diff([]string{"first"}, seen); diff != "" {
		t.Errorf("seen (-want +got):\n%s", diff)
	}
}

func TestLinesOfSeveralWritersStayWhole(t *testing.T) {
	l := logs.New(t.TempDir())
	w := open(t, l, compile)
	var mu sync.Mutex
	told := 0
	l.Subscribe(func(logs.Line) {
		mu.Lock()
		defer mu.Unlock()
		told++
	})
	var all sync.WaitGroup
	for i := range 4 {
		all.Go(func() {
			for range 50 {
				if _, err := fmt.Fprintf(w, "%s\n", strings.Repeat(string(rune('a'+i)), 100)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(content(t, l, compile)) {
		if strings.Trim(line, line[:1]+"\n") != "" || len(line) != 101 {
			t.Errorf("mixed line %q", line)
		}
	}
	if told != 200 {
		t.Errorf("%d lines were told, want 200", told)
	}
}

func TestNamesAndList(t *testing.T) {
	outer := t.TempDir()
	l := logs.New(filepath.Join(outer, "logs"))
	want := []logs.Name{}
	for _, stage := range []string{"..", "Build", "a.b@c-d_e", "sp ace/../x"} {
		for _, action := range []string{".", "..", "C:", "Compile"} {
			n := logs.Name{Execution: "..", Stage: stage, Action: action}
			want = append(want, n)
			if err := open(t, l, n).Close(); err != nil {
				t.Fatal(err)
			}
		}
	}
	got, err := l.List("..")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("list (-want +got):\n%s", diff)
	}
	entries, err := os.ReadDir(outer)
	if err != nil || len(entries) != 1 {
		t.Errorf("beside the logs: %v, error %v", entries, err)
	}
	if none, err := l.List("other"); err != nil || len(none) > 0 {
		t.Errorf("another execution lists %v, error %v", none, err)
	}
	if _, err := l.Open(compile); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("an unknown log: error %v", err)
	}
}
