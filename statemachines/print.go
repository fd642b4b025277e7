package statemachines

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/penstock-ci/penstock/pipeline"
	"github.com/penstock-ci/penstock/statemachines/asl"
)

// printSupported shows the definition as the compiler got it.
func printSupported(f *forms) ([]byte, error) {
	return append(pipeline.Canonical(f.pipeline), '\n'), nil
}

func printPlan(f *forms) ([]byte, error) {
	var b bytes.Buffer
	for i := range f.plan.stages {
		s := &f.plan.stages[i]
		fmt.Fprintf(&b, "stage %s\n  %s\n", plainText(s.stage.Name.Value), s.enter)
		for g := range s.all() {
			printGroup(&b, g)
		}
		if s.skip != "" {
			fmt.Fprintf(&b, "  %s\n", s.skip)
		}
		fmt.Fprintf(&b, "  %s\n", s.fail)
	}
	return b.Bytes(), nil
}

func printGroup(b *bytes.Buffer, g *groupPlan) {
	indent := "  "
	if g.parallel != "" {
		fmt.Fprintf(b, "  %s\n", g.parallel)
		indent = "    "
	}
	for i := range g.units {
		u := &g.units[i]
		if u.when != "" {
			fmt.Fprintf(b, "%s%s\n", indent, u.when)
		}
		fmt.Fprint(b, indent, u.name)
		for _, otherwise := range []string{u.skipped, u.failed} {
			if otherwise != "" {
				fmt.Fprint(b, ", else ", otherwise)
			}
		}
		fmt.Fprintln(b)
	}
	if g.joined != "" {
		fmt.Fprintf(b, "  %s\n", g.joined)
	}
}

func printScope(f *forms) ([]byte, error) {
	var b bytes.Buffer
	for _, namespace := range f.scope.order {
		fmt.Fprintf(&b, "namespace %s is $%s: %s\n", namespace, f.scope.variables[namespace], strings.Join(f.scope.keys[namespace], ", "))
	}
	for _, name := range slices.Sorted(maps.Keys(f.scope.artifacts)) {
		fmt.Fprintf(&b, "artifact %s is read\n", name)
	}
	for _, name := range f.scope.open {
		fmt.Fprintf(&b, "placeholder %s is $%s.%s\n", name, varPlaceholders, f.scope.placeholders[name])
	}
	return b.Bytes(), nil
}

func printStates(f *forms) ([]byte, error) {
	var b bytes.Buffer
	for _, states := range f.stages {
		printStatesOf(&b, states, "")
	}
	return b.Bytes(), nil
}

func printStatesOf(b *bytes.Buffer, states asl.States, indent string) {
	for _, s := range states {
		fmt.Fprintf(b, "%s%s (%s)%s\n", indent, s.Name, s.State.Type(), arrow(s.State.Successors()))
		if parallel, ok := s.State.(*asl.Parallel); ok {
			for i := range parallel.Branches {
				printStatesOf(b, parallel.Branches[i].States, indent+"  | ")
			}
		}
	}
}

func arrow(successors []string) string {
	if len(successors) == 0 {
		return ""
	}
	return " -> " + strings.Join(successors, ", ")
}

func printParts(f *forms) ([]byte, error) {
	var b bytes.Buffer
	for i, p := range f.parts {
		fmt.Fprintf(&b, "machine %d: stages %d to %d of %d, %s to %s\n", i+1, p.first+1, p.last+1, len(f.plan.stages),
			plainText(f.plan.stages[p.first].stage.Name.Value), plainText(f.plan.stages[p.last].stage.Name.Value))
	}
	return b.Bytes(), nil
}

func printMachines(f *forms) ([]byte, error) {
	var b bytes.Buffer
	for _, m := range f.machines {
		text, err := m.Encode()
		if err != nil {
			return nil, err
		}
		b.Write(text)
	}
	return b.Bytes(), nil
}

func printFigures(f *forms) ([]byte, error) {
	f.attribute()
	var b bytes.Buffer
	g := f.figures
	fmt.Fprintf(&b, "%d stages, %d actions, %d states, machines: %d\n", g.Stages, g.Actions, g.States, g.Machines)
	fmt.Fprintf(&b, "transitions: %s, at worst %s\n", grouped(g.Transitions), grouped(g.WorstTransitions))
	fmt.Fprintf(&b, "history events: %s\n", grouped(g.Events))
	for _, u := range g.Uses {
		fmt.Fprintf(&b, "at worst %s, the limit is %s", msgAmount(u, u.Most), grouped(u.Limit))
		if u.Stage != "" {
			fmt.Fprintf(&b, ", most due to %s", msgDue(u))
		}
		b.WriteByte('\n')
	}
	return b.Bytes(), nil
}
