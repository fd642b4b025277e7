package resources_test

import (
	"encoding/json"
	"testing"

	"github.com/penstock-ci/penstock/internal/artifact"
	"github.com/penstock-ci/penstock/internal/resources"
	"github.com/penstock-ci/penstock/internal/resources/machines"
	"github.com/penstock-ci/penstock/pipeline"
)

func rolesOf(t *testing.T, source string) (role, build policy) {
	t.Helper()
	d, list := pipeline.Parse("pipeline.yaml", []byte(source))
	if list.HasErrors() {
		t.Fatal(list)
	}
	made, err := here.Pipeline(d, machines.Compile, resources.Named)
	if err != nil {
		t.Fatal(err)
	}
	read := func(statements []resources.Statement) policy {
		text, err := json.Marshal(resources.NewDocument(statements))
		if err != nil {
			t.Fatal(err)
		}
		return readPolicy(t, text)
	}
	return read(made.Role), read(made.BuildRole)
}

// Names that begin alike are not one: in the store that they share, neither role of a pipeline reaches what another has.
func TestPipelinesReachTheirOwnArtifacts(t *testing.T) {
	const prod, stage = "payments-service-api-prod", "payments-service-api-stage"
	role, build := rolesOf(t, `name: `+prod+`
pipelineType: V2
stages:
- {name: Source, actions: [{name: S, actionTypeId: Source/S3, configuration: {S3Bucket: b, S3ObjectKey: k}, outputArtifacts: [{name: A}]}]}
- {name: Build, actions: [{name: C, actionTypeId: Compute/Commands, commands: [make], inputArtifacts: [{name: A}]}]}
`)
	for key, want := range map[string]bool{
		artifact.PlatformPrefix(prod) + "/A/0":    true,
		artifact.PlatformPrefix(stage) + "/A/0":   false,
		artifact.StorePrefix(prod) + "/A/0":       false,
		artifact.PlatformPrefix("payment") + "/A": false,
		"!values/0": false,
	} {
		for _, p := range []policy{role, build} {
			for _, action := range []string{"s3:GetObject", "s3:PutObject"} {
				if got := p.allows(call{action, here.BucketARN(here.Bucket()) + "/" + key, nil}); got != want {
					t.Errorf("%s of %s is allowed: %t", action, key, got)
				}
			}
		}
	}
	// No name of a pipeline gives it the values of all.
	role, _ = rolesOf(t, `name: .values
stages:
- {name: Source, actions: [{name: S, actionTypeId: Source/S3, configuration: {S3Bucket: b, S3ObjectKey: k}, outputArtifacts: [{name: A}]}]}
- {name: Deploy, actions: [{name: D, actionTypeId: Deploy/S3, configuration: {BucketName: d, Extract: "true"}, inputArtifacts: [{name: A}]}]}
`)
	if role.allows(call{"s3:GetObject", here.BucketARN(here.Bucket()) + "/!values/0", nil}) {
		t.Error("a pipeline reads the values of records")
	}
}

// What a definition names stands in permissions as it is: its wildcards are none.
func TestWildcardsOfADefinitionAreNone(t *testing.T) {
	role, build := rolesOf(t, `name: shop
pipelineType: V2
artifactStore: {type: S3, location: own-store, encryptionKey: {type: KMS, id: "arn:aws:kms:*:111122223333:key/*"}}
stages:
- name: Source
  actions:
  - {name: S, actionTypeId: Source/S3, configuration: {S3Bucket: b, S3ObjectKey: "*"}, outputArtifacts: [{name: A}]}
  - name: G
    actionTypeId: Source/ThirdParty/GitHub
    configuration: {Owner: o, Repo: r, Branch: main, OAuthToken: "{{resolve:secretsmanager:*}}"}
    outputArtifacts: [{name: B}]
- name: Build
  actions:
  - {name: C, actionTypeId: Compute/Commands, commands: [make], inputArtifacts: [{name: A}]}
  - {name: P, actionTypeId: Build/CodeBuild, region: "eu-*", configuration: {ProjectName: p}, inputArtifacts: [{name: A}]}
  - {name: R, actionTypeId: Build/CodeBuild, roleArn: "arn:aws:iam::111122223333:role/*", configuration: {ProjectName: p}, inputArtifacts: [{name: B}]}
`)
	for _, c := range []call{
		{"kms:Decrypt", "arn:aws:kms:eu-west-1:111122223333:key/another", nil},
		{"s3:GetObject", "arn:aws:s3:::b/another", nil},
		{"secretsmanager:GetSecretValue", "arn:aws:secretsmanager:eu-west-1:111122223333:secret:another-abcdef", nil},
		{"codebuild:StartBuild", "arn:aws:codebuild:eu-central-1:111122223333:project/p", nil},
		{"sts:AssumeRole", "arn:aws:iam::111122223333:role/another", nil},
	} {
		for name, p := range map[string]policy{"pipeline": role, "build": build} {
			if p.allows(c) {
				t.Errorf("the role of the %s may %s %s", name, c.action, c.resource)
			}
		}
	}
}
