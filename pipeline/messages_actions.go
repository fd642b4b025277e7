package pipeline

import (
	"strings"

	"github.com/penstock-ci/penstock/internal/diag"
)

// Wording about single actions and rules: their artifacts, commands and environment.

func inputTwice(input, first Text, a *placedAction) diag.Diagnostic {
	return withNote(failure("duplicate-input", input.At, "%s has the input artifact %s twice", a.title(),
		quote(input.Value)), first.At, "the first is here")
}

func artifactNotAnInput(name, key Text, a *placedAction, inputs []string) diag.Diagnostic {
	d := failure("artifact-not-an-input", name.At, "%s names the artifact %s, which is not an input of %s", key.Value,
		quote(name.Value), a.title())
	if near, found := diag.Nearest(name.Value, inputs); found {
		return withHelp(d, "did you mean %s?", quote(near))
	}
	return withHelp(d, "add it to the inputArtifacts of the action")
}

func notAnArtifactPath(entry Property) diag.Diagnostic {
	return withHelp(failure("invalid-configuration", entry.Value.At, "%s %s names no artifact", entry.Key.Value,
		quote(entry.Value.Value)), "write an input artifact, two colons and the file in it: Artifact::template.yaml")
}

func missingCommands(a *placedAction) diag.Diagnostic {
	return withHelp(failure("missing-commands", a.At, "%s has no commands", a.title()),
		"a Commands %s lists them in its field commands, beside configuration", a.noun())
}

func multiLineCommand(command Text) diag.Diagnostic {
	line, _, _ := strings.Cut(command.Value, "\n")
	return withHelp(failure("multi-line-command", command.At, "the command that begins with %s has several lines",
		quote(line)), "a command is one line: make each line an entry of commands, or join them with &&")
}

func windowsNeedsMedium(environment Text) diag.Diagnostic {
	return withHelp(failure("windows-needs-medium", environment.At, "%s does not run on BUILD_GENERAL1_SMALL",
		environment.Value), "set ComputeType to BUILD_GENERAL1_MEDIUM or BUILD_GENERAL1_LARGE; SMALL is the default")
}

func duplicateOutputVariable(name, first Text) diag.Diagnostic {
	return as(diag.Warning, withNote(failure("duplicate-output-variable", name.At,
		"the output variable %s is here a second time", quote(name.Value)), first.At, "the first is here"))
}

func onlyForCommands(at diag.Range, what string, a *placedAction) diag.Diagnostic {
	only := "Compute/AWS/Commands/1"
	if a.condition != nil {
		only = "a Commands rule"
	}
	return withHelp(failure("only-for-commands", at, "%s cannot have %s", a.ActionTypeID, what), "only %s can", only)
}

func environmentNotRead(a *placedAction) diag.Diagnostic {
	d := as(diag.Warning, failure("environment-not-read", a.EnvironmentVariables[0].At,
		"%s is not known to read environmentVariables", a.ActionTypeID))
	if a.ActionTypeID.Provider.Value == "CodeBuild" {
		return withHelp(d, `set them in configuration EnvironmentVariables, as JSON text: [{"name": "A", "value": "b"}]`)
	}
	return withHelp(d, "%s do", enumerate(readersOfEnvironment, "and"))
}

func duplicateEnvironmentVariable(name, first Text) diag.Diagnostic {
	return as(diag.Warning, withNote(failure("duplicate-environment-variable", name.At,
		"a second environment variable is named %s", quote(name.Value)), first.At, "the first is here"))
}

func secretsOnlyForCommands(kind Text, a *placedAction) diag.Diagnostic {
	return withHelp(failure("only-for-commands", kind.At, "%s cannot have environment variables of type %s",
		a.ActionTypeID, secretVariable), "only Compute/AWS/Commands/1 can")
}

func notBuildVariables(text Text) diag.Diagnostic {
	return withHelp(failure("invalid-configuration", text.At,
		"EnvironmentVariables is not a list of variables with a name and a value"),
		`write [{"name": "A", "value": "b"}]; values are strings, and type may be added`)
}

func unknownBuildVariableType(text Text, name, kind string, types []string) diag.Diagnostic {
	return suggest(failure("invalid-configuration", text.At, "the environment variable %s cannot have the type %s",
		quote(name), quote(kind)), kind, types)
}
