package pipeline

import "github.com/penstock-ci/penstock/internal/diag"

// Wording about what CodePipeline accepts and its author probably did not mean.

func literalSecret(entry Property, severity diag.Severity) diag.Diagnostic {
	d := as(severity, failure("literal-secret", entry.Value.At, "%s is a secret, and it is written out here",
		entry.Key.Value))
	d.Secret = true
	return withHelp(d, `write "****" here and keep the value out of the definition; then replace the secret: it has been seen`)
}

func likelySecret(at diag.Range, variable string) diag.Diagnostic {
	d := as(diag.Warning, withHelp(failure("likely-secret", at,
		"the environment variable %s is named like a secret, and it is written out here", quote(variable)),
		"keep it in Secrets Manager and name it there, with the type SECRETS_MANAGER; then replace it: it has been seen"))
	d.Secret = true
	return d
}

func likelyToken(at diag.Range, what string) diag.Diagnostic {
	d := as(diag.Warning, withHelp(failure("likely-secret", at, "this looks like %s, written out", what),
		"keep it out of the definition, in Secrets Manager for example; then replace it: it has been seen"))
	d.Secret = true
	return d
}

func namesDifferInCase(name, first Text, what string) diag.Diagnostic {
	return as(diag.Warning, withHelp(withNote(failure("names-differ-in-case", name.At,
		"two %s are named %s and %s", what, quote(first.Value), quote(name.Value)), first.At, "the first is here"),
		"names are told apart by case: choose names that differ in more"))
}

func unusedArtifact(name Text) diag.Diagnostic {
	return as(diag.Note, failure("unused-artifact", name.At, "no action takes the artifact %s", quote(name.Value)))
}

func unusedVariable(name Text) diag.Diagnostic {
	return as(diag.Warning, withHelp(failure("unused-variable", name.At, "nothing reads the pipeline variable %s",
		quote(name.Value)), "read it as #{variables.%s}, or remove it", name.Value))
}

func mayBeSkipped(at diag.Range, what string, producer *placedAction, result Text) diag.Diagnostic {
	d := withNote(skippedProducer(at, what, "stage "+quote(producer.stage.Name.Value)), result.At,
		"a condition skips the stage here")
	return insteadOfSkipped(d, "skip this stage by the same rules, or produce it in a stage that always runs")
}

// mayDoNothing suggests the same checks for guarded; nil is where they would not help.
func mayDoNothing(at diag.Range, what string, producer, guarded *placedAction) diag.Diagnostic {
	instead := "produce it in an action that always runs"
	if guarded != nil {
		instead = "give " + guarded.title() + " the same checks, or " + instead
	}
	d := withNote(skippedProducer(at, what, producer.title()), producer.When[0].At, "its condition is here")
	return insteadOfSkipped(d, instead)
}

func skippedProducer(at diag.Range, what, from string) diag.Diagnostic {
	return as(diag.Warning, failure("may-be-skipped", at, "%s comes from %s, which may be skipped", what, from))
}

func insteadOfSkipped(d diag.Diagnostic, instead string) diag.Diagnostic {
	return withHelp(d, "when it is skipped this fails: %s", instead)
}
