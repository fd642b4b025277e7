package pipeline

import (
	"strings"

	"github.com/penstock-ci/penstock/internal/diag"
)

// checkEngine finds what is right in CodePipeline and not run here: an error for the engine that is asked for, a note
// otherwise.
func checkEngine(d *definition, list *diag.List) {
	severity := d.options.severity(diag.Note)
	for i := range d.actions {
		a := &d.actions[i]
		if d.options.Runs != nil && a.known && !d.options.Runs(a.actionType) {
			checkStandIn(d.options, a, list)
		}
		checkWindows(d.options, a, list)
	}
	for i := range d.Stages {
		for _, set := range conditionsOf(&d.Stages[i]) {
			list.Add(withHelp(notSupportedYet(set.at, set.kind, severity), helpConditions))
		}
	}
	if len(d.Triggers) > 0 && d.options.For != AWSEngine {
		list.Add(noTriggersHere(d.Triggers[0].At))
	}
}

// checkStandIn reports an action that the engine does not run, unless something stands in for it.
func checkStandIn(o Options, a *placedAction, list *diag.List) {
	help := ""
	if o.StandIn != nil {
		stands := false
		if stands, help = o.StandIn(a.stage.Name.Value, a.Action); stands {
			return
		}
	}
	list.Add(actionTypeNotRun(a, help, o))
}

// checkWindows reports commands for Windows, which this machine does not run.
func checkWindows(o Options, a *placedAction, list *diag.List) {
	environment, _ := a.Setting("EnvironmentType")
	if !a.runsCommands() || o.For == AWSEngine || !strings.HasPrefix(environment.Value, "WINDOWS") {
		return
	}
	if o.StandIn != nil {
		if stands, _ := o.StandIn(a.stage.Name.Value, a.Action); stands {
			return
		}
	}
	list.Add(windowsNotRun(environment, o.severity(diag.Note)))
}
