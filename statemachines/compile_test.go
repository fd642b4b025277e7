package statemachines_test

import (
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/penstock-ci/penstock/pipeline"
	"github.com/penstock-ci/penstock/statemachines"
	"github.com/penstock-ci/penstock/statemachines/asl"
)

var update = flag.Bool("update", false, "rewrite the golden machines")

const (
	definitionFile = "pipeline.yaml"
	machineFile    = "machine.asl.json"
)

func TestCompile(t *testing.T) {
	for _, file := range goldens(t) {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			archive, p := golden(t, file)
			got := encode(t, compile(t, p))
			if *update {
				write(t, file, archive, txtar.File{Name: machineFile, Data: []byte(got)})
				return
			}
			if diff := cmp.Diff(member(archive, machineFile), got); diff != "" {
				t.Errorf("machine of %s differs (-want +got):\n%s", file, diff)
			}
		})
	}
}

// What the passes show is for people: it stays readable and the same.
func TestPrintAfter(t *testing.T) {
	for _, file := range goldens(t) {
		for _, pass := range []string{"plan", "scope", "states"} {
			t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar")+" after "+pass, func(t *testing.T) {
				archive, p := golden(t, file)
				name := "after_" + pass + ".txt"
				got, err := statemachines.PrintAfter(p, pass)
				if err != nil {
					t.Fatal(err)
				}
				if *update {
					write(t, file, archive, txtar.File{Name: name, Data: got})
					return
				}
				if diff := cmp.Diff(member(archive, name), string(got)); diff != "" {
					t.Errorf("%s of %s differs (-want +got):\n%s", name, file, diff)
				}
			})
		}
	}
}

// The first form is the definition, the machine's is what Compile returns.
func TestPrintAfterBothEnds(t *testing.T) {
	for _, file := range goldens(t) {
		_, p := golden(t, file)
		for pass, want := range map[string]string{
			"supported": string(pipeline.Canonical(p)) + "\n",
			"machines":  encode(t, compile(t, p)),
		} {
			got, err := statemachines.PrintAfter(p, pass)
			if err != nil || string(got) != want {
				t.Errorf("%s after %s: error %v, %s", file, pass, err, cmp.Diff(want, string(got)))
			}
		}
	}
}

func TestPrintAfterAnUnknownPass(t *testing.T) {
	_, err := statemachines.PrintAfter(twoStages("source", ""), "stage")
	want := `no pass of the compiler is called "stage": they are ` + strings.Join(statemachines.Passes(), ", ")
	if err == nil || err.Error() != want {
		t.Errorf("error %v, want %s", err, want)
	}
}

func TestCompileIsRepeatable(t *testing.T) {
	for _, file := range goldens(t) {
		_, p := golden(t, file)
		first := encode(t, compile(t, p))
		for range 5 {
			if diff := cmp.Diff(first, encode(t, compile(t, p))); diff != "" {
				t.Fatalf("%s: compiled again it differs:\n%s", file, diff)
			}
		}
	}
}

// A definition that was registered, or handed to another process, is read back from its canonical form.
func TestTheCanonicalFormCompilesToTheSameMachine(t *testing.T) {
	for _, file := range goldens(t) {
		_, p := golden(t, file)
		again, problems := pipeline.Parse(file, pipeline.Canonical(p))
		if problems.HasErrors() {
			continue // a template with open parts has no canonical form that can be read
		}
		if diff := cmp.Diff(encode(t, compile(t, p)), encode(t, compile(t, again))); diff != "" {
			t.Errorf("%s: %s", file, diff)
		}
	}
}

func TestMachineSurvivesItsEncoding(t *testing.T) {
	for _, file := range goldens(t) {
		_, p := golden(t, file)
		text := encode(t, compile(t, p))
		m, err := asl.Decode([]byte(text))
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		if diff := cmp.Diff(text, encode(t, m)); diff != "" {
			t.Errorf("%s: %s", file, diff)
		}
	}
}

func TestCompileRefusesWhatHasNoStates(t *testing.T) {
	p := twoStages("source", "text")
	p.Stages[1].Actions[0].ActionTypeID = actionType("Dream", "Own")
	_, err := statemachines.Compile(p)
	if want := `action "Read": no function runs actions of category "Dream"`; err == nil || err.Error() != want {
		t.Errorf("error %v, want %s", err, want)
	}
}

func goldens(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("testdata has no machines (%v)", err)
	}
	return files
}

func golden(t *testing.T, file string) (*txtar.Archive, *pipeline.Pipeline) {
	t.Helper()
	archive, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return archive, parse(t, member(archive, definitionFile))
}

func member(archive *txtar.Archive, name string) string {
	for _, f := range archive.Files {
		if f.Name == name {
			return string(f.Data)
		}
	}
	return ""
}

func write(t *testing.T, file string, archive *txtar.Archive, golden txtar.File) {
	t.Helper()
	if i := slices.IndexFunc(archive.Files, func(f txtar.File) bool { return f.Name == golden.Name }); i >= 0 {
		archive.Files[i] = golden
	} else {
		archive.Files = append(archive.Files, golden)
	}
	if err := os.WriteFile(file, txtar.Format(archive), 0o644); err != nil {
		t.Fatal(err)
	}
}

// parse reads a definition that must be right.
func parse(t testing.TB, source string) *pipeline.Pipeline {
	t.Helper()
	p, problems := pipeline.Parse(definitionFile, []byte(source))
	problems = append(problems, pipeline.Check(p, pipeline.Options{})...)
	for _, d := range problems {
		t.Log(d.At.Start, d.Message)
	}
	if problems.HasErrors() {
		t.Fatal("the definition has errors")
	}
	return p
}

// compile compiles a pipeline into its only machine, which must be right.
func compile(t testing.TB, p *pipeline.Pipeline) *asl.StateMachine {
	t.Helper()
	parts := compileParts(t, p)
	if len(parts) != 1 {
		t.Fatalf("compiled into %d machines", len(parts))
	}
	return parts[0].Machine
}

// compileParts compiles a pipeline into machines that must be right.
func compileParts(t testing.TB, p *pipeline.Pipeline) []statemachines.Part {
	t.Helper()
	parts, err := statemachines.Compile(p)
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range parts {
		if problems := part.Machine.Validate(); len(problems) > 0 {
			t.Fatalf("the machine that begins with stage %q is wrong:\n%v", part.Stages[0], problems)
		}
	}
	return parts
}

func encode(t testing.TB, m *asl.StateMachine) string {
	t.Helper()
	text, err := m.Encode()
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
