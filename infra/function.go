package infra

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"

	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslogs"
	"github.com/aws/aws-cdk-go/awscdk/v2/awss3assets"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"github.com/penstock-ci/penstock/internal/resources"
)

// repeats is how often Lambda repeats an event that a function failed on.
const repeats = 2

// Architecture is that of the functions where nothing else is asked for.
const Architecture = "arm64"

// checkBinaries holds that a folder has, for each function, all programs of its bundle, as NAME/bootstrap. The error names all
// that are missing.
func checkBinaries(root string) error {
	var missing []string
	for _, name := range resources.Functions() {
		for _, program := range resources.Programs(name) {
			at := path.Join(name, program)
			switch _, err := os.Stat(filepath.Join(root, filepath.FromSlash(at))); {
			case errors.Is(err, fs.ErrNotExist):
				missing = append(missing, at)
			case err != nil:
				return fmt.Errorf("look for program %s: %w", at, err)
			}
		}
	}
	if len(missing) > 0 {
		return noBinariesError(root, missing)
	}
	return nil
}

// newFunction makes a Lambda function with a role and a log group of its own. The asset's hash is that of its content,
// so a function that did not change is not deployed again.
func newFunction(p Platform, f resources.Function, folder, architecture string) {
	scope := constructs.NewConstruct(p.Scope, jsii.String(f.Name))
	newLogs(scope, p.FunctionLogs(f.Name), p)
	role := newRole(scope, "Role", p, rolePlan{
		name: p.FunctionRole(f.Name), path: p.RolePath(), trust: p.LambdaTrust(), statements: f.Role,
		description: "what " + f.Name + " of " + p.Name + " may do",
	})
	code := awss3assets.NewAsset(scope, jsii.String("Code"), &awss3assets.AssetProps{Path: jsii.String(folder)})
	if architecture == "" {
		architecture = Architecture
	}
	made := awslambda.NewCfnFunction(scope, jsii.String("Function"), &awslambda.CfnFunctionProps{
		FunctionName: jsii.String(p.Function(f.Name)), Description: jsii.String(f.Does),
		Runtime: jsii.String("provided.al2023"), Handler: jsii.String(resources.Bootstrap), Architectures: texts(architecture),
		Code:          &awslambda.CfnFunction_CodeProperty{S3Bucket: code.S3BucketName(), S3Key: code.S3ObjectKey()},
		Role:          role.AttrArn(),
		MemorySize:    jsii.Number(f.Memory),
		Timeout:       jsii.Number(f.Timeout),
		Environment:   &awslambda.CfnFunction_EnvironmentProperty{Variables: settings(p)},
		KmsKeyArn:     jsii.String(p.Key),
		LoggingConfig: &awslambda.CfnFunction_LoggingConfigProperty{LogGroup: jsii.String(p.FunctionLogs(f.Name))},
		EphemeralStorage: &awslambda.CfnFunction_EphemeralStorageProperty{
			Size: jsii.Number(f.Storage),
		},
	})
	made.Node().AddDependency(scope.Node().FindChild(jsii.String("Logs")))
	code.AddResourceMetadata(made, jsii.String("Code"))
	if f.Asynchronous {
		awslambda.NewCfnEventInvokeConfig(scope, jsii.String("Asynchronous"), &awslambda.CfnEventInvokeConfigProps{
			FunctionName: made.Ref(), Qualifier: jsii.String("$LATEST"), MaximumRetryAttempts: jsii.Number(repeats),
			DestinationConfig: &awslambda.CfnEventInvokeConfig_DestinationConfigProperty{
				OnFailure: &awslambda.CfnEventInvokeConfig_OnFailureProperty{Destination: jsii.String(p.DeadLettersARN())},
			},
		})
	}
}

// settings are the environment of every function; its Region Lambda tells it.
func settings(p Platform) map[string]*string {
	return map[string]*string{
		resources.SettingPlatform: jsii.String(p.Name), resources.SettingTable: jsii.String(p.Table()),
		resources.SettingBucket: jsii.String(p.Bucket()), resources.SettingKey: jsii.String(p.Key),
		resources.SettingAccount: jsii.String(p.Account), resources.SettingPartition: jsii.String(p.Partition),
		resources.SettingEventSource: jsii.String(eventSource),
	}
}

// newLogs makes a log group that the key encrypts.
func newLogs(scope constructs.Construct, name string, p Platform) awslogs.CfnLogGroup {
	return awslogs.NewCfnLogGroup(scope, jsii.String("Logs"), &awslogs.CfnLogGroupProps{
		LogGroupName: jsii.String(name), RetentionInDays: jsii.Number(cmp.Or(p.logDays, DefaultLogDays)), KmsKeyId: jsii.String(p.Key),
	})
}

// invoker is a service that may invoke a function, for a source of this account.
type invoker struct{ service, source string }

// mayInvoke lets a service invoke a function.
func mayInvoke(p Platform, function string, by invoker) {
	awslambda.NewCfnPermission(p.Scope, jsii.String("Invoke-"+function), &awslambda.CfnPermissionProps{
		Action: jsii.String("lambda:InvokeFunction"), FunctionName: jsii.String(p.Function(function)), Principal: jsii.String(by.service),
		SourceArn: jsii.String(by.source), SourceAccount: jsii.String(p.Account),
	}).Node().AddDependency(p.Scope.Node().FindChild(jsii.String(function)))
}

// has reports whether the platform has a function.
func (p Platform) has(function string) bool { return slices.Contains(p.Functions, function) }

// rolePlan says what a role is to be.
type rolePlan struct {
	name, path, description string
	trust                   resources.Document
	statements              []resources.Statement
}

// newRole makes a role; what is too long for a policy inside it becomes managed policies.
func newRole(scope constructs.Construct, id string, p Platform, plan rolePlan) awsiam.CfnRole {
	props := &awsiam.CfnRoleProps{
		RoleName: jsii.String(plan.name), Path: jsii.String(plan.path), Description: jsii.String(plan.description),
		AssumeRolePolicyDocument: object(plan.trust),
	}
	documents := p.Documents(plan.statements)
	if len(documents) == 1 {
		props.Policies = &[]any{&awsiam.CfnRole_PolicyProperty{
			PolicyName: jsii.String(p.Name), PolicyDocument: object(documents[0]),
		}}
	}
	role := awsiam.NewCfnRole(scope, jsii.String(id), props)
	suppress(role, "AwsSolutions-IAM5")
	if len(documents) < 2 {
		return role
	}
	for i, document := range documents {
		policy := awsiam.NewCfnManagedPolicy(scope, jsii.String(fmt.Sprintf("%s-%d", id, i+1)), &awsiam.CfnManagedPolicyProps{
			PolicyDocument: object(document), Roles: &[]any{*role.Ref()}, Path: jsii.String(plan.path),
		})
		suppress(policy, "AwsSolutions-IAM5")
	}
	return role
}
