package pipeline

import (
	"slices"

	"github.com/penstock-ci/penstock/internal/diag"
)

const (
	connectionProvider = "CodeStarSourceConnection"
	maxTriggerBytes    = 200 << 10 // of all triggers together, as JSON
)

// checkTriggers wants each trigger to name a connection source, and no source to have two.
func checkTriggers(d *definition, list *diag.List) {
	sources := d.connections()
	names := keysOf(sources)
	seen := map[string]Text{}
	for i := range d.Triggers {
		git := d.Triggers[i].GitConfiguration
		if git == nil {
			continue
		}
		name := git.SourceActionName
		if _, there := sources[name.Value]; !there && name.Value != "" && name.IsKnown() && !d.openNames {
			list.Add(unknownTriggerSource(name, candidates(list, names)))
		}
		once(list, seen, name, func(first Text) diag.Diagnostic { return secondTrigger(name, first) })
		checkDetection(list, sources[name.Value], name)
	}
	if n := len(listOf(&d.Triggers, &triggerStructure, 0).write(nil)); n > maxTriggerBytes {
		list.Add(triggersTooLarge(d.Triggers[0].At, n, maxTriggerBytes))
	}
}

// connections returns the connection sources by name.
func (d *definition) connections() map[string]*placedAction {
	sources := map[string]*placedAction{}
	for i := range d.actions {
		if a := &d.actions[i]; a.isSource() && a.ActionTypeID.Provider.Value == connectionProvider {
			sources[a.Name.Value] = a
		}
	}
	return sources
}

// checkDetection finds a source that asks for its own detection of changes and has a trigger, which turns that off.
func checkDetection(list *diag.List, source *placedAction, trigger Text) {
	if source == nil {
		return
	}
	if detects, there := source.Setting("DetectChanges"); there && detects.Value == "true" {
		list.Add(detectionIgnored(detects, trigger.At))
	}
}

// checkRepositories finds connection sources that read one repository: the service subscribes a pipeline to it once,
// so that only one of the branches starts the pipeline.
func checkRepositories(d *definition, list *diag.List) {
	type repository struct{ connection, id string }
	seen := map[repository]Text{}
	for i := range d.actions {
		a := &d.actions[i]
		id, there := a.Setting("FullRepositoryId")
		if !there || a.ActionTypeID.Provider.Value != connectionProvider || !isLiteral(id) || !detects(a) {
			continue
		}
		key := repository{settingOf(a, "ConnectionArn").Value, id.Value}
		if first, twice := seen[key]; twice {
			list.Add(repositoryTwice(id, first))
		} else {
			seen[key] = id
		}
	}
}

// detects reports whether changes of a connection source may start the pipeline.
func detects(a *placedAction) bool {
	setting, there := a.Setting("DetectChanges")
	return !there || setting.Value != "false"
}

// pollingProviders are the sources that ask for changes themselves unless they are told not to.
var pollingProviders = []string{"S3", "CodeCommit", "GitHub"}

// polls reports whether a source asks for changes itself, and where it says so.
func (a *placedAction) polls() (at diag.Range, polls bool) {
	if !a.isSource() || !slices.Contains(pollingProviders, a.ActionTypeID.Provider.Value) {
		return diag.Range{}, false
	}
	setting, there := a.Setting("PollForSourceChanges")
	if !there {
		return a.At, true
	}
	return setting.At, setting.Value == "true"
}
