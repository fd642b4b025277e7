package task

import (
	"github.com/penstock-ci/penstock/internal/action"
	"github.com/penstock-ci/penstock/internal/execution"
)

// CodePipeline's limits on what one action carries, in bytes: its output variables together, names and values, and its
// configuration together once every #{} has its value.
const (
	maxOutputVariables = 122_880
	maxConfiguration   = 100 << 10
)

func checkOutputVariables(variables map[string]string) error {
	if n := bytesOf(variables); n > maxOutputVariables {
		return action.Fail(action.JobFailed, "the output variables take %d bytes, at most %d are allowed", n, maxOutputVariables)
	}
	return nil
}

func checkConfiguration(a *execution.Action) error {
	if n := bytesOf(a.ResolvedConfiguration); n > maxConfiguration {
		return action.Fail(action.ConfigurationError,
			"the configuration takes %d bytes with its variables resolved, at most %d are allowed", n, maxConfiguration)
	}
	return nil
}

func bytesOf(values map[string]string) int {
	n := 0
	for name, value := range values {
		n += len(name) + len(value)
	}
	return n
}
