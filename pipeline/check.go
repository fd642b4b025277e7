package pipeline

import (
	"cmp"
	"iter"

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
	// StandIn is asked about an action of a type that the engine does not run: whether something stands in for it there,
	// and if not, what to do about it. Nil knows nothing.
	StandIn func(stage string, a *Action) (stands bool, help string)
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

// rules are all checks, from the outside in: what a definition is made of, how its parts fit together, what Penstock
// itself finds odd. Where two find the same thing wrong, the earlier one is closer to the cause.
var rules = []rule{
	checkConstraints,
	checkRequiredByForm,
	checkTags,
	checkPipelineType,
	checkStageCount,
	checkActionCount,
	checkSourcePlacement,
	checkUniqueNames,
	checkBlockers,

	checkActionTypes,
	checkUniqueArtifacts,
	checkInputArtifacts,
	checkArtifactCounts,
	checkConfigurationKeys,
	checkConfigurationValues,
	checkConfigurationArtifacts,
	checkPrimarySource,
	checkCommands,
	checkEnvironment,
	checkTimeouts,

	checkRegions,
	checkArtifactStores,
	checkAccounts,

	checkNamespaces,
	checkVariableDeclarations,
	checkReferences,

	checkConditions,
	checkFailureForms,
	checkConditionRules,
	checkDeploymentWindows,
	checkWhenForm,
	checkWhenOfSources,
	checkVariableChecks,

	checkTriggers,
	checkFilters,
	checkRepositories,
	checkPolling,
	checkClones,

	checkTransitions,
	checkWebhooks,
	checkCustomTypes,

	checkSecrets,
	checkLikelySecrets,
	checkNamesInCase,
	checkUnused,
	checkSkippedProducers,
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
	rules     []placedAction           // the rules of conditions: they are declared and run as actions are
	artifacts map[string]*placedAction // who produces it, the first in the definition's order
	spaces    map[string]*placedAction // whose variables a namespace holds
	variables map[string]bool          // names of the pipeline's variables

	// The keys of artifacts and spaces, sorted, and the reserved namespaces: what a wrong name may have meant.
	artifactNames, spaceNames, variableNames []string

	// Some artifact, namespace, action or variable has a name that a template leaves open: it may be any.
	openArtifacts, openSpaces, openNames, openVariables bool
}

// placedAction is an action, or a rule of a condition, with its place in the pipeline and what the catalogue says
// about it.
type placedAction struct {
	*Action
	stage      *Stage
	moment     moment
	condition  *conditionSet // of a rule; nil for an action
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
		artifacts: map[string]*placedAction{}, spaces: map[string]*placedAction{}, variables: map[string]bool{},
	}
	for i := range p.Stages {
		stage := &p.Stages[i]
		for j := range stage.Actions {
			action := &stage.Actions[j]
			d.actions = append(d.actions, d.place(stage, moment{i, action.RunOrderOrDefault()}, action))
		}
		d.rules = append(d.rules, placeRules(stage, i)...)
	}
	for i := range d.actions {
		d.index(&d.actions[i])
	}
	d.artifactNames = keysOf(d.artifacts)
	d.spaceNames = append(keysOf(d.spaces), executionNamespace, variablesNamespace)
	for i := range p.Variables {
		name := p.Variables[i].Name
		d.variables[name.Value] = true
		d.openVariables = d.openVariables || !name.IsKnown()
	}
	d.variableNames = keysOf(d.variables)
	return d
}

func (d *definition) place(stage *Stage, when moment, action *Action) placedAction {
	placed := placedAction{Action: action, stage: stage, moment: when}
	id := action.ActionTypeID
	if placed.actionType, placed.known = LookupActionType(id); placed.known {
		return placed
	}
	if placed.actionType, placed.known = d.declaredType(id); placed.known {
		return placed
	}
	if owner := id.Owner.Value; owner != "AWS" && id.IsKnown() {
		placed.actionType, placed.known = customActionType(id), owner != ""
	}
	return placed
}

func (d *definition) index(a *placedAction) {
	d.openNames = d.openNames || !a.Name.IsKnown() || !a.ActionTypeID.IsKnown()
	d.openSpaces = d.openSpaces || !a.Namespace.IsKnown()
	for _, output := range a.OutputArtifacts {
		d.openArtifacts = d.openArtifacts || !output.Name.IsKnown()
		if _, taken := d.artifacts[output.Name.Value]; !taken {
			d.artifacts[output.Name.Value] = a
		}
	}
	if _, taken := d.spaces[a.Namespace.Value]; !taken && a.Namespace.Value != "" {
		d.spaces[a.Namespace.Value] = a
	}
}

// performers goes through the actions, then through the rules of conditions.
func (d *definition) performers() iter.Seq[*placedAction] {
	return func(yield func(*placedAction) bool) {
		for _, group := range [][]placedAction{d.actions, d.rules} {
			for i := range group {
				if !yield(&group[i]) {
					return
				}
			}
		}
	}
}

// noun is what messages call it: "action" or "rule".
func (a *placedAction) noun() string {
	if a.condition != nil {
		return "rule"
	}
	return "action"
}

// title is how messages name it: action "Build".
func (a *placedAction) title() string { return a.noun() + " " + quote(a.Name.Value) }

func (a *placedAction) isSource() bool { return a.ActionTypeID.Category.Value == "Source" }
