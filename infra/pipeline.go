package infra

import (
	"cmp"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsevents"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"github.com/penstock-ci/penstock/internal/resources"
	"github.com/penstock-ci/penstock/internal/resources/machines"
	"github.com/penstock-ci/penstock/pipeline"
)

// PipelineProps say which pipeline is made.
type PipelineProps struct {
	// Platform is what it runs on.
	Platform Platform
	// File is the definition; Definition is one that was parsed already, or built. One of both is set.
	File       string
	Definition *pipeline.Pipeline
	// Name picks one of several pipelines of a File, by its name or its logical ID.
	Name string
	// Parameters are values of a template's parameters.
	Parameters map[string]string
	// LogDays is PlatformProps.LogDays, for the logs of the state machines; that of the platform where it is 0 and the platform
	// is made in the same app.
	LogDays int
}

// Pipeline is what was made of one definition.
type Pipeline struct {
	Scope constructs.Construct
	resources.Pipeline
	platform Platform
	open     *openValues
}

// NewPipeline makes a pipeline: its state machines, its role, its rules and schedules, the secrets of the webhooks that its sources are given,
// and its registration. The error is a *RefusedError where the definition is wrong, or cannot run on AWS.
func NewPipeline(scope constructs.Construct, id string, props PipelineProps) (Pipeline, error) {
	if err := props.check(); err != nil {
		return Pipeline{}, err
	}
	props.Platform.logDays = cmp.Or(props.LogDays, props.Platform.logDays)
	definition := props.Definition
	if definition == nil {
		read, err := readDefinition(props.File, props.Parameters, props.Name)
		if err != nil {
			return Pipeline{}, err
		}
		definition = read
	} else if err := refused(definition); err != nil {
		return Pipeline{}, err
	}
	made := Pipeline{Scope: constructs.NewConstruct(scope, jsii.String(id)), platform: props.Platform}
	definition = resources.Deployed(definition)
	made.open = &openValues{scope: made.Scope, secrets: resources.OpenSecrets(definition), parameters: map[string]*string{}}
	var err error
	if made.Pipeline, err = props.Platform.Pipeline(definition, machines.Compile, made.open.value); err != nil {
		return Pipeline{}, err
	}
	role := newRole(made.Scope, "Role", made.platform, rolePlan{
		name: made.platform.PipelineRole(made.Name), path: made.platform.PipelineRolePath(),
		description: "what the actions of pipeline " + made.Name + " may do",
		trust:       made.platform.PipelineTrust(made.Name, made.assumers()), statements: made.Role,
	})
	if len(made.Projects) > 0 {
		newRole(made.Scope, buildRole, made.platform, rolePlan{
			name: made.platform.BuildRole(made.Name), path: made.platform.RolePath(),
			description: "what builds of pipeline " + made.Name + " on the platform's projects may do",
			trust:       made.platform.BuildTrust(made.Pipeline), statements: made.BuildRole,
		})
	}
	deployed, err := newStateMachines(made)
	if err != nil {
		return Pipeline{}, err
	}
	for _, rule := range made.Rules {
		newRule(made.Scope, made.platform, target{rule, made.platform.Rule(made.Name, rule.Name), made.input(rule)})
	}
	newSchedules(made)
	newGivenWebhooks(made)
	if made.platform.made != nil { // its ARNs are made of names, which tell CloudFormation nothing of what comes first
		made.Scope.Node().AddDependency(made.platform.made)
	}
	return made, register(made, *role.AttrArn(), deployed)
}

// buildRole is the ID of the role that builds on the platform's projects have.
const buildRole = "BuildRole"

// assumers are the platform's functions that assume roles of pipelines.
func (p Pipeline) assumers() []string {
	var there []string
	for _, function := range resources.Assumers() {
		if p.platform.has(function) {
			there = append(there, function)
		}
	}
	return there
}

// input is what a rule's target gets; nil is the event as it is.
func (p Pipeline) input(rule resources.Rule) *awsevents.CfnRule_InputTransformerProperty {
	if rule.Function != resources.StartExecution {
		return nil
	}
	return startInput(p.Name, rule.ActionName)
}

// openValues gives what a template leaves open a value when the stack is deployed: a pseudo parameter, or a parameter of
// the pipeline's stack.
type openValues struct {
	scope      constructs.Construct
	secrets    map[string]bool // those that name a secret
	parameters map[string]*string
}

var pseudo = map[string]func() *string{
	"AWS::AccountId": awscdk.Aws_ACCOUNT_ID, "AWS::Partition": awscdk.Aws_PARTITION, "AWS::Region": awscdk.Aws_REGION,
	"AWS::StackId": awscdk.Aws_STACK_ID, "AWS::StackName": awscdk.Aws_STACK_NAME, "AWS::URLSuffix": awscdk.Aws_URL_SUFFIX,
}

func (o *openValues) value(name string) string {
	if token, is := pseudo[name]; is {
		return *token()
	}
	if o.parameters[name] == nil {
		parameter := awscdk.NewCfnParameter(awscdk.Stack_Of(o.scope), jsii.String(parameterID(name)), &awscdk.CfnParameterProps{
			Type: jsii.String("String"), Description: jsii.String(describe(name, o.secrets[name])),
		})
		o.parameters[name] = parameter.ValueAsString()
	}
	return *o.parameters[name]
}
