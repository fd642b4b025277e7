package bindings

import (
	"fmt"
	"slices"
	"strings"

	"github.com/penstock-ci/penstock/pipeline"
)

// Lines are the lines that a file of bindings lacks for a pipeline to run here, ready to be pasted, by section; empty
// where it lacks nothing. runs says whether actions of a type run here: a mock is written for those that do not.
func (b *Bindings) Lines(p *pipeline.Pipeline, runs func(pipeline.ActionType) bool) string {
	var out strings.Builder
	sections := map[string][]string{}
	add := func(section, line string) {
		if !slices.Contains(sections[section], line) {
			sections[section] = append(sections[section], line)
		}
	}
	for _, a := range actionsOf(p) {
		if b.isMocked(a) {
			continue
		}
		b.linesOf(a, runs, add)
	}
	for _, section := range []string{"sources", "functions", "stateMachines", "mocks"} {
		if len(sections[section]) == 0 {
			continue
		}
		fmt.Fprintf(&out, "%s:\n", section)
		for _, line := range sections[section] {
			fmt.Fprintf(&out, "  %s\n", line)
		}
	}
	return out.String()
}

func (b *Bindings) linesOf(a declared, runs func(pipeline.ActionType) bool, add func(section, line string)) {
	if _, bound := b.Sources[a.key]; a.isSource() && !bound {
		add("sources", sourceLine(a.key))
	}
	for _, kind := range invocations() {
		if reference, _, known := kind.of(a); known && !kind.bound(b, reference) {
			add(kind.section, invocationLine(kind, kind.name(reference)))
		}
	}
	if t, known := pipeline.LookupActionType(a.action.ActionTypeID); known && !runs(t) {
		add("mocks", MockLine(a.key, a.action))
	}
}

// MockLine is an entry of mocks for an action, "Stage/Action": it succeeds, with a folder for each output artifact.
func MockLine(key string, a *pipeline.Action) string {
	line := yamlKey(key) + ": {outcome: Succeeded"
	var artifacts []string
	for _, output := range a.OutputArtifacts {
		artifacts = append(artifacts, fmt.Sprintf("%s: ./%s", yamlKey(output.Name.Value), output.Name.Value))
	}
	if len(artifacts) > 0 {
		line += ", artifacts: {" + strings.Join(artifacts, ", ") + "}"
	}
	return line + "}"
}

func sourceLine(key string) string { return yamlKey(key) + ": {path: .}" }

func invocationLine(kind invocation, name string) string {
	return yamlKey(name) + ": {path: " + fmt.Sprintf(kind.path, name) + "}"
}

// yamlKey quotes a name that YAML would not read as one: the names of actions may begin with - and @.
func yamlKey(name string) string {
	if name == "" || strings.ContainsAny(name[:1], "-@.0123456789") || strings.ContainsAny(name, ":#{}[],&*!|>'\"%` ") {
		return quote(name)
	}
	return name
}
