package infra

import (
	"encoding/json"

	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
	"github.com/aws/jsii-runtime-go"

	"github.com/penstock-ci/penstock/internal/resources"
)

// widget is one picture of a dashboard, as CloudWatch's JSON has it.
type widget struct {
	Type       string         `json:"type"`
	X          int            `json:"x"`
	Y          int            `json:"y"`
	Width      int            `json:"width"`
	Height     int            `json:"height"`
	Properties map[string]any `json:"properties"`
}

// Two pictures stand side by side: a dashboard is 24 units wide.
const (
	widgetWidth  = 12
	widgetHeight = 6
)

// newDashboard makes the dashboard of the platform.
func newDashboard(p Platform) {
	perFunction := func(metric string) [][]any {
		var metrics [][]any
		for _, function := range p.Functions {
			metrics = append(metrics, []any{"AWS/Lambda", metric, "FunctionName", p.Function(function)})
		}
		return metrics
	}
	widgets := []struct {
		title, statistic string
		metrics          [][]any
	}{
		{"Errors", "Sum", perFunction("Errors")},
		{"Throttles", "Sum", perFunction("Throttles")},
		{"Duration", "p99", perFunction("Duration")},
		{"Invocations", "Sum", perFunction("Invocations")},
		{"Oldest action in progress, seconds", "Maximum", [][]any{
			{resources.MetricNamespace, resources.MetricOldestAction, resources.MetricPlatform, p.Name},
		}},
		{"Undelivered", "Maximum", [][]any{{"AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName", p.DeadLetters()}}},
	}
	drawn := make([]widget, 0, len(widgets))
	for i, w := range widgets {
		drawn = append(drawn, widget{
			Type: "metric", X: i % 2 * widgetWidth, Y: i / 2 * widgetHeight, Width: widgetWidth, Height: widgetHeight,
			Properties: map[string]any{
				"title": w.title, "stat": w.statistic, "period": alarmSeconds, "metrics": w.metrics, "region": p.Region, "view": "timeSeries",
			},
		})
	}
	body, _ := json.Marshal(map[string]any{"widgets": drawn}) // strings and numbers always encode
	awscloudwatch.NewCfnDashboard(p.Scope, jsii.String("Dashboard"), &awscloudwatch.CfnDashboardProps{
		DashboardName: jsii.String(p.Name), DashboardBody: jsii.String(string(body)),
	})
}
