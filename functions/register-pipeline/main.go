// Register-pipeline is the custom resource of CloudFormation by which a stack makes its pipeline known to the platform.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sort"

	"github.com/aws/aws-lambda-go/cfn"
	"github.com/aws/aws-lambda-go/lambda"

	"github.com/penstock-ci/penstock/functions"
	"github.com/penstock-ci/penstock/internal/cloud/platform"
	"github.com/penstock-ci/penstock/internal/cloud/providers/waiting"
	"github.com/penstock-ci/penstock/internal/cloud/roles"
	"github.com/penstock-ci/penstock/internal/resources"
	"github.com/penstock-ci/penstock/internal/task"
)

func main() {
	p := functions.Open(platform.Parts{Assume: roles.Assume, Providers: waiting.Providers()})
	lambda.Start(cfn.LambdaWrap(func(ctx context.Context, e cfn.Event) (string, map[string]any, error) {
		p.Logs().Begin()
		id, data, err := answer(ctx, p, e)
		at := platform.Place{Function: resources.RegisterPipeline}
		functions.Settle(ctx, p, at)
		if err != nil {
			named := task.Classify(err)
			p.Logs().Failed(at, "the request of stack "+e.StackID+" has failed: "+string(e.RequestType), named.Name, named.Cause)
		}
		return id, data, told(err)
	}))
}

// maxReason is how many bytes of JSON the reason of a failure may take: CloudFormation reads 4,096 bytes of an answer (Custom
// resource response objects), and waits an hour for another one where it is longer.
const maxReason = 2048

// told is an error that is short enough to be told.
func told(err error) error {
	if err == nil {
		return nil
	}
	const rest = "… (the function's log has the whole)"
	runes := []rune(err.Error())
	if jsonBytes(string(runes)) <= maxReason {
		return err
	}
	fitting := sort.Search(len(runes), func(n int) bool { return jsonBytes(string(runes[:n+1])+rest) > maxReason })
	return errors.New(string(runes[:fitting]) + rest)
}

func jsonBytes(text string) int {
	encoded, _ := json.Marshal(text) // texts always encode
	return len(encoded)
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
