package pipeline

import (
	"github.com/penstock-ci/penstock/internal/diag"
	"github.com/penstock-ci/penstock/pipeline/tree"
)

// Template is what a CloudFormation template says about a pipeline beyond its definition: properties that the API does
// not have, and the resources that belong to the pipeline.
type Template struct {
	LogicalID                      Text
	Condition                      Text // the condition under which the pipeline is made
	DisableInboundStageTransitions []DisabledTransition
	RestartExecutionOnUpdate       Text // "true" or "false"
	CustomActionTypes              []CustomActionType
	Webhooks                       []Webhook
	EventRules                     []EventRule
	Schedules                      []Schedule

	unmade bool        // the condition does not hold
	whole  *tree.Value // the template that the pipeline is a part of, as it is written
}

// DisabledTransition keeps executions from entering a stage (StageTransition).
type DisabledTransition struct {
	At                diag.Range
	StageName, Reason Text
}

// CustomActionType declares an action type of owner Custom (AWS::CodePipeline::CustomActionType).
type CustomActionType struct {
	At                          diag.Range
	LogicalID                   Text
	Category, Provider, Version Text
	ConfigurationProperties     []CustomProperty
	InputArtifactDetails        ArtifactDetails
	OutputArtifactDetails       ArtifactDetails
	Settings                    *CustomSettings
	Tags                        []Tag
}

// CustomProperty is a configuration key of a custom action type. Key, Queryable, Required and Secret are "true" or
// "false"; Type is String, Number or Boolean.
type CustomProperty struct {
	At                                                        diag.Range
	Name, Description, Type, Key, Queryable, Required, Secret Text
}

// ArtifactDetails is how many artifacts a custom action type takes or makes.
type ArtifactDetails struct {
	At                         diag.Range
	MinimumCount, MaximumCount Number
}

// CustomSettings are the links that a console shows for a custom action.
type CustomSettings struct {
	At                                                                                       diag.Range
	EntityURLTemplate, ExecutionURLTemplate, RevisionURLTemplate, ThirdPartyConfigurationURL Text
}

// Webhook starts the pipeline when a request comes (AWS::CodePipeline::Webhook).
type Webhook struct {
	At                          diag.Range
	LogicalID                   Text
	Name                        Text
	TargetPipeline              Text
	TargetPipelineVersion       Number
	TargetAction                Text
	Authentication              Text // GITHUB_HMAC, IP or UNAUTHENTICATED
	AuthenticationConfiguration *WebhookAuthentication
	Filters                     []WebhookFilter
	RegisterWithThirdParty      Text // "true" or "false"
}

// WebhookAuthentication is what a webhook's authentication compares with.
type WebhookAuthentication struct {
	At                          diag.Range
	AllowedIPRange, SecretToken Text
}

// WebhookFilter must match a part of the request's body.
type WebhookFilter struct {
	At                    diag.Range
	JSONPath, MatchEquals Text
}

// EventRule starts the pipeline on events or on a schedule (AWS::Events::Rule).
type EventRule struct {
	At                 diag.Range
	LogicalID          Text
	Name               Text
	EventBusName       Text
	EventPattern       Text // JSON
	ScheduleExpression Text
	State              Text
	Targets            []EventTarget // those that are not this pipeline too
}

// EventTarget is one target of an event rule.
type EventTarget struct {
	At                 diag.Range
	ID, Arn, RoleArn   Text
	Input, Transformer Text // JSON
}

// Schedule starts the pipeline at times (AWS::Scheduler::Schedule).
type Schedule struct {
	At                         diag.Range
	LogicalID                  Text
	Name                       Text
	ScheduleExpression         Text
	ScheduleExpressionTimezone Text
	State                      Text
	Target                     *EventTarget
}
