package infra

import (
	"github.com/aws/aws-cdk-go/awscdk/v2/awsdynamodb"
	"github.com/aws/jsii-runtime-go"
)

// newTable makes the table of all records. Keys are strings, so that a console shows them.
func newTable(p Platform, removable bool) {
	table := awsdynamodb.NewCfnTable(p.Scope, jsii.String("Table"), &awsdynamodb.CfnTableProps{
		TableName: jsii.String(p.Table()), BillingMode: jsii.String("PAY_PER_REQUEST"),
		AttributeDefinitions: &[]any{
			&awsdynamodb.CfnTable_AttributeDefinitionProperty{AttributeName: jsii.String("pk"), AttributeType: jsii.String("S")},
			&awsdynamodb.CfnTable_AttributeDefinitionProperty{AttributeName: jsii.String("sk"), AttributeType: jsii.String("S")},
		},
		KeySchema: &[]any{
			&awsdynamodb.CfnTable_KeySchemaProperty{AttributeName: jsii.String("pk"), KeyType: jsii.String("HASH")},
			&awsdynamodb.CfnTable_KeySchemaProperty{AttributeName: jsii.String("sk"), KeyType: jsii.String("RANGE")},
		},
		PointInTimeRecoverySpecification: &awsdynamodb.CfnTable_PointInTimeRecoverySpecificationProperty{
			PointInTimeRecoveryEnabled: jsii.Bool(true),
		},
		TimeToLiveSpecification: &awsdynamodb.CfnTable_TimeToLiveSpecificationProperty{
			AttributeName: jsii.String("expires"), Enabled: jsii.Bool(true),
		},
		SseSpecification: &awsdynamodb.CfnTable_SSESpecificationProperty{
			SseEnabled: jsii.Bool(true), SseType: jsii.String("KMS"), KmsMasterKeyId: jsii.String(p.Key),
		},
		DeletionProtectionEnabled: jsii.Bool(!removable),
	})
	removal(table, removable)
}
