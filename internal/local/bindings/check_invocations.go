package bindings

import (
	"maps"
	"slices"
	"strings"

	"github.com/penstock-ci/penstock/internal/diag"
)

// invocation is a kind of Invoke action that runs here when what it invokes is bound.
type invocation struct {
	provider, setting string
	// kind begins the keys of Bindings.keys; section is where it is bound, and path an example of what to.
	kind, section, path string
	name                func(string) string
	bound               func(*Bindings, string) bool
	keys                func(*Bindings) []string
}

func invocations() []invocation {
	return []invocation{
		{
			provider: "Lambda", setting: "FunctionName", kind: "function", section: "functions", path: "./%s", name: FunctionName,
			bound: func(b *Bindings, name string) bool { _, ok := b.FunctionNamed(name); return ok },
			keys:  func(b *Bindings) []string { return slices.Sorted(maps.Keys(b.Functions)) },
		},
		{
			provider: "StepFunctions", setting: "StateMachineArn", kind: "machine", section: "stateMachines", path: "./%s.asl.json", name: StateMachineName,
			bound: func(b *Bindings, arn string) bool { _, ok := b.StateMachineNamed(arn); return ok },
			keys:  func(b *Bindings) []string { return slices.Sorted(maps.Keys(b.StateMachines)) },
		},
	}
}

// of says whether an action invokes something of this kind, and what. Which one that is becomes known only when the action
// starts, where a variable names it.
func (i invocation) of(a declared) (reference string, at diag.Range, known bool) {
	id := a.action.ActionTypeID
	if id.Category.Value != "Invoke" || id.Owner.Value != "AWS" || id.Provider.Value != i.provider {
		return "", diag.Range{}, false
	}
	setting, ok := a.action.Setting(i.setting)
	return setting.Value, setting.At, ok && setting.IsKnown() && !strings.Contains(setting.Value, "#{")
}

func (b *Bindings) checkInvocations(actions []declared, list *diag.List) {
	called := b.checkMachines(list)
	for _, kind := range invocations() {
		used, names := map[string]bool{}, map[string]bool{}
		if kind.kind == "function" {
			maps.Copy(used, called)
			maps.Copy(names, called)
		}
		open := false
		for _, a := range actions {
			reference, at, known := kind.of(a)
			open = open || !known && a.action.ActionTypeID.Provider.Value == kind.provider
			if !known {
				continue
			}
			used[reference], used[kind.name(reference)], names[kind.name(reference)] = true, true, true
			if !kind.bound(b, reference) && !b.isMocked(a) {
				list.Add(unboundInvocation(kind, kind.name(reference), at, b))
			}
		}
		for _, key := range kind.keys(b) {
			if !used[key] && !open {
				list.Add(unused(kind, key, b.keys[kind.kind+" "+key], slices.Sorted(maps.Keys(names))))
			}
		}
	}
}
