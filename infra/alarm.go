package infra

import (
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"github.com/penstock-ci/penstock/internal/resources"
)

// alarm is one alarm: a metric over five minutes is above a bound, or it is not there.
type alarm struct {
	name, says        string
	namespace, metric string
	dimension, value  string
	statistic         string
	above             float64
	missing           bool // the alarm is that nothing was measured twice one after another, or less than 1
}

const (
	alarmSeconds = 300
	// oldestSeconds is how long an action may be in progress, approvals left out, before somebody should look: CodeBuild's
	// longest build is 8 hours.
	oldestSeconds = 8 * 60 * 60
)

// newAlarms makes the alarms: errors and throttles of each function, what no function took, actions that do not end, and a sweep
// that nothing invokes. They notify the topic, where there is one.
func newAlarms(p Platform, topic string) {
	scope := constructs.NewConstruct(p.Scope, jsii.String("Alarms"))
	for _, a := range alarms(p) {
		props := &awscloudwatch.CfnAlarmProps{
			AlarmName: jsii.String(p.Name + "-" + a.name), AlarmDescription: jsii.String(a.says),
			Namespace: jsii.String(a.namespace), MetricName: jsii.String(a.metric), Statistic: jsii.String(a.statistic),
			Dimensions: &[]any{&awscloudwatch.CfnAlarm_DimensionProperty{Name: jsii.String(a.dimension), Value: jsii.String(a.value)}},
			Period:     jsii.Number(alarmSeconds), EvaluationPeriods: jsii.Number(1), Threshold: jsii.Number(a.above),
			ComparisonOperator: jsii.String("GreaterThanThreshold"), TreatMissingData: jsii.String("notBreaching"),
		}
		if topic != "" {
			props.AlarmActions = &[]any{topic}
		}
		if a.missing {
			props.EvaluationPeriods, props.Threshold = jsii.Number(2), jsii.Number(1)
			props.ComparisonOperator, props.TreatMissingData = jsii.String("LessThanThreshold"), jsii.String("breaching")
		}
		awscloudwatch.NewCfnAlarm(scope, jsii.String(a.name), props)
	}
}

func alarms(p Platform) []alarm {
	all := []alarm{
		{
			"undelivered", "events or invocations that no function took lie in the queue " + p.DeadLetters(),
			"AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName", p.DeadLetters(), "Maximum", 0, false,
		},
		{
			"oldest-action", "an action has been in progress for longer than 8 hours",
			resources.MetricNamespace, resources.MetricOldestAction, resources.MetricPlatform, p.Name, "Maximum", oldestSeconds, false,
		},
	}
	if p.has(resources.Sweep) {
		all = append(all, alarm{
			resources.Sweep + "-missing", "nothing has invoked the function " + p.Function(resources.Sweep) + " for ten minutes: what is due is not done",
			"AWS/Lambda", "Invocations", "FunctionName", p.Function(resources.Sweep), "Sum", 0, true,
		})
	}
	for _, function := range p.Functions {
		for _, of := range [][2]string{{"Errors", "fails"}, {"Throttles", "is throttled"}} {
			all = append(all, alarm{
				function + "-" + of[0], "the function " + p.Function(function) + " " + of[1],
				"AWS/Lambda", of[0], "FunctionName", p.Function(function), "Sum", 0, false,
			})
		}
	}
	return all
}
