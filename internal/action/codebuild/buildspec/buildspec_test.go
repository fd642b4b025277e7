package buildspec

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/penstock-ci/penstock/internal/diag"
)

var update = flag.Bool("update", false, "write the diagnostics of the cases in testdata into them")

// TestDiagnostics compares what is said about each case: a buildspec and its diagnostics.
func TestDiagnostics(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			source := archive.Files[0].Data
			_, list := Parse("buildspec.yml", source)
			var got bytes.Buffer
			renderer := diag.Renderer{Source: func(string) []byte { return source }}
			if err := renderer.Render(&got, list); err != nil {
				t.Fatal(err)
			}
			if *update {
				archive.Files = []txtar.File{archive.Files[0], {Name: "diagnostics", Data: got.Bytes()}}
				if err := os.WriteFile(file, txtar.Format(archive), 0o600); err != nil {
					t.Fatal(err)
				}
				return
			}
			if diff := cmp.Diff(string(archive.Files[1].Data), got.String()); diff != "" {
				t.Errorf("diagnostics (-want +got):\n%s", diff)
			}
		})
	}
}

func texts(values ...string) []Text {
	var texts []Text
	for _, v := range values {
		texts = append(texts, Text{Value: v})
	}
	return texts
}

func variables(pairs ...string) []Variable {
	var variables []Variable
	for i := 0; i < len(pairs); i += 2 {
		variables = append(variables, Variable{Text{Value: pairs[i]}, Text{Value: pairs[i+1]}})
	}
	return variables
}

func TestParse(t *testing.T) {
	got, list := Parse("buildspec.yml", []byte(`version: 0.2
env:
  shell: bash
  variables: {B: 1.10, A: "yes", C: no}
  parameter-store: {LEVEL: /app/level}
  secrets-manager: {TOKEN: "app/token:key"}
  exported-variables: [B]
phases:
  post_build:
    commands: [last]
  install:
    runtime-versions: {golang: 1.24}
  build:
    on-failure: CONTINUE
    commands:
      - |
        two
        lines
      - >-
        folded
        text
      - 42
    finally: [always]
artifacts:
  files: ['**/*', "a b"]
  exclude-paths: '**/.*'
  base-directory: dist
  discard-paths: yes
  enable-symlinks: yes
  secondary-artifacts:
    Second: {files: [x]}
    First: {files: [y], name: any}
reports:
  unit: {files: [r.xml]}
  arn:aws:codebuild:us-east-1:000000000000:report-group/x: {files: [c.json], file-format: CucumberJson}
`))
	if list.HasErrors() {
		t.Fatalf("errors: %v", list)
	}
	want := &Buildspec{
		Env: Env{
			Shell: ShellBash, Variables: variables("B", "1.10", "A", "yes", "C", "no"),
			ParameterStore: variables("LEVEL", "/app/level"), SecretsManager: variables("TOKEN", "app/token:key"),
			ExportedVariables: texts("B"),
		},
		Phases: []Phase{
			{Name: Install},
			{Name: Build, OnFailure: OnFailureContinue, Commands: texts("two\nlines\n", "folded text", "42"), Finally: texts("always")},
			{Name: PostBuild, Commands: texts("last")},
		},
		Artifacts: &Artifact{
			Files: texts("**/*", "a b"), ExcludePaths: texts("**/.*"), BaseDirectory: Text{Value: "dist"}, DiscardPaths: true, KeepLinks: true,
		},
		SecondaryArtifacts: []Artifact{{Identifier: "Second", Files: texts("x")}, {Identifier: "First", Files: texts("y")}},
		Reports: []Report{
			{Group: "unit", Files: texts("r.xml"), Format: FormatJUnit},
			{Group: "arn:aws:codebuild:us-east-1:000000000000:report-group/x", Files: texts("c.json"), Format: "CUCUMBERJSON"},
		},
	}
	if diff := cmp.Diff(want, got, cmpopts.IgnoreTypes(diag.Range{})); diff != "" {
		t.Errorf("buildspec (-want +got):\n%s", diff)
	}
}

func TestRetry(t *testing.T) {
	for value, want := range map[string]string{
		"RETRY": "3 any", "retry-0": "0 any", "RETRY-100": "100 any", "RETRY-8-invalid+": "8 invalid+",
		"Retry-.*Error: no database.*": "3 .*Error: no database.*", "RETRY-3x-4": "3 3x-4", "RETRY-1-2-3": "1 2-3",
		"ABORT": "none", "RETRY-101": "none", "RETRY-": "none", "RETRIES": "none",
	} {
		spec, _ := Parse("f", []byte("version: 0.2\nphases: {build: {on-failure: '"+value+"', commands: [make]}}\n"))
		got := "none"
		if r := spec.Phases[0].Retry; r != nil {
			got = fmt.Sprint(r.Count, " any")
			if r.Matching != nil {
				got = fmt.Sprint(r.Count, " ", r.Matching)
			}
		}
		if got != want {
			t.Errorf("on-failure %s is %s; want %s", value, got, want)
		}
	}
}

func TestBatch(t *testing.T) {
	for name, c := range map[string]struct{ batch, want string }{
		"graph": {
			"{fast-fail: true, build-graph: [{identifier: a, env: {variables: {V: 1}, compute-type: X}}, {identifier: b, buildspec: b.yml, depend-on: [a], ignore-failure: true}]}",
			"fast-fail a[V=1] b(b.yml)<-[a]?",
		},
		"list":         {"{build-list: [{env: {image: i}}, {identifier: two}]}", "build0{i} two"},
		"only dynamic": {"{build-matrix: {dynamic: {env: {variables: {V: [1, 2]}}}}}", "build0[V=1] build1[V=2]"},
		"matrix": {
			"{build-matrix: {static: {ignore-failure: true, env: {type: LINUX_CONTAINER, privileged-mode: true}}, dynamic: {buildspec: [m1, m2], env: {variables: {V: [1, 2], W: x}}}}}",
			"build0(m1)[V=1 W=x]? build1(m1)[V=2 W=x]? build2(m2)[V=1 W=x]? build3(m2)[V=2 W=x]?",
		},
		"images": {"{build-matrix: {dynamic: {env: {image: [i, j], variables: {V: [1, 2]}}}}}", "build0[V=1]{i} build1[V=2]{i} build2[V=1]{j} build3[V=2]{j}"},
	} {
		t.Run(name, func(t *testing.T) {
			spec, list := Parse("f", []byte("version: 0.2\nphases: {build: {commands: [make]}}\nbatch: "+c.batch+"\n"))
			if list.HasErrors() {
				t.Fatal(list)
			}
			if got := describe(spec.Batch); got != c.want {
				t.Errorf("batch is %s; want %s", got, c.want)
			}
		})
	}
}

func TestBatchNotRun(t *testing.T) {
	for name, batch := range map[string]string{
		"fanout":  "{build-fanout: {parallelism: 5}}",
		"windows": "{build-list: [{env: {type: WINDOWS_CONTAINER}}, {identifier: b}]}",
	} {
		spec, list := Parse("f", []byte("version: 0.2\nphases: {build: {commands: [make]}}\nbatch: "+batch+"\n"))
		if list.HasErrors() || len(spec.Batch.NotRun) != 1 {
			t.Errorf("%s: errors %v, not run %v; want it not run, and no error", name, list, spec.Batch.NotRun)
		}
	}
}

// describe is a batch in a line.
func describe(b *Batch) string {
	var words []string
	if b.FastFail {
		words = append(words, "fast-fail")
	}
	for _, build := range b.Builds {
		word := build.Identifier.Value
		if build.Buildspec.Value != "" {
			word += "(" + build.Buildspec.Value + ")"
		}
		var variables, on []string
		for _, v := range build.Variables {
			variables = append(variables, v.Name.Value+"="+v.Value.Value)
		}
		for _, identifier := range build.DependOn {
			on = append(on, identifier.Value)
		}
		if len(variables) > 0 {
			word += fmt.Sprint(variables)
		}
		if build.Image.Value != "" {
			word += "{" + build.Image.Value + "}"
		}
		if len(on) > 0 {
			word += "<-" + fmt.Sprint(on)
		}
		if build.IgnoreFailure {
			word += "?"
		}
		words = append(words, word)
	}
	return strings.Join(words, " ")
}

func TestMatch(t *testing.T) {
	for _, c := range []struct {
		pattern, name string
		want          bool
	}{
		{"**/*", "a", true},
		{"**/*", "a/b/c", true},
		{"*", "a/b", false},
		{"a/*", "a/b", true},
		{"a/*", "a/b/c", false},
		{"a/**/*", "a/b", true},
		{"a/**/*", "a/b/c/d", true},
		{"a/**/*", "b/a/c", false},
		{"a/**", "a/b/c", true},
		{"**/c", "a/b/c", true},
		{"**/c", "c", true},
		{"**/b/**/d", "a/b/c/d", true},
		{"**/b/**/d", "a/b/d", true},
		{"**/b/**/d", "a/c/d", false},
		{"**/.*", "a/.env", true},
		{"**/.*/**/*", ".git/config", true},
		{"**/.*", "a/env", false},
		{"./a", "a", true},
		{"a//b", "a/b", true},
		{"*.ta?", "x.tar", true},
		{"[ab].txt", "b.txt", true},
		{"[", "[", false},
		{"**/a/**/a/**/a/b", "a/a/a/a/a/a/a/a/a/c", false},
	} {
		if got := Match(c.pattern, c.name); got != c.want {
			t.Errorf("Match(%q, %q) is %v", c.pattern, c.name, got)
		}
	}
}

func TestArtifactFor(t *testing.T) {
	primary, second := Artifact{Files: texts("p")}, Artifact{Identifier: "Second", Files: texts("s")}
	for name, c := range map[string]struct {
		spec    Buildspec
		output  string
		outputs int
		want    string
	}{
		"a single output is the primary":              {Buildspec{Artifacts: &primary, SecondaryArtifacts: []Artifact{second}}, "Second", 1, "p"},
		"a single output of secondary ones only":      {Buildspec{SecondaryArtifacts: []Artifact{second}}, "Second", 1, "s"},
		"several outputs are secondary":               {Buildspec{Artifacts: &primary, SecondaryArtifacts: []Artifact{second}}, "Second", 2, "s"},
		"several outputs have no use for the primary": {Buildspec{Artifacts: &primary}, "Other", 2, ""},
	} {
		t.Run(name, func(t *testing.T) {
			got, ok := c.spec.ArtifactFor(c.output, c.outputs)
			if ok != (c.want != "") || ok && got.Files[0].Value != c.want {
				t.Errorf("artifact %+v, %v; want files %q", got, ok, c.want)
			}
		})
	}
}

// FuzzParse holds that any text is answered: by a buildspec that can be run, or by an error; with places inside it.
func FuzzParse(f *testing.F) {
	cases, err := filepath.Glob("testdata/*.txtar")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range cases {
		archive, err := txtar.ParseFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(archive.Files[0].Data)
	}
	f.Add([]byte("version: 0.2\nphases:\n  build: &a\n    commands: *a\n"))
	f.Add([]byte("version: 0.2\nphases: &a\n  <<: *a\n  build: {commands: [x]}\n"))
	f.Fuzz(func(t *testing.T, source []byte) {
		spec, list := Parse("f", source)
		if spec == nil {
			t.Fatal("no buildspec")
		}
		lines := bytes.Count(source, []byte("\n")) + 2 + bytes.Count(source, []byte("\r"))
		for _, d := range list {
			if d.At.Start.File != "f" || d.At.Start.Line > lines {
				t.Errorf("%v is not in the file: %s", d.At, d.Message)
			}
		}
		if !list.HasErrors() && !spec.Batch.elsewhere() && !slices.ContainsFunc(spec.Phases, func(p Phase) bool { return len(p.Commands) > 0 || p.Name == Install }) {
			t.Errorf("no error and nothing to run: %+v", spec)
		}
	})
}
