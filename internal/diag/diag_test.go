package diag_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/penstock-ci/penstock/internal/diag"
)

func at(line, column, end int) diag.Range {
	return diag.Range{
		Start: diag.Position{File: "p.yaml", Line: line, Column: column},
		End:   diag.Position{File: "p.yaml", Line: line, Column: end},
	}
}

func render(t *testing.T, source string, width int, list ...diag.Diagnostic) string {
	t.Helper()
	var out bytes.Buffer
	renderer := diag.Renderer{Source: func(string) []byte { return []byte(source) }, Width: width}
	if err := renderer.Render(&out, list); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestRender(t *testing.T) {
	full := diag.Diagnostic{
		Code: "unknown-artifact", At: at(2, 9, 20), Message: `unknown input artifact "BuildOptutu"`,
		Notes: []diag.RelatedNote{{At: at(1, 1, 2), Message: `stage "Build" produces "BuildOutput"`}, {Message: "no place"}},
		Help:  `did you mean "BuildOutput"?`,
	}
	warning := diag.Diagnostic{Code: "odd", Severity: diag.Warning, At: at(1, 1, 2), Message: "odd"}
	for name, c := range map[string]struct {
		source string
		width  int
		d      diag.Diagnostic
		want   string
	}{
		"everything": {"a: b\n- name: BuildOptutu\n", 0, full, `p.yaml:2:9: unknown input artifact "BuildOptutu" [unknown-artifact]
  |
2 | - name: BuildOptutu
  |         ^^^^^^^^^^^
  = note: p.yaml:1:1: stage "Build" produces "BuildOutput"
  = note: no place
  = help: did you mean "BuildOutput"?

`},
		"a warning says so": {"x", 0, warning, "p.yaml:1:1: warning: odd [odd]\n  |\n1 | x\n  | ^\n\n"},
		"tabs and wide characters": {
			"\t日本: é́ bad\n", 0,
			diag.Diagnostic{Code: "c", At: at(1, 9, 12), Message: "m"},
			"p.yaml:1:9: m [c]\n  |\n1 |     日本: é́ bad\n  |             ^^^\n\n",
		},
		"a wide mark": {
			"日本: x", 0,
			diag.Diagnostic{Code: "c", At: at(1, 1, 3), Message: "m"},
			"p.yaml:1:1: m [c]\n  |\n1 | 日本: x\n  | ^^^^\n\n",
		},
		"terminal sequences": {
			"a\x1b[31mb", 0,
			diag.Diagnostic{Code: "c", At: at(1, 7, 8), Message: "m\x1b[0m"},
			"p.yaml:1:7: m\ufffd[0m [c]\n  |\n1 | a\ufffd[31mb\n  |       ^\n\n",
		},
		"a place after the end": {
			"ab\r\n", 0,
			diag.Diagnostic{Code: "c", At: at(1, 5, 6), Message: "m"},
			"p.yaml:1:5: m [c]\n  |\n1 | ab\n  |     ^\n\n",
		},
		"several lines": {"abc def\nghi", 0, diag.Diagnostic{Code: "c", Message: "m", At: diag.Range{
			Start: diag.Position{File: "p.yaml", Line: 1, Column: 5}, End: diag.Position{File: "p.yaml", Line: 2, Column: 2},
		}}, "p.yaml:1:5: m [c]\n  |\n1 | abc def\n  |     ^^^\n\n"},
		"a long line": {
			strings.Repeat("a", 50) + "BAD" + strings.Repeat("z", 50), 40,
			diag.Diagnostic{Code: "c", At: at(1, 51, 54), Message: "m"},
			"p.yaml:1:51: m [c]\n  |\n1 | ...aaaaaaaaaaBADzzzzzzzzzzzzzzzzz...\n  |              ^^^\n\n",
		},
		"a line that is not there": {
			"ab", 0,
			diag.Diagnostic{Code: "c", At: at(9, 1, 2), Message: "m", Help: "h"},
			"p.yaml:9:1: m [c]\n   = help: h\n\n",
		},
		"no place": {"", 0, diag.Diagnostic{Code: "c", Message: "m"}, "m [c]\n\n"},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, render(t, c.source, c.width, c.d)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestRenderNeverWraps looks at every place of a long line at several widths.
func TestRenderNeverWraps(t *testing.T) {
	line := strings.Repeat("ab\t日é", 40)
	length := len([]rune(line))
	for _, width := range []int{30, 40, 80, 120} {
		for column := 1; column <= length; column++ {
			d := diag.Diagnostic{Code: "c", At: at(1, column, column+25), Message: "m"}
			rows := strings.Split(render(t, line, width, d), "\n")
			text, carets := rows[2], rows[3]
			if w := widthOf(text); w > width {
				t.Fatalf("width %d, column %d: the excerpt has %d columns: %s", width, column, w, text)
			}
			if w := widthOf(carets); w > width {
				t.Fatalf("width %d, column %d: the carets have %d columns", width, column, w)
			}
		}
	}
}

func widthOf(text string) int {
	return len([]rune(text)) + strings.Count(text, "日")
}

func TestRenderWithoutSource(t *testing.T) {
	var out bytes.Buffer
	d := diag.Diagnostic{Code: "c", At: at(1, 1, 2), Message: "m"}
	if err := (diag.Renderer{}).Render(&out, diag.List{d}); err != nil {
		t.Fatal(err)
	}
	if got, want := out.String(), "p.yaml:1:1: m [c]\n\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestColourOnlyAddsSequences(t *testing.T) {
	d := diag.Diagnostic{Code: "c", Severity: diag.Note, At: at(1, 1, 2), Message: "m", Help: "h"}
	var coloured bytes.Buffer
	renderer := diag.Renderer{Source: func(string) []byte { return []byte("ab") }, Colour: true}
	if err := renderer.Render(&coloured, diag.List{d}); err != nil {
		t.Fatal(err)
	}
	plain := coloured.String()
	for _, sequence := range []string{"\x1b[0m", "\x1b[1m", "\x1b[2m", "\x1b[31m", "\x1b[33m", "\x1b[34m"} {
		plain = strings.ReplaceAll(plain, sequence, "")
	}
	if diff := cmp.Diff(render(t, "ab", 0, d), plain); diff != "" {
		t.Errorf("(-plain +coloured):\n%s", diff)
	}
	if plain == coloured.String() {
		t.Error("there is no colour")
	}
}

func TestSorted(t *testing.T) {
	var list diag.List
	list.Add(
		diag.Diagnostic{Code: "late", At: at(2, 1, 2), Message: "1"},
		diag.Diagnostic{Code: "b", Severity: diag.Warning, At: at(1, 5, 6), Message: "2"},
		diag.Diagnostic{Code: "b", At: at(1, 5, 6), Message: "3"},
		diag.Diagnostic{Code: "a", At: at(1, 5, 6), Message: "4"},
		diag.Diagnostic{Code: "a", At: at(1, 5, 9), Message: "4"},
		diag.Diagnostic{Code: "early", At: at(1, 4, 6), Message: "5"},
	)
	var got []string
	for _, d := range list.Sorted() {
		got = append(got, d.Code+d.Message)
	}
	if diff := cmp.Diff([]string{"early5", "a4", "b3", "b2", "late1"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if list.Errors() != 5 || list.Warnings() != 1 || !list.HasErrors() {
		t.Errorf("%d errors, %d warnings", list.Errors(), list.Warnings())
	}
}

func TestHeadKeepsErrors(t *testing.T) {
	var list diag.List
	for line := range 90 {
		list.Add(diag.Diagnostic{Code: "w", Severity: diag.Warning, At: at(line+1, 1, 2)})
		list.Add(diag.Diagnostic{Code: "e", At: at(line+1, 2, 3)})
	}
	head, more := list.Head()
	if len(head) != diag.Limit || more != 80 || head.Errors() != 90 {
		t.Errorf("%d shown, %d of them errors, %d more", len(head), head.Errors(), more)
	}
	if diff := cmp.Diff(head, head.Sorted()); diff != "" {
		t.Errorf("the head is not in order:\n%s", diff)
	}
	if text := render(t, "", 0, list...); !strings.HasSuffix(text, "\n80 more\n\n") {
		t.Errorf("the text does not say how many were left off: %s", text[len(text)-40:])
	}
}

func TestJSON(t *testing.T) {
	list := diag.List{{
		Code: "c", Severity: diag.Warning, At: at(1, 2, 3), Message: "<m>", Help: "h",
		Notes: []diag.RelatedNote{{At: at(4, 5, 6), Message: "n"}, {Message: "nowhere"}},
	}, {Code: "d", Message: "m"}}
	var out bytes.Buffer
	if err := list.WriteJSON(&out); err != nil {
		t.Fatal(err)
	}
	var compact bytes.Buffer
	if err := json.Compact(&compact, out.Bytes()); err != nil {
		t.Fatal(err)
	}
	want := `[{"code":"c","severity":"warning","message":"<m>","file":"p.yaml","start":{"line":1,"column":2},` +
		`"end":{"line":1,"column":3},"notes":[{"message":"n","file":"p.yaml","start":{"line":4,"column":5},` +
		`"end":{"line":4,"column":6}},{"message":"nowhere"}],"help":"h"},` +
		`{"code":"d","severity":"error","message":"m","file":"","notes":[]}]`
	if diff := cmp.Diff(want, compact.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	out.Reset()
	if err := diag.List(nil).WriteJSON(&out); err != nil || out.String() != "[]\n" {
		t.Errorf("an empty list is %q, %v", out.String(), err)
	}
}

func TestNearest(t *testing.T) {
	candidates := []string{"BuildOutput", "SourceArtifact", "stages", "état"}
	for _, c := range []struct {
		word, want string
	}{
		{"BuildOptutu", "BuildOutput"},
		{"buildoutput", "BuildOutput"},
		{"stage", "stages"},
		{"satges", "stages"},
		{"etat", "état"},
		{"stages", ""}, // it is a candidate itself
		{"deploy", ""},
		{"", ""},
	} {
		got, found := diag.Nearest(c.word, candidates)
		if got != c.want || found != (c.want != "") {
			t.Errorf("Nearest(%q) = %q, %v; want %q", c.word, got, found, c.want)
		}
	}
}

func TestWithin(t *testing.T) {
	whole := at(1, 10, 20)
	if got := whole.Within(2, 3); got != at(1, 12, 15) {
		t.Errorf("got %v", got)
	}
	for _, outside := range [][2]int{{8, 3}, {-1, 2}, {0, 0}} {
		if got := whole.Within(outside[0], outside[1]); got != whole {
			t.Errorf("Within%v = %v", outside, got)
		}
	}
}
