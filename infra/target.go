package infra

import (
	"fmt"

	"github.com/aws/aws-cdk-go/awscdk/v2/awsevents"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"github.com/penstock-ci/penstock/internal/resources"
)

// accounts is a list of accounts' numbers.
func (c *context) accounts(name string) []string {
	all := c.list(name, "")
	for _, account := range all {
		if !resources.IsAccount(account) {
			c.wrong(name, account, `a list of accounts, such as ["444455556666"]`)
		}
	}
	return all
}

// newTargets lets the accounts that pipelines deploy to tell the platform what happens there.
func newTargets(p Platform, targets []string) {
	scope := constructs.NewConstruct(p.Scope, jsii.String("Targets"))
	for _, account := range targets {
		awsevents.NewCfnEventBusPolicy(scope, jsii.String("Events-"+account), &awsevents.CfnEventBusPolicyProps{
			StatementId: jsii.String(fmt.Sprintf("%s-%s", p.Name, account)), Statement: object(resources.DocumentStatement{
				Effect: "Allow", Principal: accountOf(p.Platform, account), Action: []string{"events:PutEvents"}, Resource: []string{p.BusARN()},
			}),
		})
	}
}

func accountOf(p resources.Platform, account string) map[string]any {
	return map[string]any{"AWS": "arn:" + p.Partition + ":iam::" + account + ":root"}
}

// targetRoles match the roles that the targets' stacks have for the platform, in any Region.
func targetRoles(p resources.Platform, account string) string {
	p.Account, p.Region = account, "*"
	return p.TargetRoleARN()
}

// targetStatements let targets' roles read and write artifacts.
func targetStatements(p resources.Platform, targets []string) []resources.DocumentStatement {
	var all []resources.DocumentStatement
	for _, account := range targets {
		all = append(all, resources.DocumentStatement{
			Effect: "Allow", Principal: accountOf(p, account), Resource: []string{p.BucketARN(p.Bucket()) + "/*"},
			Action:    []string{"s3:GetObject", "s3:GetObjectVersion", "s3:PutObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"},
			Condition: map[string]map[string]any{"ArnLike": {"aws:PrincipalArn": targetRoles(p, account)}},
		})
	}
	return all
}

// targetKeyStatements let targets' roles use the key of the artifacts, through S3.
func targetKeyStatements(p resources.Platform, targets []string) []resources.DocumentStatement {
	var all []resources.DocumentStatement
	for _, account := range targets {
		all = append(all, resources.DocumentStatement{
			Effect: "Allow", Principal: accountOf(p, account), Action: []string{"kms:Decrypt", "kms:GenerateDataKey"}, Resource: []string{"*"},
			Condition: map[string]map[string]any{
				"ArnLike":      {"aws:PrincipalArn": targetRoles(p, account)},
				"StringEquals": {"kms:ViaService": "s3." + p.Region + ".amazonaws.com"},
			},
		})
	}
	return all
}
