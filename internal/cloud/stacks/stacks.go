// Package stacks deploys stacks of CloudFormation.
package stacks

import (
	"bytes"
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/aws/smithy-go"

	"github.com/penstock-ci/penstock/internal/action/cloudformation"
	"github.com/penstock-ci/penstock/internal/cloud"
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

// DescribeStack is that of cloudformation.Stacks.
func (s *Stacks) DescribeStack(ctx context.Context, nameOrID string) (cloudformation.Stack, error) {
	doing := "describe stack " + nameOrID
	client, err := cloud.Client(s.account, sdk.NewFromConfig)
	if err != nil {
		return cloudformation.Stack{}, s.account.Failed(doing, err)
	}
	out, err := client.DescribeStacks(ctx, &sdk.DescribeStacksInput{StackName: &nameOrID})
	switch {
	case says(err, "does not exist") || err == nil && len(out.Stacks) == 0:
		return cloudformation.Stack{}, &cloudformation.NotFoundError{What: "stack " + nameOrID}
	case err != nil:
		return cloudformation.Stack{}, s.account.Failed(doing, err)
	}
	stack := out.Stacks[0]
	d := cloudformation.Stack{
		ID: aws.ToString(stack.StackId), Name: aws.ToString(stack.StackName), Status: string(stack.StackStatus),
		StatusReason: aws.ToString(stack.StackStatusReason), Changed: aws.ToTime(stack.CreationTime), Outputs: map[string]string{},
	}
	for _, later := range []*time.Time{stack.LastUpdatedTime, stack.DeletionTime} {
		if at := aws.ToTime(later); at.After(d.Changed) {
			d.Changed = at
		}
	}
	for _, o := range stack.Outputs {
		d.Outputs[aws.ToString(o.OutputKey)] = aws.ToString(o.OutputValue)
	}
	return d, nil
}

// says tells a ValidationError by its message: CloudFormation has one code for a stack that is not there, for an update
// that changes nothing, and for everything that is wrong in a request.
func says(err error, text string) bool {
	var api smithy.APIError
	return errors.As(err, &api) && api.ErrorCode() == "ValidationError" && strings.Contains(api.ErrorMessage(), text)
}

// DescribeChangeSet is that of cloudformation.Stacks.
func (s *Stacks) DescribeChangeSet(ctx context.Context, stackName, nameOrID string) (cloudformation.ChangeSet, error) {
	doing := "describe change set " + nameOrID + " of stack " + stackName
	client, err := cloud.Client(s.account, sdk.NewFromConfig)
	if err != nil {
		return cloudformation.ChangeSet{}, s.account.Failed(doing, err)
	}
	out, err := client.DescribeChangeSet(ctx, &sdk.DescribeChangeSetInput{StackName: &stackName, ChangeSetName: &nameOrID})
	switch {
	case changeSetMissing(err):
		return cloudformation.ChangeSet{}, &cloudformation.NotFoundError{What: "change set " + nameOrID + " of stack " + stackName}
	case err != nil:
		return cloudformation.ChangeSet{}, s.account.Failed(doing, err)
	}
	set := cloudformation.ChangeSet{
		ID: aws.ToString(out.ChangeSetId), StackID: aws.ToString(out.StackId), Status: string(out.Status),
		StatusReason: aws.ToString(out.StatusReason), Description: aws.ToString(out.Description),
	}
	set.Empty = set.Status == string(types.ChangeSetStatusFailed) && slices.ContainsFunc(nothingDiffers, func(text string) bool {
		return strings.Contains(set.StatusReason, text)
	})
	return set, nil
}

// nothingDiffers are the reasons for which a change set fails in which nothing differs: there is no status for that.
var nothingDiffers = []string{"The submitted information didn't contain changes", "No updates are to be performed"}

func changeSetMissing(err error) bool {
	var api smithy.APIError
	return errors.As(err, &api) && strings.HasPrefix(api.ErrorCode(), "ChangeSetNotFound") || says(err, "does not exist")
}

// Events is that of cloudformation.Stacks. CloudFormation tells the newest ones first.
func (s *Stacks) Events(ctx context.Context, stackID string, since time.Time) ([]cloudformation.Event, error) {
	doing := "read the events of stack " + stackID
	client, err := cloud.Client(s.account, sdk.NewFromConfig)
	if err != nil {
		return nil, s.account.Failed(doing, err)
	}
	var all []cloudformation.Event
	for pages := sdk.NewDescribeStackEventsPaginator(client, &sdk.DescribeStackEventsInput{StackName: &stackID}); pages.HasMorePages(); {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, s.account.Failed(doing, err)
		}
		for _, e := range page.StackEvents {
			if aws.ToTime(e.Timestamp).Before(since) {
				slices.Reverse(all)
				return all, nil
			}
			all = append(all, cloudformation.Event{
				Time: aws.ToTime(e.Timestamp), Token: aws.ToString(e.ClientRequestToken), LogicalID: aws.ToString(e.LogicalResourceId),
				Type: aws.ToString(e.ResourceType), Status: string(e.ResourceStatus), Reason: aws.ToString(e.ResourceStatusReason),
			})
		}
	}
	slices.Reverse(all)
	return all, nil
}

// DeleteChangeSet is that of cloudformation.Stacks.
func (s *Stacks) DeleteChangeSet(ctx context.Context, stackName, name string) error {
	doing := "delete change set " + name + " of stack " + stackName
	client, err := cloud.Client(s.account, sdk.NewFromConfig)
	if err != nil {
		return s.account.Failed(doing, err)
	}
	if _, err := client.DeleteChangeSet(ctx, &sdk.DeleteChangeSetInput{StackName: &stackName, ChangeSetName: &name}); err != nil && !changeSetMissing(err) {
		return s.account.Failed(doing, err)
	}
	return nil
}

// Begin is that of cloudformation.Stacks.
func (s *Stacks) Begin(ctx context.Context, c cloudformation.Change) (string, error) {
	doing := string(c.Operation) + " of stack " + c.StackName
	client, err := cloud.Client(s.account, sdk.NewFromConfig)
	if err != nil {
		return "", s.account.Failed(doing, err)
	}
	b := beginning{client: client, change: c}
	if err := b.place(ctx, s); err != nil {
		return "", err
	}
	id, err := begins[c.Operation](ctx, b)
	switch {
	case says(err, "No updates are to be performed"):
		return "", cloudformation.ErrNoChanges
	case err != nil:
		return "", s.account.Failed(doing, err)
	}
	return id, nil
}

// beginning is a change with its template, as text or as a URL.
type beginning struct {
	client    *sdk.Client
	change    cloudformation.Change
	body, url *string
}

// maxTemplateBody is the longest template that a request takes, in bytes (CloudFormation quotas).
const maxTemplateBody = 51_200

// place puts a template that is too long where CloudFormation reads it, as the caller: in the newest version, which this
// action alone writes.
func (b *beginning) place(ctx context.Context, s *Stacks) error {
	if len(b.change.Template) <= maxTemplateBody {
		b.body = cloud.Optional(string(b.change.Template))
		return nil
	}
	at := b.change.TemplateAt
	if _, err := s.account.Objects(s.templates).Put(ctx, at.Bucket, at.Key, bytes.NewReader(b.change.Template)); err != nil {
		return err
	}
	url, err := s.account.ObjectURL(at)
	b.url = &url
	return err
}

var begins = map[cloudformation.Operation]func(context.Context, beginning) (string, error){
	cloudformation.CreateStack:      createStack,
	cloudformation.UpdateStack:      updateStack,
	cloudformation.DeleteStack:      deleteStack,
	cloudformation.CreateChangeSet:  createChangeSet,
	cloudformation.ExecuteChangeSet: executeChangeSet,
}

func createStack(ctx context.Context, b beginning) (string, error) {
	out, err := b.client.CreateStack(ctx, &sdk.CreateStackInput{
		StackName: &b.change.StackName, TemplateBody: b.body, TemplateURL: b.url, Parameters: parameters(b.change.Parameters),
		Tags: tags(b.change.Tags), Capabilities: capabilities(b.change.Capabilities), StackPolicyBody: cloud.Optional(b.change.StackPolicy),
		RoleARN: cloud.Optional(b.change.RoleARN), ClientRequestToken: &b.change.Token,
	})
	if err != nil {
		return "", err
	}
	return aws.ToString(out.StackId), nil
}

func updateStack(ctx context.Context, b beginning) (string, error) {
	out, err := b.client.UpdateStack(ctx, &sdk.UpdateStackInput{
		StackName: &b.change.StackName, TemplateBody: b.body, TemplateURL: b.url, Parameters: parameters(b.change.Parameters),
		Tags: tags(b.change.Tags), Capabilities: capabilities(b.change.Capabilities), StackPolicyBody: cloud.Optional(b.change.StackPolicy),
		RoleARN: cloud.Optional(b.change.RoleARN), ClientRequestToken: &b.change.Token,
	})
	if err != nil {
		return "", err
	}
	return aws.ToString(out.StackId), nil
}

func deleteStack(ctx context.Context, b beginning) (string, error) {
	_, err := b.client.DeleteStack(ctx, &sdk.DeleteStackInput{
		StackName: &b.change.StackName, RoleARN: cloud.Optional(b.change.RoleARN), ClientRequestToken: &b.change.Token,
	})
	return "", err
}

func createChangeSet(ctx context.Context, b beginning) (string, error) {
	kind := types.ChangeSetTypeUpdate
	if b.change.New {
		kind = types.ChangeSetTypeCreate
	}
	out, err := b.client.CreateChangeSet(ctx, &sdk.CreateChangeSetInput{
		StackName: &b.change.StackName, ChangeSetName: &b.change.ChangeSetName, ChangeSetType: kind, TemplateBody: b.body, TemplateURL: b.url,
		Parameters: parameters(b.change.Parameters), Tags: tags(b.change.Tags), Capabilities: capabilities(b.change.Capabilities),
		RoleARN: cloud.Optional(b.change.RoleARN), ClientToken: &b.change.Token, Description: &b.change.Token,
	})
	if err != nil {
		return "", err
	}
	return aws.ToString(out.Id), nil
}

func executeChangeSet(ctx context.Context, b beginning) (string, error) {
	_, err := b.client.ExecuteChangeSet(ctx, &sdk.ExecuteChangeSetInput{
		StackName: &b.change.StackName, ChangeSetName: &b.change.ChangeSetName, ClientRequestToken: &b.change.Token,
	})
	return "", err
}

func parameters(all map[string]string) []types.Parameter {
	var out []types.Parameter
	for _, name := range slices.Sorted(maps.Keys(all)) {
		out = append(out, types.Parameter{ParameterKey: aws.String(name), ParameterValue: aws.String(all[name])})
	}
	return out
}

func tags(all map[string]string) []types.Tag {
	var out []types.Tag
	for _, name := range slices.Sorted(maps.Keys(all)) {
		out = append(out, types.Tag{Key: aws.String(name), Value: aws.String(all[name])})
	}
	return out
}

func capabilities(all []string) []types.Capability {
	var out []types.Capability
	for _, name := range all {
		out = append(out, types.Capability(name))
	}
	return out
}
