package infra

import (
	"encoding/json"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsapigatewayv2"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"github.com/penstock-ci/penstock/internal/resources"
)

// Requests of webhooks in a second, together and at once; who sends more is asked to come again.
const (
	webhookRate  = 20
	webhookBurst = 40
)

// webhookRoute is the only route: the handler finds the webhook by both names, and compares the signature.
const webhookRoute = "POST /webhooks/{pipeline}/{webhook}"

// newWebhooks makes the HTTP API that webhooks are sent to, and says where that is. CodePipeline's API is another one: HTTP APIs
// give their functions paths decoded.
func newWebhooks(p Platform) (url string) {
	if !p.has(resources.ReceiveWebhook) {
		return ""
	}
	scope := constructs.NewConstruct(p.Scope, jsii.String("Webhooks"))
	api := awsapigatewayv2.NewCfnApi(scope, jsii.String("Api"), &awsapigatewayv2.CfnApiProps{
		Name: jsii.String(p.Name + "-webhooks"), ProtocolType: jsii.String("HTTP"), Description: jsii.String("webhooks of pipelines"),
	})
	integration := awsapigatewayv2.NewCfnIntegration(scope, jsii.String("Integration"), &awsapigatewayv2.CfnIntegrationProps{
		ApiId: api.Ref(), IntegrationType: jsii.String("AWS_PROXY"), PayloadFormatVersion: jsii.String("2.0"),
		IntegrationUri: jsii.String(p.FunctionARN(resources.ReceiveWebhook)),
	})
	suppress(awsapigatewayv2.NewCfnRoute(scope, jsii.String("Route"), &awsapigatewayv2.CfnRouteProps{
		ApiId: api.Ref(), RouteKey: jsii.String(webhookRoute), AuthorizationType: jsii.String("NONE"),
		Target: jsii.String("integrations/" + *integration.Ref()),
	}), "AwsSolutions-APIG4")
	logs := newLogs(scope, "/aws/apigateway/"+p.Name+"-webhooks", p)
	awsapigatewayv2.NewCfnStage(scope, jsii.String("Stage"), &awsapigatewayv2.CfnStageProps{
		ApiId: api.Ref(), StageName: jsii.String("$default"), AutoDeploy: jsii.Bool(true),
		DefaultRouteSettings: &awsapigatewayv2.CfnStage_RouteSettingsProperty{
			ThrottlingRateLimit: jsii.Number(webhookRate), ThrottlingBurstLimit: jsii.Number(webhookBurst),
		},
		AccessLogSettings: &awsapigatewayv2.CfnStage_AccessLogSettingsProperty{
			DestinationArn: logs.AttrArn(), Format: jsii.String(accessLog("routeKey")),
		},
	})
	source := "arn:" + p.Partition + ":execute-api:" + p.Region + ":" + p.Account + ":" + *api.Ref() + "/*/POST/webhooks/*/*"
	mayInvoke(p, resources.ReceiveWebhook, invoker{"apigateway.amazonaws.com", source})
	url = *api.AttrApiEndpoint() + "/webhooks/"
	awscdk.NewCfnOutput(scope, jsii.String("Url"), &awscdk.CfnOutputProps{
		Value: jsii.String(url), ExportName: jsii.String(p.WebhooksExport()),
		Description: jsii.String("where webhooks are sent to: PIPELINE/WEBHOOK behind it"),
	}).OverrideLogicalId(jsii.String("WebhooksUrl"))
	return url
}

// accessLog is what is logged of a request, with further names that one kind of API has. It has no query, no header and no
// body: a secret may stand in them.
func accessLog(more ...string) string {
	format := map[string]string{}
	for _, name := range append(more, "requestId", "identity.sourceIp", "requestTime", "path", "status", "responseLength") {
		format[name] = "$context." + name
	}
	text, _ := json.Marshal(format) // strings always encode
	return string(text)
}
