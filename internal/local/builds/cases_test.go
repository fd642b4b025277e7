package builds

import (
	"cmp"
	"context"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/penstock-ci/penstock/internal/action/codebuild"
	"github.com/penstock-ci/penstock/internal/action/codebuild/buildstest"
	"github.com/penstock-ci/penstock/internal/artifact"
)

var update = flag.Bool("update", false, "write what the cases in testdata answer into them")

// TestCases runs every case of testdata with both shells. A case is the sources of a build, one folder each, options,
// and what is wanted: the end of the build, and its log as bash has it.
func TestCases(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	for _, file := range files {
		for _, shell := range []string{"bash", "/bin/sh"} {
			name := strings.TrimSuffix(filepath.Base(file), ".txtar") + " " + filepath.Base(shell)
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				runCase(t, file, shell)
			})
		}
	}
}

// reference is the second line of a case: the document and the section that the case is derived from.
var reference = regexp.MustCompile(`^# AWS (CodeBuild|CodePipeline) User Guide, "[^"]+"(, .+)?$`)

// wantedCases is how many cases there must be at least.
const wantedCases = 40

func TestCasesHaveTheirReferences(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) < wantedCases {
		t.Errorf("%d cases, %v; want %d at least", len(files), err, wantedCases)
	}
	for _, file := range files {
		archive, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(strings.TrimSuffix(string(archive.Comment), "\n"), "\n")
		if len(lines) != 2 || !reference.MatchString(lines[1]) {
			t.Errorf("%s does not say, in its second line, which document and section it is derived from", file)
		}
	}
}

func runCase(t *testing.T, file, shell string) {
	archive, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	c := caseOf(t, archive)
	b := newBench(t, func(o *Options) { c.options(o, shell) })
	log := &buildstest.Log{}
	c.build.Log = log
	for _, name := range slices.SortedFunc(maps.Keys(c.sources), sourceFirst) {
		c.build.Sources = append(c.build.Sources, codebuild.Source{Name: name, Object: b.put(t, c.sources[name])})
	}
	for range c.before {
		b.before(t, c.build)
	}
	id, err := b.builds.StartBuild(t.Context(), c.build)
	if err != nil {
		t.Fatal(err)
	}
	<-b.events
	d, err := b.builds.DescribeBuild(t.Context(), codebuild.Build{}, id)
	if err != nil {
		t.Fatal(err)
	}
	if left, err := os.ReadDir(b.work); err != nil || len(left) > 0 {
		t.Errorf("the build left %v in the work folder (%v)", left, err)
	}
	root := filepath.Join(b.work, uuidOf("area", id))
	got := strings.ReplaceAll(c.answer(t, b, d), root, "$AREA")
	gotLog := strings.ReplaceAll(log.String(), root, "$AREA")
	if *update && shell == "bash" {
		c.write(t, file, got, gotLog)
		return
	}
	if diff := gocmp.Diff(c.want, got); diff != "" {
		t.Errorf("the build ends otherwise (-want +got):\n%s", diff)
	}
	if diff := gocmp.Diff(c.wantLog, gotLog); diff != "" && shell == "bash" {
		t.Errorf("log (-want +got):\n%s", diff)
	}
}

// before runs a build to its end, whichever that is.
func (b *bench) before(t *testing.T, build codebuild.Build) {
	build.IdempotencyToken, build.Log = fmt.Sprint("before", len(b.builds.byID)), nil
	if _, err := b.builds.StartBuild(t.Context(), build); err != nil {
		t.Fatal(err)
	}
	<-b.events
}

// testCase is a case read from its archive.
type testCase struct {
	archive    *txtar.Archive
	sources    map[string]map[string]string
	build      codebuild.Build
	project    Project
	parameters map[string]string
	secrets    map[string]string
	before     int // builds of the same sources before the one of the case
	want       string
	wantLog    string
}

func sourceFirst(a, b string) int {
	if a == "Source" || b == "Source" {
		return cmp.Compare(b, a) // "Source" is the primary one in every case
	}
	return cmp.Compare(a, b)
}

func caseOf(t *testing.T, archive *txtar.Archive) *testCase {
	c := &testCase{
		archive: archive, sources: map[string]map[string]string{},
		build:      codebuild.Build{IdempotencyToken: "case", Project: "app", PipelineName: "release"},
		project:    Project{Environment: map[string]string{}},
		parameters: map[string]string{}, secrets: map[string]string{},
	}
	for _, f := range archive.Files {
		content := string(f.Data)
		switch f.Name {
		case "options":
			for line := range strings.Lines(content) {
				c.option(t, strings.Fields(line))
			}
		case "want":
			c.want = content
		case "log":
			c.wantLog = content
		default:
			source, name, _ := strings.Cut(f.Name, "/")
			if c.sources[source] == nil {
				c.sources[source] = map[string]string{}
			}
			c.sources[source][name] = content
		}
	}
	return c
}

// option reads `output NAME`, `batch separate`, `batch combined`, `before BUILDS`, `buildspec PATH`, `project NAME=VALUE`, `action NAME=VALUE [TYPE]`,
// `parameter NAME=VALUE` or `secret NAME=VALUE`.
func (c *testCase) option(t *testing.T, words []string) {
	name, value, _ := strings.Cut(words[1], "=")
	switch words[0] {
	case "output":
		c.build.Outputs = append(c.build.Outputs, codebuild.Output{
			Name: name, Location: artifact.Location{Bucket: "artifacts", Key: "out/" + name},
		})
	case "before":
		before, err := strconv.Atoi(name)
		if err != nil {
			t.Fatal(err)
		}
		c.before = before
	case "batch":
		c.build.Batch, c.build.CombineArtifacts = true, name == "combined"
	case "buildspec":
		c.project.Buildspec = name
	case "project":
		c.project.Environment[name] = value
	case "action":
		kind := append(words, codebuild.Plaintext)[2]
		c.build.Environment = append(c.build.Environment, codebuild.EnvironmentVariable{Name: name, Value: value, Type: kind})
	case "parameter":
		c.parameters[name] = value
	case "secret":
		c.secrets[name] = value
	default:
		t.Fatalf("unknown option %q", words[0])
	}
}

func (c *testCase) options(o *Options, shell string) {
	lookup := func(values map[string]string) Lookup {
		return func(_ context.Context, name string) (string, error) {
			if value, ok := values[name]; ok {
				return value, nil
			}
			return "", ErrNotBound
		}
	}
	o.Projects = map[string]Project{"app": c.project}
	o.Parallel = 1 // so that the lines of a batch have an order
	o.Parameters, o.Secrets, o.Shell = lookup(c.parameters), lookup(c.secrets), shell
}

// answer is how a build has ended, as text.
func (c *testCase) answer(t *testing.T, b *bench, d codebuild.Description) string {
	var text strings.Builder
	fmt.Fprintf(&text, "%s\n", d.Status)
	if d.Failure != nil {
		fmt.Fprintf(&text, "failure: %s\n", d.Failure)
	}
	for _, p := range d.Phases {
		fmt.Fprintf(&text, "phase %s\n", strings.TrimSpace(p.Type+" "+p.Status+" "+p.StatusCode))
	}
	for _, name := range slices.Sorted(maps.Keys(d.ExportedVariables)) {
		fmt.Fprintf(&text, "exported %s=%q\n", name, d.ExportedVariables[name])
	}
	if d.Builds > 0 {
		fmt.Fprintf(&text, "builds %d\n", d.Builds)
	}
	if d.Tests != nil {
		fmt.Fprintf(&text, "tests %s\n", d.Tests)
	}
	for _, name := range slices.Sorted(maps.Keys(d.Artifacts)) {
		files := b.read(t, d.Artifacts[name])
		for _, file := range slices.Sorted(maps.Keys(files)) {
			fmt.Fprintf(&text, "artifact %s: %s %q\n", name, file, files[file])
		}
	}
	return text.String()
}

func (c *testCase) write(t *testing.T, file, want, log string) {
	c.archive.Files = slices.DeleteFunc(c.archive.Files, func(f txtar.File) bool { return f.Name == "want" || f.Name == "log" })
	c.archive.Files = append(c.archive.Files, txtar.File{Name: "want", Data: []byte(want)}, txtar.File{Name: "log", Data: []byte(log)})
	if err := os.WriteFile(file, txtar.Format(c.archive), 0o600); err != nil {
		t.Fatal(err)
	}
}
