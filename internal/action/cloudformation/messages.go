package cloudformation

import (
	"strings"

	"github.com/penstock-ci/penstock/internal/action"
)

// The wording of this package.

func configurationError(format string, args ...any) *action.Failure {
	return action.Fail(action.ConfigurationError, format, args...)
}

func unknownMode(mode string) error {
	return configurationError("configuration key %s is %q; write one of %s", actionMode, mode,
		strings.Join([]string{createUpdate, replaceOnFailure, deleteOnly, changeSetReplace, changeSetExecute}, ", "))
}

func missing(key, mode string) error {
	return configurationError("configuration key %s is missing: %s %s needs it", key, actionMode, mode)
}

func noOutputFile(name string) error {
	return configurationError("configuration key %s is missing: it names the file of output artifact %q", outputFileName, name)
}

func badPath(key, value string) error {
	return configurationError("configuration key %s is %q; write the name of an input artifact, two colons and a path", key, value)
}

func noInput(what, name string, inputs []action.Input) error {
	names := make([]string, 0, len(inputs))
	for _, in := range inputs {
		names = append(names, in.Name)
	}
	if len(names) == 0 {
		return configurationError("configuration key %s names artifact %q, and the action has no input artifacts", what, name)
	}
	return configurationError("configuration key %s names artifact %q, which is no input artifact of the action; write one of %s",
		what, name, strings.Join(names, ", "))
}

func noFile(what, name, path string) error {
	return configurationError("configuration key %s names file %q, which input artifact %s does not have", what, path, name)
}

func tooLong(what string, bytes, most int) error {
	return configurationError("configuration key %s: %d bytes, at most %d are allowed", what, bytes, most)
}

func badConfiguration(path string, err error) error {
	return configurationError("%s %q is not a JSON object of Parameters, Tags and StackPolicy: %v", templateConfiguration, path, err)
}

func badOverrides(err error) error {
	return configurationError("configuration key %s is not a JSON object of parameters: %v", parameterOverrides, err)
}

func badOverride(name string) error {
	return configurationError("configuration key %s of %s: write a text, {\"Fn::GetArtifactAtt\": [ARTIFACT, ATTRIBUTE]} or {\"Fn::GetParam\": [ARTIFACT, FILE, KEY]}",
		parameterOverrides, name)
}

func badAttribute(name, attribute string) error {
	return configurationError("configuration key %s of %s: %q is no attribute of an artifact; write BucketName, ObjectKey or URL", parameterOverrides, name, attribute)
}

func badParameterFile(name, of, path string, err error) error {
	return configurationError("configuration key %s of %s: file %q of input artifact %s is not a JSON object: %v", parameterOverrides, name, path, of, err)
}

func noParameter(name, of, path, key string) error {
	return configurationError("configuration key %s of %s: file %q of input artifact %s has no text for %q", parameterOverrides, name, path, of, key)
}

func noChangeSet(c Change) error {
	return configurationError("stack %s has no change set %q; an action with %s %s makes one", c.StackName, c.ChangeSetName, actionMode, changeSetReplace)
}
