package infra

import (
	"github.com/aws/aws-cdk-go/awscdk/v2/awsscheduler"
	"github.com/aws/jsii-runtime-go"

	"github.com/penstock-ci/penstock/internal/resources"
)

// newSchedules makes the pipeline's schedules, and the role by which EventBridge Scheduler starts it.
func newSchedules(p Pipeline) {
	if len(p.Schedules) == 0 {
		return
	}
	of := p.platform
	function := of.FunctionARN(resources.StartExecution)
	role := newRole(p.Scope, "ScheduleRole", of, rolePlan{
		name: of.ScheduleRole(p.Name), path: of.RolePath(), description: "what schedules of pipeline " + p.Name + " may do",
		trust: of.ServiceTrust("scheduler.amazonaws.com", of.ScheduleGroupARN()),
		statements: []resources.Statement{
			{Actions: []string{"lambda:InvokeFunction"}, Resources: []string{function}},
			{Actions: []string{"sqs:SendMessage"}, Resources: []string{of.DeadLettersARN()}},
		},
	})
	for _, s := range p.Schedules {
		props := &awsscheduler.CfnScheduleProps{
			Name: jsii.String(of.Rule(p.Name, s.Name)), ScheduleExpression: jsii.String(s.Expression), State: jsii.String(state(s.Disabled)),
			FlexibleTimeWindow: &awsscheduler.CfnSchedule_FlexibleTimeWindowProperty{Mode: jsii.String("OFF")},
			Target: &awsscheduler.CfnSchedule_TargetProperty{
				Arn: jsii.String(function), RoleArn: role.AttrArn(), Input: jsii.String(scheduleInput(p.Name)),
				DeadLetterConfig: &awsscheduler.CfnSchedule_DeadLetterConfigProperty{Arn: jsii.String(of.DeadLettersARN())},
				RetryPolicy: &awsscheduler.CfnSchedule_RetryPolicyProperty{
					MaximumEventAgeInSeconds: jsii.Number(eventSeconds), MaximumRetryAttempts: jsii.Number(eventRepeats),
				},
			},
		}
		if s.Timezone != "" {
			props.ScheduleExpressionTimezone = jsii.String(s.Timezone)
		}
		awsscheduler.NewCfnSchedule(p.Scope, jsii.String("Schedule-"+s.Name), props)
	}
}

// scheduleInput is what start-execution gets of a schedule; Scheduler fills in what stands between angle brackets.
func scheduleInput(pipeline string) string {
	return `{"pipelineName":` + quoted(pipeline) +
		`,"actionName":"","ruleArn":"<aws.scheduler.schedule-arn>","deliveryId":"<aws.scheduler.execution-id>"}`
}
