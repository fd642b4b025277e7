package pipeline_test

import (
	"bytes"
	"cmp"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/penstock-ci/penstock/internal/diag"
	"github.com/penstock-ci/penstock/pipeline"
)

const (
	docFolder = "testdata/checks"
	docFile   = "../docs/checks.md"
)

// groups are the chapters of docs/checks.md.
var groups = []string{
	"Reading a file", "Templates", "Fields and their limits", "The pipeline and its stages", "Conditions", "Actions",
	"Artifacts", "Variables", "What starts a pipeline", "Custom action types", "Regions, accounts and artifact stores",
	"Secrets", "Names", "Engines", "Writing definitions",
}

// docCase is one file of testdata/checks: all that is to say about the diagnostic that the file is named after. Its
// comment has lines "key: value" (group, and options of the command), an empty line, and the text; then come the
// example and, under the name want, what Penstock says about it. A diagnostic that would need too large an example
// has none.
type docCase struct {
	code    string
	options map[string]string
	text    string
	archive *txtar.Archive
}

// TestDocumentation runs the example of every diagnostic and wants docs/checks.md to be made of them. It fails where
// a code of the wording has no example, and where an example is of no code.
func TestDocumentation(t *testing.T) {
	var cases []docCase
	for _, code := range codes(t) {
		c, found := readDocCase(t, code)
		if !found {
			t.Errorf("%s has no %s.txtar: write what it means and an example", code, filepath.Join(docFolder, code))
			continue
		}
		c.check(t)
		cases = append(cases, c)
	}
	files, err := filepath.Glob(docFolder + "/*.txtar")
	if err != nil || len(files) != len(cases) {
		t.Errorf("%d files in %s for %d codes, %v", len(files), docFolder, len(cases), err)
	}
	got := document(t, cases)
	if *update {
		if err := os.WriteFile(docFile, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(docFile)
	if err != nil {
		t.Fatal(err)
	}
	if diff := gocmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("docs/checks.md is not what the cases say (-file +cases); -update writes it:\n%s", diff)
	}
}

func readDocCase(t *testing.T, code string) (docCase, bool) {
	t.Helper()
	archive, err := txtar.ParseFile(filepath.Join(docFolder, code+".txtar"))
	if os.IsNotExist(err) {
		return docCase{}, false
	}
	if err != nil {
		t.Fatal(err)
	}
	head, text, _ := strings.Cut(string(archive.Comment), "\n\n")
	c := docCase{code: code, options: map[string]string{}, text: strings.TrimSpace(text), archive: archive}
	for line := range strings.Lines(head) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), ": ")
		c.options[key] = value
	}
	if !slices.Contains(groups, c.options["group"]) || c.text == "" {
		t.Fatalf("%s: the group is %q and the text %q", code, c.options["group"], c.text)
	}
	return c, true
}

// check runs the example: what comes out is what the file wants, and shows the code.
func (c docCase) check(t *testing.T) {
	t.Helper()
	if len(c.archive.Files) == 0 {
		return
	}
	input := c.archive.Files[0]
	got := render(t, input, c.diagnose(input))
	if !strings.Contains(got, "["+c.code+"]") {
		t.Errorf("the example of %s does not show it:\n%s", c.code, got)
	}
	if *update {
		writeWant(t, filepath.Join(docFolder, c.code+".txtar"), c.archive, got)
		return
	}
	if diff := gocmp.Diff(string(c.archive.Files[1].Data), got); diff != "" {
		t.Errorf("what is said about the example of %s differs (-want +got):\n%s", c.code, diff)
	}
}

// diagnose does what the commands do: check, or with the option "to" convert, or with the option "fmt" format.
func (c docCase) diagnose(input txtar.File) diag.List {
	options := pipeline.ParseOptions{Pipeline: c.options["pipeline"], Parameters: map[string]string{}}
	if name, value, given := strings.Cut(c.options["parameter"], "="); given {
		options.Parameters[name] = value
	}
	if _, formats := c.options["fmt"]; formats {
		_, list := pipeline.Format(input.Name, input.Data)
		return list
	}
	p, list := pipeline.ParseOne(input.Name, input.Data, options)
	if form, converts := c.options["to"]; converts {
		_, more := pipeline.Convert(p, pipeline.Conversion{To: pipeline.Target(form), ArtifactBucket: c.options["bucket"]})
		return append(list, more...)
	}
	list.Add(pipeline.Check(p, optionsOf(c.archive.Comment))...)
	return list
}

// document writes docs/checks.md.
func document(t *testing.T, cases []docCase) []byte {
	t.Helper()
	slices.SortStableFunc(cases, func(a, b docCase) int {
		return cmp.Compare(slices.Index(groups, a.options["group"]), slices.Index(groups, b.options["group"]))
	})
	var out bytes.Buffer
	out.WriteString(docHead)
	group := ""
	for _, c := range cases {
		if group != c.options["group"] {
			group = c.options["group"]
			fmt.Fprintf(&out, "\n%s:", group)
		}
		fmt.Fprintf(&out, " [%s](#%s)", c.code, c.code)
	}
	out.WriteString("\n")
	group = ""
	for _, c := range cases {
		if group != c.options["group"] {
			group = c.options["group"]
			fmt.Fprintf(&out, "\n## %s\n", group)
		}
		c.write(&out)
	}
	return out.Bytes()
}

const docHead = `# What Penstock says about a definition

Every diagnostic has a code, which stands in brackets at its end and never changes its meaning. This page has each with
what it means, why it is said, an example and the exact answer. An error makes a definition unusable; a warning says
that its author probably meant something else; a note is worth knowing. Notes and warnings say so in front of their
message.

` + "`penstock check --for local` or `--for aws`" + ` makes errors of what that engine cannot run, or would surely fail at.

This page is written by a test from the cases in ` + "`pipeline/testdata/checks`: `go test ./pipeline -run Documentation -update`" + `.
`

func (c docCase) write(out *bytes.Buffer) {
	fmt.Fprintf(out, "\n### %s\n\n%s\n", c.code, c.text)
	if len(c.archive.Files) == 0 {
		return
	}
	input := c.archive.Files[0]
	fmt.Fprintf(out, "\n```%s\n%s```\n\n", strings.TrimPrefix(filepath.Ext(input.Name), "."), input.Data)
	fmt.Fprintf(out, "```console\n$ penstock %s\n%s\n```\n", c.command(input.Name), strings.TrimSpace(string(c.archive.Files[1].Data)))
}

// command is what prints the answer.
func (c docCase) command(file string) string {
	words := []string{"check"}
	if to := c.options["to"]; to != "" {
		words = []string{"convert", "--to", to}
	}
	if _, formats := c.options["fmt"]; formats {
		words = []string{"fmt"}
	}
	for _, option := range [][2]string{{"for", "--for"}, {"pipeline", "--pipeline"}, {"parameter", "--parameter"}, {"bucket", "--artifact-bucket"}} {
		if value := c.options[option[0]]; value != "" {
			words = append(words, option[1], value)
		}
	}
	return strings.Join(append(words, file), " ")
}

// codes reads the codes out of all wording, in alphabetical order.
func codes(t *testing.T) []string {
	t.Helper()
	var codes []string
	for _, pattern := range []string{"messages*.go", "*/messages*.go"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range files {
			file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
			if err != nil {
				t.Fatal(err)
			}
			ast.Inspect(file, func(n ast.Node) bool {
				if code, ok := codeOf(n); ok {
					codes = append(codes, code)
				}
				return true
			})
		}
	}
	if len(codes) < 100 {
		t.Fatalf("found only %d codes: has the wording moved?", len(codes))
	}
	slices.Sort(codes)
	return slices.Compact(codes)
}

// codeOf returns the code that a call of failure, or of a function that hands it on, makes a diagnostic of; or the
// one that is declared as the constant code.
func codeOf(n ast.Node) (string, bool) {
	var literal ast.Expr
	switch n := n.(type) {
	case *ast.CallExpr:
		maker, named := n.Fun.(*ast.Ident)
		if !named || len(n.Args) == 0 || maker.Name != "failure" && maker.Name != "openValues" {
			return "", false
		}
		literal = n.Args[0]
	case *ast.ValueSpec:
		if n.Names[0].Name != "code" || len(n.Values) != 1 {
			return "", false
		}
		literal = n.Values[0]
	}
	text, ok := literal.(*ast.BasicLit)
	if !ok {
		return "", false
	}
	code, err := strconv.Unquote(text.Value)
	return code, err == nil
}
