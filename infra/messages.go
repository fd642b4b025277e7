package infra

import (
	"errors"
	"fmt"
	"strings"
)

func noBinariesError(root string, missing []string) error {
	return fmt.Errorf("%q has no %s: build the functions with make functions", root, strings.Join(missing, ", "))
}

func propError(name string, value any, want string) error {
	return fmt.Errorf("%s is %q: write %s", name, fmt.Sprint(value), want)
}

func noDefinitionError() error {
	return errors.New("PipelineProps has no definition: set File, or Definition")
}

func twoDefinitionsError(file string) error {
	return fmt.Errorf("PipelineProps has File %q and a Definition: set one of both", file)
}

func noPlatformError() error {
	return errors.New("PipelineProps has no Platform: set what NewPlatform or DeployedPlatform gives")
}

func retentionsAre() string {
	return "one of the numbers of days that CloudWatch Logs takes: " + strings.Trim(fmt.Sprint(retentions()), "[]")
}

func noDefinitionsError(patterns []string) error {
	return fmt.Errorf("no file matches %q: name pipeline definitions with --context pipelines=\"pipelines/*.yaml\"", patterns)
}

func contextError(name string, value any, want string) error {
	return fmt.Errorf("context %s is %v: write %s", name, value, want)
}

func samePipelineError(name, first, second string) error {
	return fmt.Errorf("%s and %s both have a pipeline %q: pipelines of a platform have different names", first, second, name)
}

func chooseHelp() string { return "set Name of PipelineProps to the name or the logical ID of one" }

// describe says what a stack's parameter is for.
func describe(name string, secret bool) string {
	if secret {
		return "the name of the secret in Secrets Manager that " + name + " stands for: never the secret itself"
	}
	return "what " + name + " stands for in the definition of the pipeline"
}
