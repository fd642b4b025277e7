package infra

import (
	"github.com/aws/aws-cdk-go/awscdk/v2/awsevents"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"github.com/penstock-ci/penstock/events"
	"github.com/penstock-ci/penstock/internal/resources"
)

const eventSource = events.Source

// An event that a function cannot take is repeated for an hour, then it goes to the dead letters: what happened in
// between is found by the sweep.
const (
	eventSeconds = 3600
	eventRepeats = 20
)

// newPlatformRules makes the platform's own rules, and lets all rules of the platform invoke the functions that they
// have as targets: one permission for all, for a function's policy holds 20 KB.
func newPlatformRules(p Platform) error {
	rules, err := p.Rules()
	if err != nil {
		return err
	}
	for _, rule := range rules {
		if p.has(rule.Function) {
			newRule(p.Scope, p, target{rule: rule, name: p.Name + "-" + rule.Name})
		}
	}
	for _, function := range []string{resources.StartExecution, resources.CompleteAction, resources.ExecutionEnded, resources.Sweep} {
		if p.has(function) {
			mayInvoke(p, function, invoker{"events.amazonaws.com", p.RulesARN()})
		}
	}
	return nil
}

// target is a rule with its whole name, and with what its function gets; nil is the event.
type target struct {
	rule  resources.Rule
	name  string
	input *awsevents.CfnRule_InputTransformerProperty
}

// newRule makes a rule with a function as its target.
func newRule(scope constructs.Construct, p Platform, of target) {
	rule := of.rule
	props := &awsevents.CfnRuleProps{
		Name: jsii.String(of.name), Description: jsii.String(rule.Description), State: jsii.String(state(rule.Disabled)),
		Targets: &[]any{&awsevents.CfnRule_TargetProperty{
			Id: jsii.String(rule.Function), Arn: jsii.String(p.FunctionARN(rule.Function)), InputTransformer: of.input,
			DeadLetterConfig: &awsevents.CfnRule_DeadLetterConfigProperty{Arn: jsii.String(p.DeadLettersARN())},
			RetryPolicy: &awsevents.CfnRule_RetryPolicyProperty{
				MaximumEventAgeInSeconds: jsii.Number(eventSeconds), MaximumRetryAttempts: jsii.Number(eventRepeats),
			},
		}},
	}
	if rule.Schedule != "" {
		props.ScheduleExpression = jsii.String(rule.Schedule)
	} else {
		props.EventPattern = rule.Pattern
	}
	awsevents.NewCfnRule(scope, jsii.String("Rule-"+rule.Name), props)
}

func state(disabled bool) string {
	if disabled {
		return "DISABLED"
	}
	return "ENABLED"
}

// startInput is what start-execution gets of a rule.
func startInput(pipeline, action string) *awsevents.CfnRule_InputTransformerProperty {
	return &awsevents.CfnRule_InputTransformerProperty{
		InputTemplate: jsii.String(`{"pipelineName":` + quoted(pipeline) + `,"actionName":` + quoted(action) +
			`,"ruleArn":<aws.events.rule-arn>,"event":<aws.events.event.json>}`),
	}
}
