package bindings

import (
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/penstock-ci/penstock/internal/diag"
	"github.com/penstock-ci/penstock/pipeline"
)

// Check holds the bindings against a definition: what is bound must be there, and every source, function and state
// machine must be bound, unless a mock stands for its action. The diagnostics about what is not bound are at the actions,
// the others in the bindings' file.
func (b *Bindings) Check(p *pipeline.Pipeline) diag.List {
	var list diag.List
	if b.unreadable {
		return list
	}
	actions := actionsOf(p)
	b.checkSources(actions, &list)
	b.checkProjects(actions, &list)
	b.checkMocks(actions, &list)
	b.checkInvocations(actions, &list)
	return list.Sorted()
}

// declared is an action with its key, "Stage/Action".
type declared struct {
	key    string
	action *pipeline.Action
}

func (d declared) isSource() bool { return d.action.ActionTypeID.Category.Value == "Source" }

func actionsOf(p *pipeline.Pipeline) []declared {
	var all []declared
	for i := range p.Stages {
		stage := &p.Stages[i]
		for j := range stage.Actions {
			action := &stage.Actions[j]
			all = append(all, declared{stage.Name.Value + "/" + action.Name.Value, action})
		}
	}
	return all
}

func (b *Bindings) checkSources(actions []declared, list *diag.List) {
	byKey := map[string]declared{}
	var sources, unbound, lines []string
	for _, a := range actions {
		byKey[a.key] = a
		if !a.isSource() {
			continue
		}
		sources = append(sources, a.key)
		if _, bound := b.Sources[a.key]; !bound && !b.isMocked(a) && !b.needsNoBinding(a.action) {
			unbound = append(unbound, a.key)
			lines = append(lines, bindingLine(a.key, a.action))
		}
	}
	for _, key := range slices.Sorted(maps.Keys(b.Sources)) {
		if a, known := byKey[key]; known {
			b.checkBound(a, list)
		} else {
			list.Add(unknownAction(key, b.keys["source "+key], sources, len(unbound) > 0))
		}
	}
	for _, key := range unbound {
		list.Add(unboundSource(key, byKey[key].action, b, lines))
	}
}

// checkBound holds what is bound to an action against the action.
func (b *Bindings) checkBound(a declared, list *diag.List) {
	at := b.keys["source "+a.key]
	switch {
	case !a.isSource():
		list.Add(notASource(a.key, at, a.action))
	case b.Sources[a.key].Image != "" && !isECR(a.action):
		list.Add(imageForOther(a.key, at, a.action))
	case b.WrongRevision != nil && b.Sources[a.key].Revision != "":
		b.checkRevision(a.key, list)
	}
}

func (b *Bindings) checkRevision(key string, list *diag.List) {
	info, err := os.Stat(b.Sources[key].Path)
	if err != nil || !info.IsDir() {
		return // it is told already
	}
	if problem := b.WrongRevision(key); problem != "" {
		list.Add(wrong("unknown-revision", b.keys["revision "+key], "%s", problem))
	}
}

func (b *Bindings) checkProjects(actions []declared, list *diag.List) {
	used := map[string]bool{}
	for _, a := range actions {
		if name, ok := a.action.Setting("ProjectName"); ok && a.action.ActionTypeID.Provider.Value == "CodeBuild" {
			used[name.Value] = true
			if strings.Contains(name.Value, "#{") {
				// Which project that is becomes known when the action starts.
				return
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(b.Projects)) {
		if !used[name] {
			list.Add(unusedProject(name, b.keys["project "+name], slices.Sorted(maps.Keys(used))))
		}
	}
}
