package infra

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2/awss3assets"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsstepfunctions"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"github.com/penstock-ci/penstock/internal/resources"
)

// maxInlineDefinitions is how many bytes of definitions a stack's template holds; the rest are assets. A template may
// have 1 MB, and escapes make text longer.
const maxInlineDefinitions = 200_000

// reuseSeconds is how long Step Functions uses a data key again, which spares calls of KMS.
const reuseSeconds = 300

// newStateMachines makes the pipeline's state machines, with one role and one log group.
func newStateMachines(p Pipeline) ([]awsstepfunctions.CfnStateMachine, error) {
	of := p.platform
	role := newRole(p.Scope, "MachineRole", of, rolePlan{
		name: of.StateMachineRole(p.Name), path: of.RolePath(), description: "what the state machines of pipeline " + p.Name + " may do",
		trust: of.MachineTrust(p.Pipeline), statements: of.MachineRole(p.Pipeline),
	})
	logs := newLogs(p.Scope, of.StateMachineLogs(p.Name), of)
	var machines []awsstepfunctions.CfnStateMachine
	inline := 0
	for i, machine := range p.Machines {
		id := fmt.Sprintf("StateMachine%d", i+1)
		props := &awsstepfunctions.CfnStateMachineProps{
			StateMachineName: jsii.String(machine.Name), StateMachineType: jsii.String("STANDARD"), RoleArn: role.AttrArn(),
			DefinitionSubstitutions: p.substitutions(machine),
			LoggingConfiguration: &awsstepfunctions.CfnStateMachine_LoggingConfigurationProperty{
				Level: jsii.String("ERROR"), IncludeExecutionData: jsii.Bool(false),
				Destinations: &[]any{&awsstepfunctions.CfnStateMachine_LogDestinationProperty{
					CloudWatchLogsLogGroup: &awsstepfunctions.CfnStateMachine_CloudWatchLogsLogGroupProperty{LogGroupArn: logs.AttrArn()},
				}},
			},
			TracingConfiguration: &awsstepfunctions.CfnStateMachine_TracingConfigurationProperty{Enabled: jsii.Bool(true)},
			EncryptionConfiguration: &awsstepfunctions.CfnStateMachine_EncryptionConfigurationProperty{
				Type: jsii.String("CUSTOMER_MANAGED_KMS_KEY"), KmsKeyId: jsii.String(of.Key),
				KmsDataKeyReusePeriodSeconds: jsii.Number(reuseSeconds),
			},
		}
		if inline += len(machine.Definition); inline <= maxInlineDefinitions {
			props.DefinitionString = jsii.String(string(machine.Definition))
		} else {
			asset, err := newTextAsset(p.Scope, id+"Definition", machine.Definition)
			if err != nil {
				return nil, err
			}
			props.DefinitionS3Location = &awsstepfunctions.CfnStateMachine_S3LocationProperty{
				Bucket: asset.S3BucketName(), Key: asset.S3ObjectKey(),
			}
		}
		made := awsstepfunctions.NewCfnStateMachine(p.Scope, jsii.String(id), props)
		suppress(made, "AwsSolutions-SF1")
		machines = append(machines, made)
	}
	return machines, nil
}

// substitutions are what the ${} of a machine's definition stand for.
func (p Pipeline) substitutions(machine resources.Machine) map[string]*string {
	all := map[string]*string{}
	for _, handler := range machine.Functions {
		all[handler] = jsii.String(p.platform.FunctionARN(resources.Lambda()[handler]))
	}
	for _, name := range machine.Open {
		all[name] = jsii.String(p.open.value(name))
	}
	return all
}

// newTextAsset makes an asset of one text.
func newTextAsset(scope constructs.Construct, id string, text []byte) (awss3assets.Asset, error) {
	folder, err := os.MkdirTemp("", "penstock-")
	if err != nil {
		return nil, fmt.Errorf("write asset %s: %w", id, err)
	}
	defer func() { _ = os.RemoveAll(folder) }() // the asset is copied when it is made
	file := filepath.Join(folder, strings.ToLower(id)+".json")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		return nil, fmt.Errorf("write asset %s: %w", id, err)
	}
	return awss3assets.NewAsset(scope, jsii.String(id), &awss3assets.AssetProps{Path: jsii.String(file)}), nil
}
