package pipeline_test

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/token"
	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/penstock-ci/penstock/pipeline"
)

// A case of testdata/format is a txtar archive: the definition under the name it is parsed by, and "want": how it is
// laid out, or the diagnostics.
func TestFormat(t *testing.T) {
	files, err := filepath.Glob("testdata/format/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	for _, path := range files {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(path)
			if err != nil {
				t.Fatal(err)
			}
			input := archive.Files[0]
			text, list := pipeline.Format(input.Name, input.Data)
			got := render(t, input, list) + string(text)
			if *update {
				writeWant(t, path, archive, got)
				return
			}
			if diff := cmp.Diff(string(archive.Files[1].Data), got); diff != "" {
				t.Errorf("formatted (-want +got):\n%s", diff)
			}
			if len(list) == 0 {
				formatKeeps(t, input.Name, input.Data)
			}
		})
	}
}

// formatKeeps wants all that Format promises, where it promises anything.
func formatKeeps(t *testing.T, file string, source []byte) {
	t.Helper()
	text, list := pipeline.Format(file, source)
	if list.HasErrors() {
		return
	}
	before, _ := pipeline.Parse(file, source)
	after, problems := pipeline.Parse(file, text)
	if problems.HasErrors() || pipeline.Digest(before) != pipeline.Digest(after) {
		t.Fatalf("the meaning has changed: %v\n%s", problems, text)
	}
	again, problems := pipeline.Format(file, text)
	if problems.HasErrors() {
		t.Fatalf("what was formatted is refused: %v\n%s", problems, text)
	}
	if diff := cmp.Diff(string(text), string(again)); diff != "" {
		t.Fatalf("formatted twice (-once +twice):\n%s", diff)
	}
}

// FuzzFormatYAML formats whatever Parse accepts.
func FuzzFormatYAML(f *testing.F) {
	for _, source := range append(seeds(f, ".yaml", false), formatSeeds(f)...) {
		f.Add(source)
	}
	f.Fuzz(func(t *testing.T, source []byte) { formatKeeps(t, "p.yaml", source) })
}

// FuzzFormatJSON formats whatever Parse accepts.
func FuzzFormatJSON(f *testing.F) {
	for _, source := range seeds(f, ".json", false) {
		f.Add(source)
	}
	f.Fuzz(func(t *testing.T, source []byte) { formatKeeps(t, "p.json", source) })
}

// FuzzFormatComments puts text between the lines of a definition, as comments: none may be lost.
func FuzzFormatComments(f *testing.F) {
	f.Add("a", "b", "\n", uint16(7))
	f.Add("  a", "    b", "", uint16(40_000))
	f.Add("a", "         b", "", uint16(19)) // below the text of a block scalar, less deep than it
	f.Fuzz(func(t *testing.T, first, second, between string, where uint16) {
		lines := strings.Split(commented, "\n")
		at := int(where) % len(lines)
		comment := indentOf(first) + "#" + oneLine(first) + "\n" + indentOf(between) + "\n" + indentOf(second) + "#" + oneLine(second)
		lines = slices.Insert(lines, at, comment)
		source := []byte(strings.Join(lines, "\n"))
		if _, list := pipeline.Parse("p.yaml", source); list.HasErrors() {
			return
		}
		text, list := pipeline.Format("p.yaml", source)
		if list.HasErrors() {
			t.Fatalf("%v\n%s", list, source)
		}
		formatKeeps(t, "p.yaml", source)
		if diff := cmp.Diff(commentsOf(string(source)), commentsOf(string(text))); diff != "" {
			t.Fatalf("comments (-before +after):\n%s\n%s", diff, text)
		}
	})
}

const commented = `stages:
- actions:
  - outputArtifacts: [{name: A}]
    actionTypeId: Source/S3
    configuration:
        S3Bucket: b
        S3ObjectKey: "k"

    name: Fetch
  name: Source

- name: Go
  actions:
    - actionTypeId: Approval/Manual
      configuration:
        CustomData: |
          Release

          it
      name: Ask
name: x
`

// indentOf returns the spaces that a text begins with, few enough to be an indentation.
func indentOf(text string) string {
	return strings.Repeat(" ", (len(text)-len(strings.TrimLeft(text, " ")))%12)
}

func oneLine(text string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return '.'
		}
		return r
	}, text)
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

func formatSeeds(t testing.TB) [][]byte {
	t.Helper()
	files, err := filepath.Glob("testdata/format/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	var seeds [][]byte
	for _, file := range files {
		archive, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		seeds = append(seeds, archive.Files[0].Data)
	}
	return seeds
}
