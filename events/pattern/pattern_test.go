package pattern_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/penstock-ci/penstock/events/pattern"
	"github.com/penstock-ci/penstock/internal/diag"
)

var update = flag.Bool("update", false, "write what Compile says into testdata/refused.txt")

func compile(t testing.TB, source string) *pattern.Pattern {
	t.Helper()
	p, problems := pattern.Compile("pattern.json", []byte(source))
	if problems != nil {
		t.Fatalf("%s is refused:\n%s", source, said(problems))
	}
	return p
}

// said has one line for each diagnostic.
func said(problems diag.List) string {
	var b strings.Builder
	for _, d := range problems {
		b.WriteString(strings.TrimPrefix(d.At.Start.String(), "pattern.json:") + ": " + d.Message + " [" + d.Code + "]")
		if d.Help != "" {
			b.WriteString(" = " + d.Help)
		}
		b.WriteByte('\n')
	}
	return b.String()
}

func matches(t testing.TB, p *pattern.Pattern, event string) bool {
	t.Helper()
	yes, err := p.Match([]byte(event))
	if err != nil {
		t.Fatalf("%s: %v", event, err)
	}
	return yes
}

// lines are those of a file that are neither empty nor comments.
func lines(text string) []string {
	var all []string
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
			all = append(all, line)
		}
	}
	return all
}

func read(t testing.TB, name string) string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

// valueCase is a line of values.txt.
type valueCase struct {
	values  string
	yes, no []json.RawMessage
}

func valueCases(t testing.TB) []valueCase {
	t.Helper()
	var all []valueCase
	for _, line := range lines(read(t, "values.txt")) {
		values, rest, found := strings.Cut(line, " yes ")
		yes, no, foundToo := strings.Cut(rest, " no ")
		if !found || !foundToo {
			t.Fatalf("not VALUES yes LEAVES no LEAVES: %s", line)
		}
		c := valueCase{values: strings.TrimSpace(values)}
		if err := json.Unmarshal([]byte(yes), &c.yes); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		if err := json.Unmarshal([]byte(no), &c.no); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		all = append(all, c)
	}
	return all
}

func TestValues(t *testing.T) {
	for _, c := range valueCases(t) {
		p := compile(t, `{"d": {"a": `+c.values+`}}`)
		check := func(leaf json.RawMessage, want bool) {
			if got := matches(t, p, `{"c": "z", "d": {"b": 1, "a": `+string(leaf)+`, "z": []}}`); got != want {
				t.Errorf("%s matches %s: %t, want %t", c.values, leaf, got, want)
			}
		}
		for _, leaf := range c.yes {
			check(leaf, true)
		}
		for _, leaf := range c.no {
			check(leaf, false)
		}
	}
}

func TestEvents(t *testing.T) {
	files, err := filepath.Glob("testdata/events/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no events: %v", err)
	}
	for _, file := range files {
		archive, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		event := string(archive.Files[0].Data)
		for _, section := range archive.Files[1:] {
			for _, line := range lines(string(section.Data)) {
				if got, want := matches(t, compile(t, line), event), section.Name == "yes"; got != want {
					t.Errorf("%s: %s matches: %t, want %t", file, line, got, want)
				}
			}
		}
	}
}

func TestAccepted(t *testing.T) {
	for _, line := range lines(read(t, "accepted.txt")) {
		compile(t, line)
	}
}

// TestRefused compares what Compile says about each pattern of refused.txt with the lines below it.
func TestRefused(t *testing.T) {
	before := read(t, "refused.txt")
	var after strings.Builder
	for line := range strings.Lines(before) {
		if line[0] >= '0' && line[0] <= '9' {
			continue
		}
		after.WriteString(line)
		if line = strings.TrimSpace(line); line == "" || line[0] == '#' {
			continue
		}
		p, problems := pattern.Compile("pattern.json", []byte(line))
		if p != nil || !problems.HasErrors() {
			t.Errorf("not refused: %s", line)
		}
		after.WriteString(said(problems))
	}
	if *update {
		if err := os.WriteFile("testdata/refused.txt", []byte(after.String()), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(before, after.String()); diff != "" {
		t.Errorf("what is said changed (-want +got):\n%s", diff)
	}
}

func TestLimits(t *testing.T) {
	longest := `{"a": ["` + strings.Repeat("ä", pattern.MaxCharacters-len(`{"a": [""]}`)) + `"]}`
	compile(t, longest)
	if p, problems := pattern.Compile("pattern.json", []byte(longest+" ")); p != nil || problems[0].Code != "event-pattern-too-long" {
		t.Errorf("one character more is taken: %v", problems)
	}
	ten := `[` + strings.Repeat(`{"a":[1]},`, 9) + `{"a":[1]}]`
	compile(t, `{"x": {"$or": `+ten+`}, "y": {"$or": `+ten+`}, "z": {"$or": `+ten+`}}`)
	p, problems := pattern.Compile("pattern.json", []byte(`{"x": {"$or": `+ten+`}, "y": {"$or": `+ten+`}, "z": {"$or": `+ten+`}, "zz": {"$or": [{"a":[1]},{"b":[1]}]}}`))
	if p != nil || len(problems) != 1 || problems[0].Code != "wrong-or" {
		t.Errorf("2,000 combinations are taken: %v", problems)
	}
}

func TestMatchRefuses(t *testing.T) {
	p := compile(t, `{"a": [1]}`)
	for event, want := range map[string]string{
		``:           "read the event: unexpected end of JSON input",
		`{"a": 1`:    "read the event: unexpected end of JSON input",
		`{"a": 1}x`:  "read the event: invalid character 'x' after top-level value",
		`[{"a": 1}]`: "read the event: it is a list, and an event is an object",
		`"a"`:        "read the event: it is a string, and an event is an object",
	} {
		if yes, err := p.Match([]byte(event)); yes || err == nil || err.Error() != want {
			t.Errorf("Match(%s) = %t, %v, want %s", event, yes, err, want)
		}
	}
}

// TestManyElements has the worst patterns and events: what is open must not multiply.
func TestManyElements(t *testing.T) {
	const n = 400
	list := "[" + strings.Repeat(`{"x": 1, "y": [{"z": 1}, {"z": 2}]},`, n) + `{"x": 2}]`
	event := `{"a": ` + list + `, "b": ` + list + `, "c": ` + list + `, "d": ` + list + `, "e": "no"}`
	field := `{"x": [1], "y": {"z": [1, 2]}}`
	p := compile(t, `{"a": `+field+`, "b": `+field+`, "c": `+field+`, "d": `+field+`, "e": ["yes"], "f": [{"exists": false}]}`)
	if matches(t, p, event) {
		t.Error("matches an event without its last condition")
	}
	if !matches(t, p, strings.Replace(event, `"no"`, `"yes"`, 1)) {
		t.Error("does not match")
	}
}

func TestPlaces(t *testing.T) {
	source := "{\n  \"detail\": {\n    \"ä\": [\"ok\", {\"wildcard\": \"é**\"}]\n  }\n}\n"
	_, problems := pattern.Compile("rule.json", []byte(source))
	var shown bytes.Buffer
	r := diag.Renderer{Source: func(string) []byte { return []byte(source) }}
	if err := r.Render(&shown, problems); err != nil {
		t.Fatal(err)
	}
	const want = `rule.json:3:33: wildcard of "detail.ä" has "é**": two asterisks in a row [wrong-operand]`
	if first, _, _ := strings.Cut(shown.String(), "\n"); first != want {
		t.Errorf("got %s\nwant %s\nin\n%s", first, want, shown.String())
	}
}
