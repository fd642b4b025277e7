package pipeline

import "github.com/penstock-ci/penstock/internal/diag"

const connectionProvider = "CodeStarSourceConnection"

// checkTriggers wants each trigger to name a connection source, no source to have two, and filters that the service
// can combine.
func checkTriggers(d *definition, list *diag.List) {
	sources := map[string]bool{}
	for i := range d.actions {
		if a := &d.actions[i]; a.isSource() && a.ActionTypeID.Provider.Value == connectionProvider {
			sources[a.Name.Value] = true
		}
	}
	seen := map[string]Text{}
	for i := range d.Triggers {
		git := d.Triggers[i].GitConfiguration
		if git == nil {
			continue
		}
		name := git.SourceActionName
		if name.Value != "" && !sources[name.Value] {
			list.Add(unknownTriggerSource(name, keysOf(sources)))
		}
		once(list, seen, name, func(first Text) diag.Diagnostic { return secondTrigger(name, first) })
		for _, push := range git.Push {
			if push.Tags != nil && (push.Branches != nil || push.FilePaths != nil) {
				list.Add(tagsWithOtherFilters(push.At))
			}
		}
	}
}
