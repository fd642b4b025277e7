// Package infra is what CDK deploys: a platform, and a stack for each pipeline definition. NewPlatform and NewPipeline are
// constructs that any CDK app in Go may use; the app of this module is in infra/app and makes one stack of each.
//
// What is in the stacks, and who may do what, is computed by internal/resources, as data; here it becomes templates.
// Nothing is called: synthesis reads definitions and the functions' binaries, and writes templates and assets.
package infra

import (
	"encoding/json"
	"fmt"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/jsii-runtime-go"

	"github.com/penstock-ci/penstock/internal/resources"
)

// here is a platform in the account and Region that the stacks are deployed to, whichever those will be.
func here(name, key string) resources.Platform {
	return resources.Platform{
		Name: name, Partition: *awscdk.Aws_PARTITION(), Region: *awscdk.Aws_REGION(), Account: *awscdk.Aws_ACCOUNT_ID(), Key: key,
	}
}

// object is a value as JSON objects have it, which is what templates are made of.
func object(value any) map[string]any {
	text, err := json.Marshal(value)
	if err != nil {
		panic(fmt.Sprintf("a policy document cannot be written: %v", err)) // made here, of strings only
	}
	var written map[string]any
	if err := json.Unmarshal(text, &written); err != nil {
		panic(fmt.Sprintf("a policy document cannot be read: %v", err))
	}
	return written
}

// texts are pointers to strings, as the CDK wants lists.
func texts(values ...string) *[]*string {
	pointers := make([]*string, len(values))
	for i, value := range values {
		pointers[i] = jsii.String(value)
	}
	return &pointers
}
