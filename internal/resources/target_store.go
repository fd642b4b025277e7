package resources

// targetDays is how long a target's bucket keeps what is no longer current, as the platform's does; brokenOffDays how long
// what was not uploaded to its end.
const (
	targetDays    = 90
	brokenOffDays = 7
)

// keyResource is the key of a target's artifacts: the platform's pipelines use it, through S3.
func keyResource(home, there Platform, roles []string) map[string]any {
	anyKey := []string{"*"} // in the policy of a key, that key
	return kept(resourceOf("AWS::KMS::Key", map[string]any{
		"Description": "artifacts of " + home.Name, "EnableKeyRotation": true,
		"KeyPolicy": Document{Version: "2012-10-17", Statement: []DocumentStatement{
			{
				Effect: "Allow", Principal: map[string]any{"AWS": there.global("root")},
				Action: KeyAdministration(), Resource: anyKey,
			},
			{
				Effect: "Allow", Principal: map[string]any{"AWS": home.global("root")}, Action: keyActions(), Resource: anyKey,
				Condition: map[string]map[string]any{
					"ArnLike": {"aws:PrincipalArn": single(roles)}, "StringEquals": {"kms:ViaService": "s3." + there.Region + ".amazonaws.com"},
				},
			},
		}},
	}))
}

func keyAliasResource(there Platform) map[string]any {
	return resourceOf("AWS::KMS::Alias", map[string]any{
		"AliasName": there.KeyAlias() + "-" + targetPart, "TargetKeyId": map[string]any{"Ref": "Key"},
	})
}

// bucketResource is the bucket for artifacts of the target's Region: as the platform's own.
func bucketResource(there Platform) map[string]any {
	return kept(resourceOf("AWS::S3::Bucket", map[string]any{
		"BucketName":              there.TargetBucket(),
		"VersioningConfiguration": map[string]any{"Status": "Enabled"},
		"BucketEncryption": map[string]any{"ServerSideEncryptionConfiguration": []any{map[string]any{
			"BucketKeyEnabled":              true,
			"ServerSideEncryptionByDefault": map[string]any{"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": there.Key},
		}}},
		"OwnershipControls": map[string]any{"Rules": []any{map[string]any{"ObjectOwnership": "BucketOwnerEnforced"}}},
		"PublicAccessBlockConfiguration": map[string]any{
			"BlockPublicAcls": true, "BlockPublicPolicy": true, "IgnorePublicAcls": true, "RestrictPublicBuckets": true,
		},
		"LifecycleConfiguration": map[string]any{"Rules": []any{
			map[string]any{
				"Id": "noncurrent", "Status": "Enabled", "ExpiredObjectDeleteMarker": true,
				"NoncurrentVersionExpiration": map[string]any{"NoncurrentDays": targetDays},
			},
			map[string]any{
				"Id": "broken-off", "Status": "Enabled", "AbortIncompleteMultipartUpload": map[string]any{"DaysAfterInitiation": brokenOffDays},
			},
		}},
	}))
}

// bucketPolicyResource lets pipelines of the platform read and write artifacts, by TLS only.
func bucketPolicyResource(home Platform, roles []string) map[string]any {
	objects := append(writing(), "s3:GetObject", "s3:GetObjectVersion")
	return resourceOf("AWS::S3::BucketPolicy", map[string]any{
		"Bucket": map[string]any{"Ref": "Artifacts"},
		"PolicyDocument": Document{Version: "2012-10-17", Statement: []DocumentStatement{
			{
				Effect: "Deny", Principal: "*", Action: []string{"s3:*"}, Resource: []string{"${Artifacts.Arn}", "${Artifacts.Arn}/*"},
				Condition: map[string]map[string]any{"Bool": {"aws:SecureTransport": "false"}},
			},
			{
				Effect: "Allow", Principal: map[string]any{"AWS": home.global("root")}, Action: objects, Resource: []string{"${Artifacts.Arn}/*"},
				Condition: map[string]map[string]any{"ArnLike": {"aws:PrincipalArn": single(roles)}},
			},
		}},
	})
}
