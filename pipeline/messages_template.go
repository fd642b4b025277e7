package pipeline

import (
	"strconv"
	"strings"

	"github.com/penstock-ci/penstock/internal/diag"
)

// All wording about templates that package template does not have: one function per mistake.

func noPipeline(at diag.Range) diag.Diagnostic {
	return withHelp(failure("no-pipeline", at, "the template has no resource of type %s", pipelineResource),
		"penstock reads pipelines and what belongs to them")
}

func severalPipelines(second Text, names []string) diag.Diagnostic {
	return withHelp(failure("several-pipelines", second.At, "the template has %d pipelines, and this takes one", len(names)),
		"choose with --pipeline: %s", strings.Join(names, ", "))
}

func unknownPipeline(at diag.Range, name string, names []string) diag.Diagnostic {
	return suggest(failure("unknown-pipeline", at, "there is no pipeline %s in this file", quote(name)), name, names)
}

func pipelineNotMade(id, condition Text) diag.Diagnostic {
	return withHelp(as(diag.Note, failure("pipeline-not-made", id.At,
		"the condition %s does not hold: CloudFormation does not make this pipeline", quote(condition.Value))),
		"its definition is read all the same")
}

func pipelinePerhapsMade(id, condition Text) diag.Diagnostic {
	return withHelp(as(diag.Note, failure("undecided-condition", id.At,
		"the condition %s cannot be decided here and is taken for true", quote(condition.Value))),
		"give the parameters it depends on: --parameter NAME=VALUE")
}

func unknownHere(at diag.Range, what member, name string) diag.Diagnostic {
	return withHelp(as(diag.Note, failure("value-not-known", at, "%s is not known here: it is %s", what, quote(name))),
		"what is left out applies: give a parameter with --parameter NAME=VALUE")
}

func parametersWithoutValue(at diag.Range, open []openValue) diag.Diagnostic {
	what := "a parameter that has no value"
	if n := len(open); n > 1 {
		what = strconv.Itoa(n) + " parameters that have no value"
	}
	return withHelp(openValues(as(diag.Note, failure("parameter-without-value", at, "this pipeline uses %s", what)), open),
		"give values with --parameter NAME=VALUE")
}

func knownToAWSOnly(at diag.Range, open []openValue) diag.Diagnostic {
	what := "a value that only AWS knows"
	if n := len(open); n > 1 {
		what = strconv.Itoa(n) + " values that only AWS knows"
	}
	return openValues(as(diag.Note, failure("placeholder", at, "this pipeline uses %s", what)), open)
}

// openValues shows where the first of the placeholders stand.
func openValues(d diag.Diagnostic, open []openValue) diag.Diagnostic {
	const shown = 8
	for _, v := range open[:min(shown, len(open))] {
		d = withNote(d, v.at, "${"+v.name+"}")
	}
	if n := len(open) - shown; n > 0 {
		d = withNote(d, diag.Range{}, strconv.Itoa(n)+" more")
	}
	return d
}

func unknownStage(name Text, names []string) diag.Diagnostic {
	return suggest(failure("unknown-stage", name.At, "the pipeline has no stage %s", quote(name.Value)), name.Value, names)
}

func unknownTargetAction(name Text, sources []string) diag.Diagnostic {
	return as(diag.Warning, suggest(failure("unknown-target-action", name.At,
		"the first stage has no action %s for this webhook", quote(name.Value)), name.Value, sources))
}
