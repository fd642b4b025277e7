package ministack

import (
	"encoding/xml"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"strings"
	"testing"
	"time"
)

// poll is how often a stack is looked at while it changes.
const poll = 100 * time.Millisecond

// Deploy creates a stack of CloudFormation, or updates it where it is there, and returns its outputs once it is done.
func (e *Emulator) Deploy(t testing.TB, stack, template string, parameters map[string]string) (outputs map[string]string) {
	t.Helper()
	form := url.Values{"StackName": {stack}, "TemplateBody": {template}, "Capabilities.member.1": {"CAPABILITY_NAMED_IAM"}}
	i := 0
	for name, value := range maps.All(parameters) {
		i++
		form.Set(fmt.Sprintf("Parameters.member.%d.ParameterKey", i), name)
		form.Set(fmt.Sprintf("Parameters.member.%d.ParameterValue", i), value)
	}
	operation := "CreateStack"
	if _, err := e.describe(t, stack); err == nil {
		operation = "UpdateStack"
	}
	if _, err := e.cloudFormation(t, operation, form); err != nil {
		t.Fatal(err)
	}
	d := e.settled(t, stack)
	if d.Status != "CREATE_COMPLETE" && d.Status != "UPDATE_COMPLETE" {
		t.Fatalf("stack %s is %s: %s\n%s", stack, d.Status, d.Reason, e.failures(t, stack))
	}
	outputs = map[string]string{}
	for _, o := range d.Outputs {
		outputs[o.Key] = o.Value
	}
	return outputs
}

// Delete deletes a stack, and returns once it is gone.
func (e *Emulator) Delete(t testing.TB, stack string) {
	t.Helper()
	d, err := e.describe(t, stack)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := e.cloudFormation(t, "DeleteStack", url.Values{"StackName": {stack}}); err != nil {
		t.Fatal(err)
	}
	if d = e.settled(t, d.ID); d.Status != "DELETE_COMPLETE" {
		t.Fatalf("stack %s is %s: %s\n%s", stack, d.Status, d.Reason, e.failures(t, d.ID))
	}
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

func (e *Emulator) describe(t testing.TB, stack string) (description, error) {
	t.Helper()
	text, err := e.cloudFormation(t, "DescribeStacks", url.Values{"StackName": {stack}})
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
func (e *Emulator) settled(t testing.TB, stack string) description {
	t.Helper()
	ticker := time.NewTicker(poll)
	defer ticker.Stop()
	for {
		d, err := e.describe(t, stack)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasSuffix(d.Status, "_IN_PROGRESS") {
			return d
		}
		select {
		case <-ticker.C:
		case <-t.Context().Done():
			t.Fatal(t.Context().Err())
		}
	}
}

// failures are the reasons of the resources that failed.
func (e *Emulator) failures(t testing.TB, stack string) error {
	t.Helper()
	text, err := e.cloudFormation(t, "DescribeStackEvents", url.Values{"StackName": {stack}})
	if err != nil {
		return err
	}
	var answer struct {
		Events []struct{ LogicalResourceId, ResourceStatus, ResourceStatusReason string } `xml:"DescribeStackEventsResult>StackEvents>member"` //nolint:revive // the names of the API
	}
	if err := xml.Unmarshal(text, &answer); err != nil {
		return err
	}
	var all []error
	for _, event := range answer.Events {
		if strings.HasSuffix(event.ResourceStatus, "_FAILED") {
			all = append(all, fmt.Errorf("%s: %s", event.LogicalResourceId, event.ResourceStatusReason))
		}
	}
	return errors.Join(all...)
}

// cloudFormation calls an operation of CloudFormation.
func (e *Emulator) cloudFormation(t testing.TB, operation string, form url.Values) ([]byte, error) {
	t.Helper()
	form.Set("Action", operation)
	form.Set("Version", "2010-05-15")
	return e.query(t.Context(), "cloudformation", form)
}
