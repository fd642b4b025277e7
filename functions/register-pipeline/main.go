// Register-pipeline is the custom resource of CloudFormation by which a stack makes its pipeline known to the platform.
package main

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/aws/aws-lambda-go/cfn"
	"github.com/aws/aws-lambda-go/lambda"

	"github.com/penstock-ci/penstock/functions"
	"github.com/penstock-ci/penstock/internal/cloud/platform"
	"github.com/penstock-ci/penstock/internal/cloud/providers/waiting"
	"github.com/penstock-ci/penstock/internal/cloud/roles"
	"github.com/penstock-ci/penstock/internal/resources"
)

func main() {
	p := functions.Open(platform.Parts{Assume: roles.Assume, Providers: waiting.Providers()})
	lambda.Start(cfn.LambdaWrap(func(ctx context.Context, e cfn.Event) (string, map[string]any, error) {
		p.Logs().Begin()
		id, data, err := answer(ctx, p, e)
		functions.Settle(ctx, p, platform.Place{Function: resources.RegisterPipeline})
		return id, data, err
	}))
}

// answer does what a stack asks for. The physical identity of the resource is the pipeline's name: with another name it is
// another pipeline, which is registered before the old one is deleted.
func answer(ctx context.Context, p *platform.Platform, e cfn.Event) (string, map[string]any, error) {
	if e.RequestType == cfn.RequestDelete {
		return e.PhysicalResourceID, nil, p.Handlers().DeletePipeline(ctx, e.PhysicalResourceID)
	}
	var r platform.Registration
	properties, err := json.Marshal(e.ResourceProperties)
	if err == nil {
		err = json.Unmarshal(properties, &r)
	}
	if err != nil {
		return e.PhysicalResourceID, nil, fmt.Errorf("the properties of %s: %w", e.LogicalResourceID, err)
	}
	d, err := p.RegisterPipeline(ctx, r)
	if err != nil {
		return e.PhysicalResourceID, nil, err
	}
	return d.PipelineName, map[string]any{"Version": d.Version}, nil
}
