package codebuild

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/penstock-ci/penstock/internal/action"
	"github.com/penstock-ci/penstock/internal/action/codebuild/buildspec"
	"github.com/penstock-ci/penstock/pipeline"
)

// environmentType is the only key of a Commands action's configuration that decides whether it can be run.
const environmentType = "EnvironmentType"

// containerKeys are the size of the container and the network that it stands in.
var containerKeys = []string{"ComputeType", "VpcId", "Subnets", "SecurityGroupIds"}

// commandsOf reads the request of a Commands action into the build that it asks for. CodePipeline runs the commands as
// a build without a project: here its buildspec has them as the phase build.
//
// The reference does not say which of several input artifacts is the primary one, and no key names it; it is the first,
// as CDK's CommandsAction writes its one `input` before its `extraInputs`.
func commandsOf(r action.Request) (Build, error) {
	if value := r.Configuration[environmentType]; strings.HasPrefix(value, "WINDOWS") {
		return Build{}, action.Fail(action.ConfigurationError,
			"configuration key %s is %q: commands for Windows are not run yet; leave it out or set it to LINUX_CONTAINER", environmentType, value)
	}
	if len(r.Inputs) == 0 {
		return Build{}, action.Fail(action.ConfigurationError, "a Commands action needs an input artifact, and this one has none")
	}
	spec, err := buildspecOf(r)
	if err != nil {
		return Build{}, err
	}
	b := buildFor(r)
	b.Buildspec, b.Container = spec, maps.Clone(r.Configuration)
	maps.DeleteFunc(b.Container, func(key, value string) bool { return value == "" || !slices.Contains(containerKeys, key) })
	for _, in := range r.Inputs {
		b.Sources = append(b.Sources, sourceOf(in))
	}
	for _, v := range r.EnvironmentVariables {
		b.Environment = append(b.Environment, EnvironmentVariable{
			Name: v.Name.Value, Value: v.Value.Value, Type: cmp.Or(v.Type.Value, Plaintext),
		})
	}
	return b, nil
}

// buildspecOf writes the buildspec of a Commands action.
func buildspecOf(r action.Request) (*buildspec.Buildspec, error) {
	if len(r.Commands) == 0 {
		return nil, action.Fail(action.ConfigurationError, "a Commands action needs commands, and this one has none")
	}
	build := buildspec.Phase{Name: buildspec.Build}
	for _, command := range r.Commands {
		build.Commands = append(build.Commands, buildspec.Text{Value: command})
	}
	exported, err := exportedOf(r.Action.OutputVariables)
	if err != nil {
		return nil, err
	}
	return &buildspec.Buildspec{
		Env: buildspec.Env{ExportedVariables: exported}, Phases: []buildspec.Phase{build},
		SecondaryArtifacts: artifactsOf(r.Action.OutputArtifacts),
	}, nil
}

// exportedOf are the output variables. Any variable of the shell may be one: unlike in the file of a buildspec also
// AWS_DEFAULT_REGION, which the reference has as an example. It is silent about those that are not set at the end, or
// hold a secret: they are not exported, like those of a build.
func exportedOf(names []pipeline.Text) ([]buildspec.Text, error) {
	var exported []buildspec.Text
	for _, name := range names {
		if !buildspec.IsVariableName(name.Value) {
			return nil, action.Fail(action.ConfigurationError,
				"output variable %q is no name of an environment variable; write letters, digits and _, no digit first", name.Value)
		}
		exported = append(exported, buildspec.Text{Value: name.Value, At: name.At})
	}
	return exported, nil
}

// artifactsOf declares each output artifact by its name, which is right for one as for several. The reference does not
// say what an output artifact without files holds; here it is all of the primary source.
func artifactsOf(outputs []pipeline.OutputArtifact) []buildspec.Artifact {
	var artifacts []buildspec.Artifact
	for _, output := range outputs {
		a := buildspec.Artifact{Identifier: output.Name.Value}
		for _, file := range output.Files {
			a.Files = append(a.Files, buildspec.Text{Value: file.Value, At: file.At})
		}
		if len(a.Files) == 0 {
			a.Files = []buildspec.Text{{Value: "**/*"}}
		}
		artifacts = append(artifacts, a)
	}
	return artifacts
}
