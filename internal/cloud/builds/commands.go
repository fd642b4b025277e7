package builds

import (
	"encoding/json"
	"fmt"

	"github.com/penstock-ci/penstock/internal/action"
	"github.com/penstock-ci/penstock/internal/action/codebuild"
	"github.com/penstock-ci/penstock/internal/action/codebuild/buildspec"
)

// buildspecText is a buildspec as JSON, which every reader of YAML reads: the parts that a Commands action has.
type buildspecText struct {
	Version string `json:"version"`
	Env     struct {
		Exported []string `json:"exported-variables,omitempty"`
	} `json:"env,omitzero"`
	Phases    map[string]phaseText `json:"phases"`
	Artifacts *artifactsText       `json:"artifacts,omitempty"`
}

type phaseText struct {
	Commands []string `json:"commands"`
}

type artifactsText struct {
	Secondary map[string]filesText `json:"secondary-artifacts"`
}

type filesText struct {
	Files []string `json:"files"`
}

// encodeCommands writes the buildspec of a Commands action for CodeBuild.
func encodeCommands(b *buildspec.Buildspec) (string, error) {
	text := buildspecText{Version: "0.2", Phases: map[string]phaseText{}}
	text.Env.Exported = texts(b.Env.ExportedVariables)
	for _, p := range b.Phases {
		text.Phases[p.Name] = phaseText{Commands: texts(p.Commands)}
	}
	for _, a := range b.SecondaryArtifacts {
		if text.Artifacts == nil {
			text.Artifacts = &artifactsText{Secondary: map[string]filesText{}}
		}
		text.Artifacts.Secondary[identifier(a.Identifier)] = filesText{Files: texts(a.Files)}
	}
	encoded, err := json.Marshal(text)
	if err != nil {
		return "", fmt.Errorf("encode the buildspec of a Commands action: %w", err)
	}
	return string(encoded), nil
}

func texts(all []buildspec.Text) []string {
	var out []string
	for _, one := range all {
		out = append(out, one.Value)
	}
	return out
}

// checkContainer refuses settings of a container that a start of a build cannot override.
func checkContainer(b codebuild.Build) error {
	for _, key := range []string{"VpcId", "Subnets", "SecurityGroupIds"} {
		if value := b.Container[key]; value != "" {
			return action.Fail(action.ConfigurationError,
				"configuration key %s is %q: commands run in the network of the platform's project; leave it out, or use a CodeBuild project of your own in that VPC", key, value)
		}
	}
	return nil
}
