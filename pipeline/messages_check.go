package pipeline

import (
	"strconv"
	"strings"

	"github.com/penstock-ci/penstock/internal/diag"
	"github.com/penstock-ci/penstock/pipeline/catalogue"
)

// All wording of Check: one function per mistake.

func as(severity diag.Severity, d diag.Diagnostic) diag.Diagnostic {
	d.Severity = severity
	return d
}

func withNote(d diag.Diagnostic, at diag.Range, message string) diag.Diagnostic {
	d.Notes = append(d.Notes, diag.RelatedNote{At: at, Message: message})
	return d
}

func notSourceInFirstStage(a *placedAction) diag.Diagnostic {
	return withHelp(failure("not-a-source", a.At, "action %s in the first stage is not a source action, but %s",
		quote(a.Name.Value), quote(a.ActionTypeID.Category.Value)),
		"the first stage holds source actions only: move it to a later stage")
}

func sourceOutsideFirstStage(a *placedAction, first string) diag.Diagnostic {
	return withHelp(failure("source-outside-first-stage", a.At, "source action %s is in stage %s",
		quote(a.Name.Value), quote(a.stage.Name.Value)), "move it to the first stage, %s", quote(first))
}

func duplicateStage(name, first Text) diag.Diagnostic {
	return withNote(failure("duplicate-stage", name.At, "a second stage is named %s", quote(name.Value)),
		first.At, "the first is here")
}

func duplicateAction(name, first Text, stage string) diag.Diagnostic {
	return withNote(failure("duplicate-action", name.At, "a second action of stage %s is named %s", quote(stage),
		quote(name.Value)), first.At, "the first is here")
}

func unknownActionType(id ActionTypeID, candidates []string) diag.Diagnostic {
	d := failure("unknown-action-type", id.At, "there is no action type %s", quote(id.String()))
	if len(candidates) == 1 {
		return withHelp(d, "did you mean %s?", quote(candidates[0]))
	}
	return withHelp(d, "there is %s", enumerate(candidates, "and"))
}

func foreignActionType(id ActionTypeID) diag.Diagnostic {
	return as(diag.Note, failure("foreign-action-type", id.At,
		"action type %s is declared elsewhere: its configuration is not checked", quote(id.String())))
}

func duplicateArtifact(name, first Text) diag.Diagnostic {
	return withHelp(withNote(failure("duplicate-artifact", name.At, "output artifact %s is produced a second time",
		quote(name.Value)), first.At, "it is produced here first"), "give each output artifact a name of its own")
}

func unknownArtifact(input Text, near string, producer *placedAction) diag.Diagnostic {
	d := unknownArtifactHere(input)
	d = withNote(d, outputNamed(producer, near).At,
		"stage "+quote(producer.stage.Name.Value)+" produces "+quote(near))
	return withHelp(d, "did you mean %s?", quote(near))
}

func unknownArtifactHere(input Text) diag.Diagnostic {
	return failure("unknown-artifact", input.At, "unknown input artifact %s", quote(input.Value))
}

func unknownArtifactAmong(input Text, produced []string) diag.Diagnostic {
	d := unknownArtifactHere(input)
	const few = 10
	switch n := len(produced); {
	case n == 0:
		return withHelp(d, "no action that runs before has an output artifact")
	case n > few:
		return withHelp(d, "produced before are: %s and %d more", strings.Join(quoteAll(produced[:few]), ", "), n-few)
	}
	return withHelp(d, "produced before: %s", enumerate(quoteAll(produced), "and"))
}

func artifactNotYetProduced(input Text, a, producer *placedAction) diag.Diagnostic {
	const code = "artifact-not-yet-produced"
	at := outputNamed(producer, input.Value).At
	if producer.Action == a.Action {
		return withNote(failure(code, input.At, "%s has its own output artifact %s as an input", a.title(),
			quote(input.Value)), at, "it is produced here")
	}
	d := withNote(failure(code, input.At, "input artifact %s is not produced yet when %s runs", quote(input.Value),
		a.title()), at, producedBy(producer))
	return withHelp(d, "%s", runLater(a, producer))
}

func producedBy(producer *placedAction) string {
	return "action " + quote(producer.Name.Value) + " of stage " + quote(producer.stage.Name.Value) +
		" produces it, runOrder " + strconv.Itoa(producer.moment.runOrder)
}

// runLater says how a comes to run after producer.
func runLater(a, producer *placedAction) string {
	if a.condition != nil {
		return "the rules of " + a.condition.kind + " run before the actions of their stage: take an artifact of an earlier one"
	}
	if a.moment.stage == producer.moment.stage {
		return "set runOrder of " + quote(a.Name.Value) + " to " + strconv.Itoa(producer.moment.runOrder+1) + " or more"
	}
	return "move " + quote(a.Name.Value) + " to stage " + quote(producer.stage.Name.Value) + ", with a runOrder of " +
		strconv.Itoa(producer.moment.runOrder+1) + " or more, or to a later stage"
}

func outputNamed(a *placedAction, name string) Text {
	for _, output := range a.OutputArtifacts {
		if output.Name.Value == name {
			return output.Name
		}
	}
	return a.Name
}

func wrongArtifactCount(a *placedAction, kind string, n int, allowed catalogue.Counts) diag.Diagnostic {
	d := failure("wrong-artifact-count", a.At, "%s has %s", a.title(), count(n, kind+" artifact"))
	return withHelp(d, "%s takes %s", a.actionType, describeCounts(allowed, kind+" artifact"))
}

// describeCounts prints "no input artifact", "exactly 1 input artifact", "1 to 5 input artifacts".
func describeCounts(c catalogue.Counts, noun string) string {
	switch {
	case c.Max == 0:
		return "no " + noun
	case c.Min == c.Max:
		return "exactly " + count(c.Min, noun)
	case c.Min == 0:
		return "at most " + count(c.Max, noun)
	}
	return strconv.Itoa(c.Min) + " to " + count(c.Max, noun)
}

func missingConfiguration(a *placedAction, keys []string) diag.Diagnostic {
	return withHelp(failure("missing-configuration", a.At, "%s has no configuration %s", a.title(),
		enumerate(keys, "or")), "%s needs %s", a.actionType, pronoun(len(keys)))
}

func pronoun(n int) string {
	if n == 1 {
		return "it"
	}
	return "them"
}

func unknownConfiguration(key Text, a *placedAction) diag.Diagnostic {
	known := make([]string, len(a.actionType.Properties))
	for i, property := range a.actionType.Properties {
		known[i] = property.Name
	}
	d := failure("unknown-configuration", key.At, "%s has no configuration %s", a.actionType, quote(key.Value))
	if len(known) == 0 {
		return withHelp(d, "it takes no configuration")
	}
	return suggest(d, key.Value, known)
}

func invalidConfiguration(entry Property, property catalogue.Property, reads string) diag.Diagnostic {
	if property.Allowed != nil && property.Kind != catalogue.List {
		return suggest(failure("invalid-configuration", entry.Value.At, "%s cannot be %s", property.Name,
			quote(entry.Value.Value)), entry.Value.Value, property.Allowed)
	}
	return failure("invalid-configuration", entry.Value.At, "%s must be %s, and this is %s", property.Name, reads,
		quote(entry.Value.Value))
}

func takesClone(a *placedAction, input, format Text) diag.Diagnostic {
	d := as(diag.Warning, withHelp(failure("clone-reference", input.At, "%s takes %s, which is a reference to a clone: %s fails on it",
		a.title(), quote(input.Value), a.ActionTypeID.Provider.Value), "set OutputArtifactFormat to CODE_ZIP, or take what a build makes of it"))
	return withNote(d, format.At, "its source says so")
}

func missingPrimarySource(a *placedAction, inputs []string) diag.Diagnostic {
	return withHelp(failure("missing-configuration", a.At, "%s has %d input artifacts and no PrimarySource", a.title(),
		len(inputs)), "name the one that holds the buildspec: %s", enumerate(inputs, "or"))
}

func unknownPrimarySource(primary Text, inputs []string) diag.Diagnostic {
	return suggest(failure("unknown-artifact", primary.At, "PrimarySource %s is not an input artifact of this action",
		quote(primary.Value)), primary.Value, inputs)
}

func timeoutNotApproval(a *placedAction) diag.Diagnostic {
	return withHelp(failure("timeout-not-approval", a.TimeoutInMinutes.At, "%s cannot have timeoutInMinutes",
		a.ActionTypeID), "only manual approvals can")
}

func reservedNamespace(space Text) diag.Diagnostic {
	return withHelp(failure("reserved-namespace", space.At, "the namespace %s is reserved", quote(space.Value)),
		"choose another name")
}

func duplicateNamespace(space, first Text) diag.Diagnostic {
	return withNote(failure("duplicate-namespace", space.At, "a second action has the namespace %s", quote(space.Value)),
		first.At, "the first is here")
}

func namespaceIsArtifact(space Text, producer diag.Range) diag.Diagnostic {
	return withHelp(withNote(failure("namespace-is-artifact", space.At, "%s names a namespace and an artifact",
		quote(space.Value)), producer, "this action produces the artifact"), "rename one of them")
}

func duplicateVariable(name, first Text) diag.Diagnostic {
	return withNote(failure("duplicate-variable", name.At, "a second variable is named %s", quote(name.Value)),
		first.At, "the first is here")
}

func malformedReference(at diag.Range, reference string) diag.Diagnostic {
	return withHelp(failure("malformed-reference", at, "%s is not a variable reference", quote(reference)),
		"write #{namespace.key}; names have letters, digits and @ - _")
}

func unknownExecutionVariable(at diag.Range, key string) diag.Diagnostic {
	return withHelp(failure("unknown-variable", at, "there is no variable %s", quote(executionNamespace+"."+key)),
		"the only one is #{%s.%s}", executionNamespace, executionIDKey)
}

func pipelineVariableInSource(at diag.Range, key string) diag.Diagnostic {
	return withHelp(failure("pipeline-variable-in-source", at,
		"the pipeline variable %s is used in a source action", quote(key)), "source actions cannot read pipeline variables")
}

func undeclaredVariable(at diag.Range, key string, none bool, declared []string) diag.Diagnostic {
	d := failure("undeclared-variable", at, "the pipeline declares no variable %s", quote(key))
	if none {
		return withHelp(d, "declare it: variables, beside stages, is a list of {name, defaultValue, description}")
	}
	return suggest(d, key, declared)
}

func unknownNamespace(at diag.Range, namespace string, known []string) diag.Diagnostic {
	d := failure("unknown-namespace", at, "no action has the namespace %s", quote(namespace))
	if near, found := diag.Nearest(namespace, known); found {
		return withHelp(d, "did you mean %s?", quote(near))
	}
	return withHelp(d, "give the action whose variable this is the field namespace: %s", namespace)
}

func variableNotYetSet(at diag.Range, reference Reference, reader, producer *placedAction) diag.Diagnostic {
	d := withNote(failure("variable-not-yet-set", at, "the variable %s is not set yet when it is read here",
		quote(reference.Namespace+"."+reference.Key)), producer.Namespace.At, "action "+quote(producer.Name.Value)+
		" of stage "+quote(producer.stage.Name.Value)+" sets it, runOrder "+strconv.Itoa(producer.moment.runOrder))
	if reader.condition != nil {
		return withHelp(d, "the rules of %s run before the actions of their stage", reader.condition.kind)
	}
	return withHelp(d, "read it in a later stage, or in stage %s with a runOrder of %d or more",
		quote(producer.stage.Name.Value), producer.moment.runOrder+1)
}

func unknownVariable(at diag.Range, reference Reference, producer *placedAction, names []string) diag.Diagnostic {
	d := failure("unknown-variable", at, "action %s sets no variable %s", quote(producer.Name.Value),
		quote(reference.Key))
	if len(names) == 0 {
		return withHelp(d, "%s sets no output variables", producer.ActionTypeID)
	}
	return suggest(d, reference.Key, names)
}

func actionTypeNotRun(a *placedAction, help string, o Options) diag.Diagnostic {
	where := "here"
	if o.For != AnyEngine {
		where = "by the engine " + quote(string(o.For))
	}
	severity := o.severity(diag.Note)
	return withHelp(as(severity, failure("action-type-not-run", a.ActionTypeID.At, "%s is not run %s yet", a.ActionTypeID, where)), "%s", help)
}

func windowsNotRun(environment Text, severity diag.Severity) diag.Diagnostic {
	return withHelp(as(severity, failure("windows-not-run", environment.At, "%s: this machine runs no commands for Windows", environment.Value)),
		"mock the action here, or leave EnvironmentType out if its commands are those of a POSIX shell")
}

// What to do about something that Penstock does not act on yet.
const helpConditions = "take it out to run the pipeline without it: its rules are not evaluated"

// noTriggersHere is a note at most: triggers start executions, and change nothing in how one runs.
func noTriggersHere(at diag.Range) diag.Diagnostic {
	return withHelp(as(diag.Note, failure("not-supported-yet", at, "triggers: nothing starts an execution on this machine by itself")),
		"executions are started by hand here, with penstock run; on AWS by pushes that a webhook brings")
}

func notSupportedYet(at diag.Range, what string, severity diag.Severity) diag.Diagnostic {
	return as(severity, failure("not-supported-yet", at, "%s: CodePipeline acts on this, Penstock does not yet", what))
}
