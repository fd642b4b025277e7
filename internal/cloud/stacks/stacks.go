// Package stacks deploys stacks of CloudFormation.
package stacks

import (
	"context"
	"errors"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/penstock-ci/penstock/internal/action/cloudformation"
	"github.com/penstock-ci/penstock/internal/cloud"
	"github.com/penstock-ci/penstock/internal/cloud/wire"
)

// Stacks is a cloudformation.Stacks in CloudFormation.
type Stacks struct {
	account   *cloud.Account
	templates cloud.BucketOptions
}

var _ cloudformation.Stacks = (*Stacks)(nil)

// New makes those of the account. Templates that are too long for a request are put into buckets with these options.
func New(account *cloud.Account, templates cloud.BucketOptions) *Stacks {
	return &Stacks{account: account, templates: templates}
}

// service is CloudFormation, by the names of its API (version 2010-05-15).
var service = wire.Service{ID: "CloudFormation", Prefix: "cloudformation", Protocol: wire.Query, Model: "2010-05-15"}

func (s *Stacks) call(ctx context.Context, operation string, in url.Values, out any) error {
	return s.account.Service(service).Call(ctx, operation, in, out)
}

// described is the answer of DescribeStacks.
type described struct {
	Stacks []struct {
		ID              string    `xml:"StackId"`
		Name            string    `xml:"StackName"`
		Status          string    `xml:"StackStatus"`
		StatusReason    string    `xml:"StackStatusReason"`
		CreationTime    time.Time `xml:"CreationTime"`
		LastUpdatedTime time.Time `xml:"LastUpdatedTime"`
		DeletionTime    time.Time `xml:"DeletionTime"`
		Outputs         []struct {
			Key   string `xml:"OutputKey"`
			Value string `xml:"OutputValue"`
		} `xml:"Outputs>member"`
	} `xml:"DescribeStacksResult>Stacks>member"`
}

// DescribeStack is that of cloudformation.Stacks.
func (s *Stacks) DescribeStack(ctx context.Context, nameOrID string) (cloudformation.Stack, error) {
	var out described
	err := s.call(ctx, "DescribeStacks", url.Values{"StackName": {nameOrID}}, &out)
	switch {
	case says(err, "does not exist") || err == nil && len(out.Stacks) == 0:
		return cloudformation.Stack{}, &cloudformation.NotFoundError{What: "stack " + nameOrID}
	case err != nil:
		return cloudformation.Stack{}, s.account.Failed("describe stack "+nameOrID, err)
	}
	stack := out.Stacks[0]
	d := cloudformation.Stack{
		ID: stack.ID, Name: stack.Name, Status: stack.Status, StatusReason: stack.StatusReason, Changed: stack.CreationTime,
		Outputs: map[string]string{},
	}
	for _, later := range []time.Time{stack.LastUpdatedTime, stack.DeletionTime} {
		if later.After(d.Changed) {
			d.Changed = later
		}
	}
	for _, o := range stack.Outputs {
		d.Outputs[o.Key] = o.Value
	}
	return d, nil
}

// says tells a ValidationError by its message: CloudFormation has one code for a stack that is not there, for an update
// that changes nothing, and for everything that is wrong in a request.
func says(err error, text string) bool {
	var answered *wire.Error
	return errors.As(err, &answered) && answered.Code == "ValidationError" && strings.Contains(answered.Message, text)
}

// describedChangeSet is the answer of DescribeChangeSet.
type describedChangeSet struct {
	ID           string `xml:"DescribeChangeSetResult>ChangeSetId"`
	StackID      string `xml:"DescribeChangeSetResult>StackId"`
	Status       string `xml:"DescribeChangeSetResult>Status"`
	StatusReason string `xml:"DescribeChangeSetResult>StatusReason"`
	Description  string `xml:"DescribeChangeSetResult>Description"`
}

// DescribeChangeSet is that of cloudformation.Stacks.
func (s *Stacks) DescribeChangeSet(ctx context.Context, stackName, nameOrID string) (cloudformation.ChangeSet, error) {
	what := "change set " + nameOrID + " of stack " + stackName
	var out describedChangeSet
	err := s.call(ctx, "DescribeChangeSet", url.Values{"StackName": {stackName}, "ChangeSetName": {nameOrID}}, &out)
	switch {
	case changeSetMissing(err):
		return cloudformation.ChangeSet{}, &cloudformation.NotFoundError{What: what}
	case err != nil:
		return cloudformation.ChangeSet{}, s.account.Failed("describe "+what, err)
	}
	return cloudformation.ChangeSet{
		ID: out.ID, StackID: out.StackID, Status: out.Status, StatusReason: out.StatusReason, Description: out.Description,
		Empty: out.Status == "FAILED" && slices.ContainsFunc(nothingDiffers, func(text string) bool {
			return strings.Contains(out.StatusReason, text)
		}),
	}, nil
}

// nothingDiffers are the reasons for which a change set fails in which nothing differs: there is no status for that.
var nothingDiffers = []string{"The submitted information didn't contain changes", "No updates are to be performed"}

func changeSetMissing(err error) bool {
	return strings.HasPrefix(cloud.ErrorCode(err), "ChangeSetNotFound") || says(err, "does not exist")
}

// describedEvents is a page of DescribeStackEvents.
type describedEvents struct {
	Events []struct {
		Time      time.Time `xml:"Timestamp"`
		Token     string    `xml:"ClientRequestToken"`
		LogicalID string    `xml:"LogicalResourceId"`
		Type      string    `xml:"ResourceType"`
		Status    string    `xml:"ResourceStatus"`
		Reason    string    `xml:"ResourceStatusReason"`
	} `xml:"DescribeStackEventsResult>StackEvents>member"`
	NextToken string `xml:"DescribeStackEventsResult>NextToken"`
}

// Events is that of cloudformation.Stacks. CloudFormation tells the newest ones first.
func (s *Stacks) Events(ctx context.Context, stackID string, since time.Time) ([]cloudformation.Event, error) {
	var all []cloudformation.Event
	defer func() { slices.Reverse(all) }()
	for in := (url.Values{"StackName": {stackID}}); ; {
		var page describedEvents
		if err := s.call(ctx, "DescribeStackEvents", in, &page); err != nil {
			return nil, s.account.Failed("read the events of stack "+stackID, err)
		}
		for _, e := range page.Events {
			if e.Time.Before(since) {
				return all, nil
			}
			all = append(all, cloudformation.Event(e))
		}
		if page.NextToken == "" {
			return all, nil
		}
		in.Set("NextToken", page.NextToken)
	}
}

// DeleteChangeSet is that of cloudformation.Stacks.
func (s *Stacks) DeleteChangeSet(ctx context.Context, stackName, name string) error {
	err := s.call(ctx, "DeleteChangeSet", url.Values{"StackName": {stackName}, "ChangeSetName": {name}}, nil)
	if err != nil && !changeSetMissing(err) {
		return s.account.Failed("delete change set "+name+" of stack "+stackName, err)
	}
	return nil
}
