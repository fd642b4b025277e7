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
		b.linesOf(a, add)
		if t, known := pipeline.LookupActionType(a.action.ActionTypeID); known && !runs(t) {
			add("mocks", mockLine(a, actionsOf(p)))
		}
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

func (b *Bindings) linesOf(a declared, add func(section, line string)) {
	if _, bound := b.Sources[a.key]; a.isSource() && !bound && !b.needsNoBinding(a.action) {
		add("sources", bindingLine(a.key, a.action))
	}
	for _, kind := range invocations() {
		if reference, _, known := kind.of(a); known && !kind.bound(b, reference) {
			add(kind.section, invocationLine(kind, kind.name(reference)))
		}
	}
}

// MockLine is an entry of mocks for an action of a pipeline: it succeeds, with a folder for each output artifact, and
// leaves room for the variables that are read of it. It is empty where there is no such action.
func MockLine(p *pipeline.Pipeline, stage, name string) string {
	actions := actionsOf(p)
	for _, a := range actions {
		if a.key == stage+"/"+name {
			return mockLine(a, actions)
		}
	}
	return ""
}

func mockLine(a declared, actions []declared) string {
	line := yamlKey(a.key) + ": {outcome: Succeeded"
	var variables, artifacts []string
	for reference := range readsOf(a, actions) {
		if entry := reference.Key + ": VALUE"; !slices.Contains(variables, entry) {
			variables = append(variables, entry)
		}
	}
	for _, output := range a.action.OutputArtifacts {
		artifacts = append(artifacts, fmt.Sprintf("%s: ./%s", yamlKey(output.Name.Value), output.Name.Value))
	}
	if len(variables) > 0 {
		line += ", variables: {" + strings.Join(variables, ", ") + "}"
	}
	if len(artifacts) > 0 {
		line += ", artifacts: {" + strings.Join(artifacts, ", ") + "}"
	}
	return line + "}"
}

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
