package main

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/penstock-ci/penstock/internal/diag"
	"github.com/penstock-ci/penstock/internal/local"
	"github.com/penstock-ci/penstock/internal/local/bindings"
	"github.com/penstock-ci/penstock/internal/resources"
	"github.com/penstock-ci/penstock/pipeline"
)

// bound is what this machine stands in for, read from the file beside a definition.
type bound struct {
	*bindings.Bindings
	file        string
	diagnostics diag.List
}

// readBindings reads the file beside a definition; where there is none, nothing is bound.
func readBindings(definition string) (bound, error) {
	name := bindings.FileName
	if definition != "-" {
		name = filepath.Join(filepath.Dir(definition), name)
	}
	b, list, err := bindings.Read(name)
	return bound{b, name, list}, err
}

// text is that of the file; nothing where none was read.
func (b bound) text() []byte {
	if b.Bindings == nil {
		return nil
	}
	return b.Source(b.file)
}

// options are those with which a pipeline is checked for an engine: what it runs, and here what mocks stand for.
func (b bound) options(engine pipeline.Engine, p *pipeline.Pipeline) pipeline.Options {
	if engine == pipeline.AWSEngine {
		return resources.CheckOptions()
	}
	o := pipeline.Options{For: engine}
	if engine == pipeline.LocalEngine {
		o.Runs = local.Runs
		o.StandIn = func(stage string, a *pipeline.Action) (bool, string) { return b.standIn(p, stage, a.Name.Value) }
	}
	return o
}

func (b bound) standIn(p *pipeline.Pipeline, stage, name string) (stands bool, help string) {
	if b.Mocked(stage, name) {
		return true, ""
	}
	line := bindings.MockLine(p, stage, name)
	if len(b.Mocks) > 0 {
		return false, fmt.Sprintf("mock it: add to mocks in %s: %s", b.file, line)
	}
	return false, fmt.Sprintf("mock it: write into %s: mocks: {%s}", b.file, line)
}

// against holds the bindings against a definition and returns all that is wrong with both.
func (b bound) against(d definition) diag.List {
	all := append(append(diag.List{}, d.diagnostics...), b.diagnostics...)
	if len(d.pipeline.Stages) > 0 { // else everything that is bound would seem unknown
		all.Add(b.Check(d.pipeline)...)
	}
	return all
}

// lines tells what to paste into the file, where it lacks something; nothing where there is not more than the help of one
// diagnostic says.
func (b bound) lines(p *pipeline.Pipeline) string {
	lines := b.Lines(p, local.Runs)
	const oneEntry = 2 // with its section
	if strings.Count(lines, "\n") <= oneEntry {
		return ""
	}
	return fmt.Sprintf("\nto paste into %s, each line into its section; the paths are yours to put right:\n\n%s\n", b.file, lines)
}

// mockFlags mock actions from the command line.
type mockFlags struct{ mocks []string } // STAGE/ACTION or STAGE/ACTION=OUTCOME

func (f *mockFlags) add(cmd *cobra.Command) {
	cmd.Flags().StringArrayVar(&f.mocks, "mock", nil,
		"do nothing in the action `STAGE/ACTION[=OUTCOME]`, which is Succeeded unless Failed is written; may be repeated")
}

// apply mocks what the flags ask for, in an action of the pipeline each.
func (f *mockFlags) apply(cmd *cobra.Command, p *pipeline.Pipeline, b bound) error {
	names := map[string]bool{}
	for i := range p.Stages {
		for j := range p.Stages[i].Actions {
			names[p.Stages[i].Name.Value+"/"+p.Stages[i].Actions[j].Name.Value] = true
		}
	}
	for _, flag := range f.mocks {
		name, outcome, given := strings.Cut(flag, "=")
		if given && outcome != bindings.Succeeded && outcome != bindings.Failed {
			return usage(cmd, fmt.Sprintf("--mock %s has the outcome %q", quoted(name), outcome), "write "+bindings.Succeeded+" or "+bindings.Failed)
		}
		if !names[name] {
			return noSuchAction(cmd, name, slices.Sorted(maps.Keys(names)))
		}
		b.Mock(name, outcome == bindings.Failed)
	}
	return nil
}

func noSuchAction(cmd *cobra.Command, name string, names []string) error {
	message := fmt.Sprintf("--mock: the pipeline has no action %q", name)
	if nearest, ok := diag.Nearest(name, names); ok {
		return usage(cmd, message, fmt.Sprintf("did you mean %q?", nearest))
	}
	return usage(cmd, message, "it has "+strings.Join(names, ", "))
}
