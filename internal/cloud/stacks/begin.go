package stacks

import (
	"bytes"
	"context"
	"maps"
	"net/url"
	"slices"
	"strconv"

	"github.com/penstock-ci/penstock/internal/action/cloudformation"
)

// Begin is that of cloudformation.Stacks.
func (s *Stacks) Begin(ctx context.Context, c cloudformation.Change) (string, error) {
	in := url.Values{"StackName": {c.StackName}}
	for _, add := range begins[c.Operation] {
		add(in, c)
	}
	if slices.Contains(templated, c.Operation) {
		if err := s.template(ctx, in, c); err != nil {
			return "", err
		}
	}
	var out begun
	err := s.call(ctx, string(c.Operation), in, &out)
	switch {
	case says(err, "No updates are to be performed"):
		return "", cloudformation.ErrNoChanges
	case err != nil:
		return "", s.account.Failed(string(c.Operation)+" of stack "+c.StackName, err)
	}
	return out.Created + out.Updated + out.ChangeSet, nil
}

// begun is the answer of an operation that begins a change: one member, or none.
type begun struct {
	Created   string `xml:"CreateStackResult>StackId"`
	Updated   string `xml:"UpdateStackResult>StackId"`
	ChangeSet string `xml:"CreateChangeSetResult>Id"`
}

// begins says what an operation is told of a change.
var begins = map[cloudformation.Operation][]func(in url.Values, c cloudformation.Change){
	cloudformation.CreateStack:      {settings, policy, role, token},
	cloudformation.UpdateStack:      {settings, policy, role, token},
	cloudformation.DeleteStack:      {role, token},
	cloudformation.CreateChangeSet:  {settings, role, changeSet, newChangeSet},
	cloudformation.ExecuteChangeSet: {changeSet, token},
}

// templated are the operations that take a template.
var templated = []cloudformation.Operation{cloudformation.CreateStack, cloudformation.UpdateStack, cloudformation.CreateChangeSet}

// maxTemplateBody is the longest template that a request takes, in bytes (CloudFormation quotas).
const maxTemplateBody = 51_200

// template puts a template that is too long where CloudFormation reads it, as the caller: in the newest version, which this
// action alone writes.
func (s *Stacks) template(ctx context.Context, in url.Values, c cloudformation.Change) error {
	if len(c.Template) <= maxTemplateBody {
		set(in, "TemplateBody", string(c.Template))
		return nil
	}
	if _, err := s.account.Objects(s.templates).Put(ctx, c.TemplateAt.Bucket, c.TemplateAt.Key, bytes.NewReader(c.Template)); err != nil {
		return err
	}
	at, err := s.account.ObjectURL(c.TemplateAt)
	set(in, "TemplateURL", at)
	return err
}

func settings(in url.Values, c cloudformation.Change) {
	for i, name := range slices.Sorted(maps.Keys(c.Parameters)) {
		in.Set(member("Parameters", i)+".ParameterKey", name)
		in.Set(member("Parameters", i)+".ParameterValue", c.Parameters[name])
	}
	for i, name := range slices.Sorted(maps.Keys(c.Tags)) {
		in.Set(member("Tags", i)+".Key", name)
		in.Set(member("Tags", i)+".Value", c.Tags[name])
	}
	for i, name := range c.Capabilities {
		in.Set(member("Capabilities", i), name)
	}
}

func policy(in url.Values, c cloudformation.Change) { set(in, "StackPolicyBody", c.StackPolicy) }

func role(in url.Values, c cloudformation.Change) { set(in, "RoleARN", c.RoleARN) }

func token(in url.Values, c cloudformation.Change) { set(in, "ClientRequestToken", c.Token) }

func changeSet(in url.Values, c cloudformation.Change) { set(in, "ChangeSetName", c.ChangeSetName) }

// newChangeSet has the token as its description too, by which it is known again: DescribeChangeSet does not tell the token.
func newChangeSet(in url.Values, c cloudformation.Change) {
	kind := "UPDATE"
	if c.New {
		kind = "CREATE"
	}
	set(in, "ChangeSetType", kind)
	set(in, "ClientToken", c.Token)
	set(in, "Description", c.Token)
}

// set leaves out what is empty.
func set(in url.Values, name, value string) {
	if value != "" {
		in.Set(name, value)
	}
}

// member is how awsQuery names a member of a list, from 1 on.
func member(list string, i int) string { return list + ".member." + strconv.Itoa(i+1) }
