package infra

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsapigateway"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"github.com/penstock-ci/penstock/internal/api"
	"github.com/penstock-ci/penstock/internal/resources"
)

// Requests of CodePipeline's API in a second, together and at once. People and scripts ask; who asks more comes again, as
// the SDKs do of themselves.
const (
	apiRate  = 50
	apiBurst = 100
	apiStage = "v1"
	// apiMillis is how long the API waits for the function, which ends itself before.
	apiMillis = 29_000
)

// apiRoute is a route of the API: its function gets the path as it was asked for.
type apiRoute struct{ Path, Authorization string }

// apiRoutes are all there are. A path below /jobs is of the first one, so IAM decides about it; a slash behind it is not
// told apart from none.
func apiRoutes() []apiRoute {
	return []apiRoute{{"{proxy+}", "AWS_IAM"}, {strings.TrimPrefix(api.JobsPath, "/"), "NONE"}}
}

// newAPI makes the REST API on which answer-api answers CodePipeline's operations. It has no resource policy: whom the
// account's policies allow execute-api:Invoke may call, and nobody of another account.
func newAPI(p Platform, logRole bool) {
	if !p.has(resources.AnswerAPI) {
		return
	}
	scope := constructs.NewConstruct(p.Scope, jsii.String("Api"))
	made := awsapigateway.NewCfnRestApi(scope, jsii.String("Api"), &awsapigateway.CfnRestApiProps{
		Name: jsii.String(p.Name), Description: jsii.String("CodePipeline's API, for the pipelines of " + p.Name),
		EndpointConfiguration: &awsapigateway.CfnRestApi_EndpointConfigurationProperty{Types: texts("REGIONAL")},
	})
	suppress(made, "AwsSolutions-APIG2")
	var methods []awsapigateway.CfnMethod
	for _, route := range apiRoutes() {
		methods = append(methods, newMethod(scope, p, made, route))
	}
	stage := newStage(scope, p, made, newDeployment(scope, made, methods))
	if logRole {
		stage.Node().AddDependency(newLogRole(scope, p))
	}
	at := p.Region + ":" + p.Account + ":" + *made.Ref()
	mayInvoke(p, resources.AnswerAPI, invoker{
		"apigateway.amazonaws.com", "arn:" + p.Partition + ":execute-api:" + at + "/" + apiStage + "/POST/*",
	})
	awscdk.NewCfnOutput(scope, jsii.String("Url"), &awscdk.CfnOutputProps{
		Value:       jsii.String("https://" + *made.Ref() + ".execute-api." + p.Region + "." + *awscdk.Aws_URL_SUFFIX() + "/" + apiStage),
		Description: jsii.String("CodePipeline's API: --platform URL; functions give the results of jobs to URL" + api.JobsPath),
	}).OverrideLogicalId(jsii.String("ApiUrl"))
}

// newMethod makes a route. The function has 10 MB of a request, and checks it against CodePipeline's model.
func newMethod(scope constructs.Construct, p Platform, of awsapigateway.CfnRestApi, route apiRoute) awsapigateway.CfnMethod {
	resource := awsapigateway.NewCfnResource(scope, jsii.String("Resource-"+route.Path), &awsapigateway.CfnResourceProps{
		RestApiId: of.Ref(), ParentId: of.AttrRootResourceId(), PathPart: jsii.String(route.Path),
	})
	method := awsapigateway.NewCfnMethod(scope, jsii.String("Method-"+route.Path), &awsapigateway.CfnMethodProps{
		RestApiId: of.Ref(), ResourceId: resource.Ref(), HttpMethod: jsii.String("POST"), AuthorizationType: jsii.String(route.Authorization),
		Integration: &awsapigateway.CfnMethod_IntegrationProperty{
			Type: jsii.String("AWS_PROXY"), IntegrationHttpMethod: jsii.String("POST"), TimeoutInMillis: jsii.Number(apiMillis),
			Uri: jsii.String("arn:" + p.Partition + ":apigateway:" + p.Region + ":lambda:path/2015-03-31/functions/" +
				p.FunctionARN(resources.AnswerAPI) + "/invocations"),
		},
	})
	if route.Authorization == "NONE" {
		suppressBecause(method, "AwsSolutions-APIG4", jobsReason)
	}
	suppress(method, "AwsSolutions-COG4")
	return method
}

// newDeployment deploys the routes. A deployment is what they are when it is made, so other routes are another one: its
// logical ID is made of them.
func newDeployment(scope constructs.Construct, of awsapigateway.CfnRestApi, methods []awsapigateway.CfnMethod) awsapigateway.CfnDeployment {
	text, _ := json.Marshal(apiRoutes()) // strings always encode
	sum := sha256.Sum256(text)
	deployment := awsapigateway.NewCfnDeployment(scope, jsii.String("Deployment-"+hex.EncodeToString(sum[:4])), &awsapigateway.CfnDeploymentProps{
		RestApiId: of.Ref(),
	})
	for _, method := range methods {
		deployment.Node().AddDependency(method)
	}
	return deployment
}

func newStage(
	scope constructs.Construct, p Platform, of awsapigateway.CfnRestApi, deployment awsapigateway.CfnDeployment,
) awsapigateway.CfnStage {
	logs := newLogs(scope, "/aws/apigateway/"+p.Name+"-api", p)
	stage := awsapigateway.NewCfnStage(scope, jsii.String("Stage"), &awsapigateway.CfnStageProps{
		RestApiId: of.Ref(), DeploymentId: deployment.Ref(), StageName: jsii.String(apiStage),
		AccessLogSetting: &awsapigateway.CfnStage_AccessLogSettingProperty{
			DestinationArn: logs.AttrArn(), Format: jsii.String(accessLog("identity.userArn", "httpMethod", "error.responseType")),
		},
		MethodSettings: &[]any{&awsapigateway.CfnStage_MethodSettingProperty{
			HttpMethod: jsii.String("*"), ResourcePath: jsii.String("/*"), CachingEnabled: jsii.Bool(false), MetricsEnabled: jsii.Bool(true),
			LoggingLevel: jsii.String("OFF"), DataTraceEnabled: jsii.Bool(false),
			ThrottlingRateLimit: jsii.Number(apiRate), ThrottlingBurstLimit: jsii.Number(apiBurst),
		}},
	})
	suppress(stage, "AwsSolutions-APIG3", "AwsSolutions-APIG6")
	return stage
}

// newLogRole lets API Gateway write access logs. An account has one such role in a Region, for all its REST APIs, so it stays
// when the platform goes: what else logs by it would fall silent. It has no name, for the same reason. The policy is the one
// of AWS: API Gateway refuses a role that may less.
func newLogRole(scope constructs.Construct, p Platform) awsapigateway.CfnAccount {
	role := awsiam.NewCfnRole(scope, jsii.String("LogRole"), &awsiam.CfnRoleProps{
		Description: jsii.String("lets API Gateway write the logs of all APIs of this account and Region"), Path: jsii.String(p.RolePath()),
		AssumeRolePolicyDocument: object(p.GatewayTrust()),
		ManagedPolicyArns:        &[]any{"arn:" + p.Partition + ":iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs"},
	})
	suppress(role, "AwsSolutions-IAM4")
	removal(role, false)
	account := awsapigateway.NewCfnAccount(scope, jsii.String("Account"), &awsapigateway.CfnAccountProps{CloudWatchRoleArn: role.AttrArn()})
	removal(account, false)
	return account
}
