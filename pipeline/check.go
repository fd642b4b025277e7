package pipeline

import (
	"cmp"

	"github.com/penstock-ci/penstock/internal/diag"
)

// Engine names what a definition is checked for.
type Engine string

// Engines.
const (
	AnyEngine   Engine = ""      // what an engine cannot run is a note
	LocalEngine Engine = "local" // what this machine cannot run is an error
	AWSEngine   Engine = "aws"   // what the deployed platform cannot run is an error
)

// Options tune Check.
type Options struct {
	For  Engine
	Runs func(ActionType) bool // which action types the engine runs; nil is all
}

// severity is that of something an engine cannot run, or would certainly fail at: below it where the definition as
// such is valid and no engine is asked for.
func (o Options) severity(below diag.Severity) diag.Severity {
	if o.For == AnyEngine {
		return below
	}
	return diag.Error
}

// rule is one check. It sees the whole definition and adds to the list; rules do not depend on each other.
type rule func(d *definition, list *diag.List)

// rules are all checks. Where two find the same thing wrong, the earlier one is closer to the cause.
var rules = []rule{
	checkConstraints,
	checkRequiredByForm,
	checkStageCount,
	checkSourcePlacement,
	checkUniqueNames,
	checkActionTypes,
	checkUniqueArtifacts,
	checkInputArtifacts,
	checkArtifactCounts,
	checkArtifactStores,
	checkConfigurationKeys,
	checkConfigurationValues,
	checkPrimarySource,
	checkCommands,
	checkSecrets,
	checkTimeouts,
	checkNamespaces,
	checkVariableDeclarations,
	checkReferences,
	checkPipelineType,
	checkConditions,
	checkTriggers,
	checkEngine,
}

// Check reports everything that is wrong in a pipeline, sorted. It reads nothing but the pipeline.
func Check(p *Pipeline, options Options) diag.List {
	if p.unreadable {
		return nil
	}
	d := define(p, options)
	var list diag.List
	for _, check := range rules {
		check(d, &list)
	}
	return list.Sorted()
}

// definition is a pipeline as the rules look at it. Rules only read it.
type definition struct {
	*Pipeline
	options   Options
	actions   []placedAction
	artifacts map[string]*placedAction // who produces it, the first in the definition's order
	spaces    map[string]*placedAction // whose variables a namespace holds
}

// placedAction is an action with its place in the pipeline and what the catalogue says about it.
type placedAction struct {
	*Action
	stage      *Stage
	moment     moment
	actionType ActionType
	known      bool // actionType is right; for owner Custom as far as one can tell here
}

// moment is when something happens in an execution: actions of the same moment run in parallel.
type moment struct{ stage, runOrder int }

func (m moment) before(n moment) bool {
	return cmp.Or(cmp.Compare(m.stage, n.stage), cmp.Compare(m.runOrder, n.runOrder)) < 0
}

func define(p *Pipeline, options Options) *definition {
	d := &definition{
		Pipeline: p, options: options,
		artifacts: map[string]*placedAction{}, spaces: map[string]*placedAction{},
	}
	for i := range p.Stages {
		for j := range p.Stages[i].Actions {
			d.actions = append(d.actions, place(&p.Stages[i], i, &p.Stages[i].Actions[j]))
		}
	}
	for i := range d.actions {
		d.index(&d.actions[i])
	}
	return d
}

func place(stage *Stage, index int, action *Action) placedAction {
	placed := placedAction{Action: action, stage: stage, moment: moment{index, action.RunOrderOrDefault()}}
	placed.actionType, placed.known = LookupActionType(action.ActionTypeID)
	if !placed.known && action.ActionTypeID.Owner.Value != "AWS" {
		placed.actionType, placed.known = customActionType(action.ActionTypeID), action.ActionTypeID.Owner.IsSet()
	}
	return placed
}

func (d *definition) index(a *placedAction) {
	for _, output := range a.OutputArtifacts {
		if _, taken := d.artifacts[output.Name.Value]; !taken {
			d.artifacts[output.Name.Value] = a
		}
	}
	if _, taken := d.spaces[a.Namespace.Value]; !taken && a.Namespace.Value != "" {
		d.spaces[a.Namespace.Value] = a
	}
}

func (a *placedAction) isSource() bool { return a.ActionTypeID.Category.Value == "Source" }
