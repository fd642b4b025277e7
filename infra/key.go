package infra

import (
	"github.com/aws/aws-cdk-go/awscdk/v2/awskms"
	"github.com/aws/jsii-runtime-go"

	"github.com/penstock-ci/penstock/internal/resources"
)

// newKey makes the key that encrypts artifacts, records, histories and logs.
func newKey(made Platform, props PlatformProps) awskms.CfnKey {
	p := here(props.Name, "")
	key := awskms.NewCfnKey(made.Scope, jsii.String("Key"), &awskms.CfnKeyProps{
		Description:       jsii.String("artifacts, records, histories and logs of " + p.Name),
		EnableKeyRotation: jsii.Bool(true), KeyPolicy: keyPolicy(p, props.Targets),
	})
	removal(key, props.Removable)
	awskms.NewCfnAlias(made.Scope, jsii.String("KeyAlias"), &awskms.CfnAliasProps{
		AliasName: jsii.String(p.KeyAlias()), TargetKeyId: key.AttrKeyId(),
	})
	return key
}

// keyPolicy lets the account use the key by its policies, targets for the artifacts, and CloudWatch Logs for the log groups of the platform alone.
// In the policy of a key, "*" is that key.
func keyPolicy(p resources.Platform, targets []string) map[string]any {
	anyKey := []string{"*"}
	logs := "arn:" + p.Partition + ":logs:" + p.Region + ":" + p.Account + ":"
	return object(resources.Document{Version: "2012-10-17", Statement: append(targetKeyStatements(p, targets), []resources.DocumentStatement{
		{
			Effect: "Allow", Principal: map[string]any{"AWS": "arn:" + p.Partition + ":iam::" + p.Account + ":root"},
			Action: resources.KeyAdministration(), Resource: anyKey,
		},
		{
			Effect: "Allow", Principal: map[string]any{"Service": "logs." + p.Region + ".amazonaws.com"},
			Action:   []string{"kms:Encrypt", "kms:Decrypt", "kms:ReEncryptFrom", "kms:ReEncryptTo", "kms:GenerateDataKey", "kms:DescribeKey"},
			Resource: anyKey,
			Condition: map[string]map[string]any{"ArnLike": {"kms:EncryptionContext:aws:logs:arn": []string{
				logs + "log-group:/aws/lambda/" + p.Name + "-*", logs + "log-group:/aws/vendedlogs/states/" + p.Name + "/*",
				logs + "log-group:/aws/codebuild/" + p.Name + "-*", logs + "log-group:/aws/apigateway/" + p.Name + "-*",
			}}},
		},
		{
			// It delivers the logs of state machines that this key encrypts.
			Effect: "Allow", Principal: map[string]any{"Service": "delivery.logs.amazonaws.com"},
			Action: []string{"kms:Decrypt"}, Resource: anyKey,
			Condition: map[string]map[string]any{
				"StringEquals": {"aws:SourceAccount": p.Account}, "ArnLike": {"aws:SourceArn": logs + "*"},
			},
		},
	}...)})
}
