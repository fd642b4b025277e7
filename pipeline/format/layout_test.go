package format_test

import (
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/token"
	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/penstock-ci/penstock/internal/diag"
	"github.com/penstock-ci/penstock/pipeline/corpustest"
	"github.com/penstock-ci/penstock/pipeline/format"
	"github.com/penstock-ci/penstock/pipeline/tree"
)

// order is what the cases are laid out by.
var order = &format.Order{
	Keys: []string{"name", "kind", "stages"},
	Below: map[string]*format.Order{"stages": {
		Keys:  []string{"name", "actions"},
		Below: map[string]*format.Order{"actions": {Keys: []string{"name", "type", "settings"}}},
	}},
}

// A case is a txtar archive: the file "in", and what it becomes, "out".
func TestLayout(t *testing.T) {
	files, err := filepath.Glob("testdata/layout/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	for _, path := range files {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(path)
			if err != nil {
				t.Fatal(err)
			}
			in, out := string(archive.Files[0].Data), string(archive.Files[1].Data)
			if diff := cmp.Diff(out, laidOut(t, in)); diff != "" {
				t.Errorf("laid out (-want +got):\n%s", diff)
			}
		})
	}
}

// laidOut lays out a source and wants all that Layout promises.
func laidOut(t *testing.T, source string) string {
	t.Helper()
	out, err := format.Layout([]byte(source), order)
	if err != nil {
		t.Fatal(err)
	}
	before, after := read(t, source), read(t, string(out))
	if !format.Same(before, after) {
		t.Fatalf("the meaning has changed (-before +after):\n%s", cmp.Diff(plain(before), plain(after)))
	}
	if diff := cmp.Diff(commentsOf(source), commentsOf(string(out))); diff != "" {
		t.Fatalf("comments (-before +after):\n%s\n%s", diff, out)
	}
	again, err := format.Layout(out, order)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(out), string(again)); diff != "" {
		t.Fatalf("laid out twice (-once +twice):\n%s", diff)
	}
	return string(out)
}

func read(t *testing.T, source string) *tree.Value {
	t.Helper()
	var list diag.List
	v := tree.Read("case.yaml", []byte(source), &list)
	if list.HasErrors() {
		t.Fatalf("%v in\n%s", list, source)
	}
	return v
}

// commentsOf collects the comments that a lexer which is not ours finds.
func commentsOf(source string) []string {
	var comments []string
	for _, t := range lexer.Tokenize(source) {
		if t.Type == token.CommentType {
			comments = append(comments, strings.TrimSpace(t.Value))
		}
	}
	slices.Sort(comments)
	return comments
}

// TestLayoutOfTheCorpus lays out templates that others wrote: comments, block scalars and short forms in all styles.
func TestLayoutOfTheCorpus(t *testing.T) {
	for _, f := range corpustest.Files(t) {
		if strings.HasSuffix(f.Name, ".json") {
			continue
		}
		source := f.Read(t)
		var list diag.List
		if tree.Read(f.Path, source, &list); list.HasErrors() {
			continue
		}
		t.Run(filepath.Base(f.Path), func(t *testing.T) { laidOut(t, string(source)) })
	}
}

// A text of blank lines only does not grow with each layout.
func TestLayoutOfBlankText(t *testing.T) {
	once, err := format.Layout([]byte("keep: |+\n    \n  \nother: 1\n"), order)
	if err != nil {
		t.Fatal(err)
	}
	if want := "keep: |+\n\n\nother: 1\n"; string(once) != want {
		t.Errorf("laid out %q, want %q", once, want)
	}
}

func TestLayoutLeavesAlone(t *testing.T) {
	cases := []struct{ source, what string }{
		{"name: a\n---\nname: b\n", "a directive or a second document"},
		{"%YAML 1.2\n---\nname: a\n", "a directive or a second document"},
		{"? name\n: a\n", `a key behind "?"`},
		{"name: [a, b\n", "a quote or a bracket that is never closed"},
		{"name:\n\t- a\n", "a tab in the indentation"},
	}
	for _, c := range cases {
		_, err := format.Layout([]byte(c.source), nil)
		var cannot *format.CannotLayout
		if !errors.As(err, &cannot) || cannot.What != c.what {
			t.Errorf("Layout(%q) = %v, want %s", c.source, err, c.what)
		}
	}
}

// plain turns a tree into what can be compared and printed.
func plain(v *tree.Value) any {
	switch v.Kind {
	case tree.Mapping:
		entries := map[string]any{"tag": v.Tag}
		for _, e := range v.Entries {
			entries["."+e.Key.Value] = plain(e.Value)
		}
		return entries
	case tree.Sequence:
		items := []any{v.Tag}
		for _, item := range v.Items {
			items = append(items, plain(item))
		}
		return items
	}
	return v.Kind.String() + " " + v.Tag + " " + v.Text
}
