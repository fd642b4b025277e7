package infra

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsstepfunctions"
	"github.com/aws/jsii-runtime-go"

	"github.com/penstock-ci/penstock/internal/resources"
)

// registration is the type of the custom resource that register-pipeline answers for.
const registration = "Custom::PenstockPipeline"

// register makes the pipeline known to the platform, in the version that these state machines are.
func register(p Pipeline, role string, machines []awsstepfunctions.CfnStateMachine) error {
	text, err := p.Bundle()
	if err != nil {
		return err
	}
	asset, err := newTextAsset(p.Scope, "Bundle", text)
	if err != nil {
		return err
	}
	substitutions := map[string]any{}
	for _, name := range p.Open {
		substitutions[name] = p.open.value(name)
	}
	var versions []any
	for _, machine := range machines {
		versions = append(versions, map[string]any{"Arn": *machine.Ref(), "RevisionId": *machine.AttrStateMachineRevisionId()})
	}
	registered := awscdk.NewCfnResource(p.Scope, jsii.String("Registration"), &awscdk.CfnResourceProps{
		Type: jsii.String(registration),
		Properties: &map[string]any{
			"ServiceToken": p.platform.FunctionARN(resources.RegisterPipeline), "PipelineName": p.Name,
			"Bundle":        map[string]any{"Bucket": *asset.S3BucketName(), "Key": *asset.S3ObjectKey()},
			"Substitutions": substitutions, "RoleArn": role, "StateMachines": versions,
		},
	})
	if len(p.Projects) > 0 { // nothing starts before its builds have their role
		registered.Node().AddDependency(p.Scope.Node().FindChild(jsii.String(buildRole)))
	}
	return nil
}

// parameterID is the name of a stack's parameter for an open part of a template: letters and digits are all that
// CloudFormation allows, so a name with others has a digest behind it.
func parameterID(name string) string {
	plain := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, name)
	if plain == name {
		return name
	}
	sum := sha256.Sum256([]byte(name))
	return plain + hex.EncodeToString(sum[:2])
}

// quoted is a text as a JSON string.
func quoted(text string) string {
	written, _ := json.Marshal(text) // strings always encode
	return string(written)
}
