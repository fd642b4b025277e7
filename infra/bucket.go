package infra

import (
	"github.com/aws/aws-cdk-go/awscdk/v2/awss3"
	"github.com/aws/jsii-runtime-go"

	"github.com/penstock-ci/penstock/internal/resources"
)

// How long the bucket keeps what nobody asked it to keep. A key is new for each run of an action, so a version that is no
// longer current is what somebody deleted, or what was put twice because an answer was lost; a record may name the earlier of
// those two. Ninety days outlast the longest execution: an approval waits 60 at most.
const (
	noncurrentDays = 90
	brokenOffDays  = 7 // an upload of parts is given up within a day
)

// newBucket makes the artifact bucket: versioned, encrypted with the platform's key, reached by TLS only. Current
// versions stay: a retry or a rollback may need them, however old they are.
func newBucket(p Platform, props PlatformProps) {
	bucket := awss3.NewCfnBucket(p.Scope, jsii.String("Artifacts"), &awss3.CfnBucketProps{
		BucketName:              jsii.String(p.Bucket()),
		VersioningConfiguration: &awss3.CfnBucket_VersioningConfigurationProperty{Status: jsii.String("Enabled")},
		BucketEncryption: &awss3.CfnBucket_BucketEncryptionProperty{ServerSideEncryptionConfiguration: &[]any{
			&awss3.CfnBucket_ServerSideEncryptionRuleProperty{
				BucketKeyEnabled: jsii.Bool(true),
				ServerSideEncryptionByDefault: &awss3.CfnBucket_ServerSideEncryptionByDefaultProperty{
					SseAlgorithm: jsii.String("aws:kms"), KmsMasterKeyId: jsii.String(p.Key),
				},
			},
		}},
		OwnershipControls: &awss3.CfnBucket_OwnershipControlsProperty{Rules: &[]any{
			&awss3.CfnBucket_OwnershipControlsRuleProperty{ObjectOwnership: jsii.String("BucketOwnerEnforced")},
		}},
		PublicAccessBlockConfiguration: &awss3.CfnBucket_PublicAccessBlockConfigurationProperty{
			BlockPublicAcls: jsii.Bool(true), BlockPublicPolicy: jsii.Bool(true),
			IgnorePublicAcls: jsii.Bool(true), RestrictPublicBuckets: jsii.Bool(true),
		},
		LifecycleConfiguration: &awss3.CfnBucket_LifecycleConfigurationProperty{Rules: &[]any{
			&awss3.CfnBucket_RuleProperty{
				Id: jsii.String("noncurrent"), Status: jsii.String("Enabled"), ExpiredObjectDeleteMarker: jsii.Bool(true),
				NoncurrentVersionExpiration: &awss3.CfnBucket_NoncurrentVersionExpirationProperty{NoncurrentDays: jsii.Number(noncurrentDays)},
			},
			&awss3.CfnBucket_RuleProperty{
				Id: jsii.String("broken-off"), Status: jsii.String("Enabled"),
				AbortIncompleteMultipartUpload: &awss3.CfnBucket_AbortIncompleteMultipartUploadProperty{DaysAfterInitiation: jsii.Number(brokenOffDays)},
			},
		}},
	})
	removal(bucket, props.Removable)
	suppress(bucket, "AwsSolutions-S1")
	awss3.NewCfnBucketPolicy(p.Scope, jsii.String("ArtifactsPolicy"), &awss3.CfnBucketPolicyProps{
		Bucket: bucket.Ref(), PolicyDocument: object(resources.Document{Version: "2012-10-17", Statement: append(
			targetStatements(p.Platform, props.Targets), tlsOnly(*bucket.AttrArn(), "s3", *bucket.AttrArn()+"/*"))}),
	})
}

// tlsOnly denies everything of a service that does not come by TLS. It denies, so it may name everybody and everything.
func tlsOnly(resource, service string, within ...string) resources.DocumentStatement {
	return resources.DocumentStatement{
		Effect: "Deny", Principal: "*", Action: []string{service + ":*"}, Resource: append([]string{resource}, within...),
		Condition: map[string]map[string]any{"Bool": {"aws:SecureTransport": "false"}},
	}
}
