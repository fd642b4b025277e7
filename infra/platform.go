package infra

import (
	"errors"
	"path/filepath"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"github.com/penstock-ci/penstock/internal/resources"
)

// PlatformProps say what a platform is like.
type PlatformProps struct {
	// Name begins the names of everything; "penstock" where it is empty.
	Name string
	// Functions is the folder with the binaries of the Lambda functions: NAME/bootstrap for each.
	Functions string
	// Architecture is that of the binaries: arm64 where it is empty, or x86_64.
	Architecture string
	// Removable is set where deleting the stack may delete artifacts, records and the key with it.
	Removable bool
	// OtherLogRole is set where the account's API Gateway has a role for logs in this Region that another stack gave it.
	OtherLogRole bool
	// Targets are other accounts that pipelines deploy to, in which the stack of penstock bootstrap-target is.
	Targets []string
	// LogDays is how long logs are kept; DefaultLogDays where it is 0. CloudWatch Logs takes certain numbers only.
	LogDays int
	// AlarmTopic is the ARN of the SNS topic that alarms notify; where it is empty they notify nobody.
	AlarmTopic string
}

// Platform is what all pipelines of an account and Region share.
type Platform struct {
	Scope constructs.Construct
	resources.Platform
	// Functions are the names of the functions that are there.
	Functions []string
	// WebhooksURL is where webhooks are sent to, with PIPELINE/WEBHOOK behind it; empty where no function receives them.
	WebhooksURL string

	logDays int
	made    constructs.Construct // nil where another app makes it
}

// NewPlatform makes a platform. The error names what is wrong in the props, and functions that have no binary.
func NewPlatform(scope constructs.Construct, id string, props PlatformProps) (Platform, error) {
	if props.Name == "" {
		props.Name = resources.DefaultName
	}
	if err := errors.Join(props.check(), checkBinaries(props.Functions)); err != nil {
		return Platform{}, err
	}
	own := constructs.NewConstruct(scope, jsii.String(id))
	made := Platform{Scope: own, logDays: props.LogDays, made: own}
	key := newKey(made, props)
	made.Platform = here(props.Name, *key.AttrArn())
	newBucket(made, props)
	newTable(made, props.Removable)
	newDeadLetters(made)
	for _, f := range made.LambdaFunctions(assetsBucket(made.Scope)) {
		newFunction(made, f, filepath.Join(props.Functions, f.Name), props.Architecture)
		made.Functions = append(made.Functions, f.Name)
	}
	if err := newPlatformRules(made); err != nil {
		return Platform{}, err
	}
	newProjects(made)
	made.WebhooksURL = newWebhooks(made)
	newTargets(made, props.Targets)
	newAPI(made, !props.OtherLogRole)
	newAlarms(made, props.AlarmTopic)
	newDashboard(made)
	awscdk.NewCfnOutput(made.Scope, jsii.String("KeyArn"), &awscdk.CfnOutputProps{
		Value: key.AttrArn(), ExportName: jsii.String(made.KeyExport()), Description: jsii.String("the key that encrypts everything of the platform"),
	})
	return made, nil
}

// DeployedPlatform is a platform that another stack makes, for pipelines of an app of their own. functions are those of
// its functions that handle actions; all of them where there are none.
func DeployedPlatform(scope constructs.Construct, name string, functions ...string) Platform {
	if name == "" {
		name = resources.DefaultName
	}
	if len(functions) == 0 {
		functions = resources.Functions()
	}
	p := here(name, "")
	p.Key = *awscdk.Fn_ImportValue(jsii.String(p.KeyExport()))
	deployed := Platform{Scope: scope, Platform: p, Functions: functions}
	if deployed.has(resources.ReceiveWebhook) {
		deployed.WebhooksURL = *awscdk.Fn_ImportValue(jsii.String(p.WebhooksExport()))
	}
	return deployed
}

// removal says what becomes of what holds records or artifacts.
func removal(resource awscdk.CfnResource, removable bool) {
	policy := awscdk.RemovalPolicy_RETAIN
	if removable {
		policy = awscdk.RemovalPolicy_DESTROY
	}
	resource.ApplyRemovalPolicy(policy, nil)
}

// assetsBucket is the bucket of the bootstrap stack, in which the CDK puts assets.
func assetsBucket(scope constructs.Construct) string {
	qualifier, is := scope.Node().TryGetContext(jsii.String("@aws-cdk/core:bootstrapQualifier")).(string)
	if !is {
		qualifier = *awscdk.DefaultStackSynthesizer_DEFAULT_QUALIFIER()
	}
	return "cdk-" + qualifier + "-assets-" + *awscdk.Aws_ACCOUNT_ID() + "-" + *awscdk.Aws_REGION()
}
