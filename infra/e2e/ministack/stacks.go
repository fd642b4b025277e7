package ministack

import (
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"
)

// poll is how often a stack is looked at while it changes.
const poll = 100 * time.Millisecond

// Deploy creates a stack of CloudFormation, or updates it where it is there, and returns its outputs once it is done. The
// error of a stack that is not done names the resources that failed, and why.
func (e *Emulator) Deploy(ctx context.Context, stack, template string, parameters map[string]string) (outputs map[string]string, err error) {
	form := url.Values{"StackName": {stack}, "TemplateBody": {template}, "Capabilities.member.1": {"CAPABILITY_NAMED_IAM"}}
	for i, name := range slices.Sorted(maps.Keys(parameters)) {
		form.Set(fmt.Sprintf("Parameters.member.%d.ParameterKey", i+1), name)
		form.Set(fmt.Sprintf("Parameters.member.%d.ParameterValue", i+1), parameters[name])
	}
	operation := "CreateStack"
	if _, err := e.describe(ctx, stack); err == nil {
		operation = "UpdateStack"
	}
	if _, err := e.cloudFormation(ctx, operation, form); err != nil {
		return nil, err
	}
	d, err := e.settled(ctx, stack)
	if err != nil {
		return nil, err
	}
	if d.Status != "CREATE_COMPLETE" && d.Status != "UPDATE_COMPLETE" {
		return nil, e.failed(ctx, stack, d)
	}
	return d.outputs(), nil
}

// Outputs are the outputs of a stack.
func (e *Emulator) Outputs(ctx context.Context, stack string) (map[string]string, error) {
	d, err := e.describe(ctx, stack)
	return d.outputs(), err
}

// Delete deletes a stack, and returns once it is gone.
func (e *Emulator) Delete(ctx context.Context, stack string) error {
	d, err := e.describe(ctx, stack)
	if err != nil {
		return err
	}
	if _, err := e.cloudFormation(ctx, "DeleteStack", url.Values{"StackName": {stack}}); err != nil {
		return err
	}
	if d, err = e.settled(ctx, d.ID); err != nil {
		return err
	}
	if d.Status != "DELETE_COMPLETE" {
		return e.failed(ctx, stack, d)
	}
	return nil
}

// description is what CloudFormation says of a stack.
type description struct {
	ID      string `xml:"StackId"`
	Status  string `xml:"StackStatus"`
	Reason  string `xml:"StackStatusReason"`
	Outputs []struct {
		Key   string `xml:"OutputKey"`
		Value string `xml:"OutputValue"`
	} `xml:"Outputs>member"`
}

func (d description) outputs() map[string]string {
	outputs := map[string]string{}
	for _, o := range d.Outputs {
		outputs[o.Key] = o.Value
	}
	return outputs
}

func (e *Emulator) describe(ctx context.Context, stack string) (description, error) {
	text, err := e.cloudFormation(ctx, "DescribeStacks", url.Values{"StackName": {stack}})
	if err != nil {
		return description{}, err
	}
	var answer struct {
		Stacks []description `xml:"DescribeStacksResult>Stacks>member"`
	}
	if err := xml.Unmarshal(text, &answer); err != nil {
		return description{}, err
	}
	if len(answer.Stacks) != 1 {
		return description{}, fmt.Errorf("%d stacks %s", len(answer.Stacks), stack)
	}
	return answer.Stacks[0], nil
}

// settled waits until nothing is in progress in a stack.
func (e *Emulator) settled(ctx context.Context, stack string) (description, error) {
	ticker := time.NewTicker(poll) //nolint:forbidigo // another process works at its own pace
	defer ticker.Stop()
	for {
		d, err := e.describe(ctx, stack)
		if err != nil || !strings.HasSuffix(d.Status, "_IN_PROGRESS") {
			return d, err
		}
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return d, ctx.Err()
		}
	}
}

// failed is the error of a stack, with the reasons of the resources that failed.
func (e *Emulator) failed(ctx context.Context, stack string, d description) error {
	text, err := e.cloudFormation(ctx, "DescribeStackEvents", url.Values{"StackName": {d.ID}})
	if err != nil {
		return err
	}
	var answer struct {
		Events []struct {
			Resource string `xml:"LogicalResourceId"`
			Status   string `xml:"ResourceStatus"`
			Reason   string `xml:"ResourceStatusReason"`
		} `xml:"DescribeStackEventsResult>StackEvents>member"`
	}
	if err := xml.Unmarshal(text, &answer); err != nil {
		return err
	}
	all := []error{fmt.Errorf("stack %s is %s: %s", stack, d.Status, d.Reason)}
	for _, event := range answer.Events {
		if strings.HasSuffix(event.Status, "_FAILED") {
			all = append(all, fmt.Errorf("%s: %s", event.Resource, event.Reason))
		}
	}
	return errors.Join(all...)
}

// cloudFormation calls an operation of CloudFormation.
func (e *Emulator) cloudFormation(ctx context.Context, operation string, form url.Values) ([]byte, error) {
	form.Set("Action", operation)
	form.Set("Version", "2010-05-15")
	return e.query(ctx, "cloudformation", form)
}
