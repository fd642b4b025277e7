package bindings_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/penstock-ci/penstock/internal/diag"
	"github.com/penstock-ci/penstock/internal/local/bindings"
	"github.com/penstock-ci/penstock/pipeline"
)

var update = flag.Bool("update", false, "write the goldens")

const file = "penstock.local.yaml"

// TestDiagnostics loads and checks the files of each archive and compares what a user would read with its "want".
func TestDiagnostics(t *testing.T) {
	archives, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(archives) == 0 {
		t.Fatalf("no archives, error %v", err)
	}
	for _, name := range archives {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			name, err := filepath.Abs(name)
			if err != nil {
				t.Fatal(err)
			}
			archive, err := txtar.ParseFile(name)
			if err != nil {
				t.Fatal(err)
			}
			got, want := report(t, archive), archive.Files[len(archive.Files)-1]
			if *update {
				archive.Files[len(archive.Files)-1].Data = got
				if err := os.WriteFile(name, txtar.Format(archive), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if diff := cmp.Diff(string(want.Data), string(got)); want.Name != "want" || diff != "" {
				t.Errorf("diagnostics (-want +got):\n%s", diff)
			}
		})
	}
}

// report unpacks an archive into a folder, which becomes the working directory.
func report(t *testing.T, archive *txtar.Archive) []byte {
	t.Helper()
	t.Chdir(t.TempDir())
	files := map[string][]byte{}
	for _, f := range archive.Files {
		files[f.Name] = f.Data
		if err := os.MkdirAll(filepath.Dir(f.Name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(f.Name, f.Data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	p, list := pipeline.Parse("pipeline.yaml", files["pipeline.yaml"])
	if list.HasErrors() {
		t.Fatalf("the pipeline: %v", list)
	}
	b, list, err := bindings.Read(file)
	if err != nil {
		t.Fatal(err)
	}
	b.Deployed = func(bucket, key string) bool { return bucket == "deployed" && key == "site.zip" }
	b.WrongRevision = func(key string) string {
		if b.Sources[key].Revision == "mian" {
			return `the git repository has no revision "mian"; did you mean "main"?`
		}
		return ""
	}
	list.Add(b.Check(p)...)
	var out bytes.Buffer
	renderer := diag.Renderer{Source: func(name string) []byte { return files[name] }}
	if err := renderer.Render(&out, list.Sorted()); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestValues(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, name := range []string{"conf/service/x", "conf/token"} {
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte("secret of the file\r\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	b, list := bindings.Load("conf/"+file, []byte(`
sources: {Source/Checkout: {path: ./service, revision: v1.2}, Source/Here: {path: .}}
projects: {demo: {buildspec: b.yml, environment: {LEVEL: 3, FAST: true, NAME: "a b", SINCE: 2026-03-04, EMPTY: ""}, timeout: 1h30m, awsCredentials: true}, plain: {awsCredentials: false} }
parameters:
  /app/level: 07
  /app/text: |
    two
    lines
secrets: {t: {file: token}, v: {value: 123}}
`))
	if len(list) > 0 {
		t.Fatal(list)
	}
	if diff := cmp.Diff(map[string]bindings.Source{"Source/Checkout": {Path: filepath.Join("conf", "service"), Revision: "v1.2"}, "Source/Here": {Path: "conf"}}, b.Sources); diff != "" {
		t.Errorf("sources (-want +got):\n%s", diff)
	}
	want := map[string]bindings.Project{
		"demo":  {Buildspec: "b.yml", Environment: map[string]string{"LEVEL": "3", "FAST": "true", "NAME": "a b", "SINCE": "2026-03-04", "EMPTY": ""}, Timeout: 90 * time.Minute, AWSCredentials: true},
		"plain": {Environment: map[string]string{}},
	}
	if diff := cmp.Diff(want, b.Projects); diff != "" {
		t.Errorf("projects (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(map[string]string{"/app/level": "07", "/app/text": "two\nlines\n"}, b.Parameters); diff != "" {
		t.Errorf("parameters (-want +got):\n%s", diff)
	}
	for name, want := range map[string]string{"t": "secret of the file", "v": "123"} {
		if got, bound, err := b.Secret(name); got != want || !bound || err != nil {
			t.Errorf("secret %s is %q, bound %v, error %v", name, got, bound, err)
		}
	}
	if _, bound, err := b.Secret("other"); bound || err != nil {
		t.Errorf("an unknown secret: bound %v, error %v", bound, err)
	}
	if err := os.Remove("conf/token"); err != nil {
		t.Fatal(err)
	}
	if _, _, err := b.Secret("t"); err == nil || !strings.Contains(err.Error(), "token") {
		t.Errorf("a secret without its file: error %v", err)
	}
}

func TestReadMissing(t *testing.T) {
	b, list, err := bindings.Read(filepath.Join(t.TempDir(), file))
	if err != nil || len(list) > 0 || len(b.Sources) > 0 {
		t.Errorf("bindings %v, diagnostics %v, error %v", b, list, err)
	}
	if _, _, err := bindings.Read(t.TempDir()); err == nil {
		t.Error("a folder was read")
	}
}

func FuzzLoad(f *testing.F) {
	f.Add("sources: {Source/Checkout: {path: ., revision: main}}\n")
	f.Add("projects:\n  a: {environment: {A: 1}, timeout: 1m}\nsecrets: {a: {value: x}}")
	f.Add("a: &b [*b]\n? {x: y}\n: !tag z\n<<: {}\n")
	f.Fuzz(func(t *testing.T, text string) {
		b, list := bindings.Load("dir/"+file, []byte(text))
		if b == nil {
			t.Fatal("no bindings")
		}
		for _, d := range list {
			if !d.At.IsKnown() || d.Message == "" {
				t.Errorf("a diagnostic without place or message: %+v", d)
			}
		}
	})
}
