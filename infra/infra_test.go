//go:build synth

package infra_test

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/jsii-runtime-go"

	"github.com/penstock-ci/penstock/infra"
	"github.com/penstock-ci/penstock/internal/resources"
)

var (
	update    = flag.Bool("update", false, "write what the tests find into testdata")
	corpusOut = flag.String("corpus.out", "", "the folder that gets the templates of public definitions")
)

func TestMain(m *testing.M) {
	status := m.Run()
	jsii.Close()
	os.Exit(status)
}

// binaries is a folder with something for each function: what is in it only matters to Lambda.
func binaries(t *testing.T) string {
	t.Helper()
	root := t.TempDir()
	for _, name := range resources.Functions() {
		for _, program := range resources.Programs(name) {
			write(t, filepath.Join(root, name, program), name)
		}
	}
	return root
}

func write(t *testing.T, file, text string) string {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return file
}

// newApp makes an app that writes into a folder.
func newApp(out string) awscdk.App {
	return awscdk.NewApp(&awscdk.AppProps{
		Outdir: jsii.String(out), AnalyticsReporting: jsii.Bool(false),
		Context: &map[string]any{"@aws-cdk/core:validateAgainstDefaultRules": true},
	})
}

// template is one that was synthesized.
type template struct {
	Resources  map[string]resource       `json:"Resources"`
	Parameters map[string]map[string]any `json:"Parameters"`
	Outputs    map[string]output         `json:"Outputs"`
	text       string
}

type output struct {
	Value  any            `json:"Value"`
	Export map[string]any `json:"Export"`
}

type resource struct {
	Type       string         `json:"Type"`
	Properties map[string]any `json:"Properties"`
	DependsOn  any            `json:"DependsOn"`
}

// synthesize makes the stacks of definitions and returns their templates by the name of the stack.
func synthesize(t *testing.T, files ...string) map[string]template {
	t.Helper()
	out := t.TempDir()
	app := newApp(out)
	settings := infra.Settings{Platform: "penstock", Pipelines: files, Architecture: "arm64", Functions: binaries(t), Targets: []string{"444455556666"}, Tags: map[string]string{"team": "shop"}}
	if err := infra.AddStacks(app, settings); err != nil {
		t.Fatal(err)
	}
	for _, made := range *app.Synth(nil).Stacks() {
		if tags := *made.Tags(); len(tags) != 1 || *tags["team"] != "shop" {
			t.Errorf("stack %s has the tags %v", *made.StackName(), tags)
		}
	}
	return templates(t, out)
}

func templates(t *testing.T, folder string) map[string]template {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "*.template.json"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no templates: %v", err)
	}
	all := map[string]template{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		made := template{text: string(text)}
		if err := json.Unmarshal(text, &made); err != nil {
			t.Fatal(err)
		}
		all[strings.TrimSuffix(filepath.Base(file), ".template.json")] = made
	}
	return all
}

// TestExamples looks at the templates of the platform and of every example from all sides: they are made once.
func TestExamples(t *testing.T) {
	all := synthesize(t, "../examples/*/pipeline.yaml", "testdata/open.yaml")
	for name, check := range map[string]func(*testing.T, map[string]template){
		"no wildcards": noWildcards, "trust": trusts, "encryption": encryption, "given webhooks": givenWebhooks, "alarms": alarms,
	} {
		t.Run(name, func(t *testing.T) { check(t, all) })
	}
}

// of returns the resources of a type, by stack and logical ID.
func of(all map[string]template, kind string) map[string]resource {
	found := map[string]resource{}
	for stack, made := range all {
		for id, r := range made.Resources {
			if r.Type == kind {
				found[stack+"/"+id] = r
			}
		}
	}
	return found
}

// list is a value that stands alone or in a list.
func list(value any) []any {
	if items, is := value.([]any); is {
		return items
	}
	if value == nil {
		return nil
	}
	return []any{value}
}

// text is a value of a template with the functions in it left out: what is fixed of it.
func text(value any) string {
	switch value := value.(type) {
	case string:
		return value
	case map[string]any:
		if join, is := value["Fn::Join"].([]any); is {
			var b strings.Builder
			for _, part := range list(join[1]) {
				b.WriteString(text(part))
			}
			return b.String()
		}
		for name, argument := range value {
			if name == "Ref" {
				return "{" + text(argument) + "}"
			}
			return "{" + name + "}"
		}
	}
	return ""
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for key := range m {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}
