package resources

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/penstock-ci/penstock/pipeline"
	"github.com/penstock-ci/penstock/pipeline/catalogue"
)

// MaxSessionPolicy is the most characters that AWS takes of a session policy (AssumeRole, Policy).
const MaxSessionPolicy = 2048

// Object is an object that an action reads or writes.
type Object struct{ Bucket, Key string }

// ActionAccess is what one run of an action reaches.
type ActionAccess struct {
	// Pipeline is the name of the pipeline.
	Pipeline string
	// Action is the declaration; what a template left open in it is filled in.
	Action *pipeline.Action
	// Configuration has every #{} resolved.
	Configuration map[string]string
	// Reads and Writes are its artifacts, and whatever else its work keeps in a store.
	Reads, Writes []Object
	// Below are keys below which it reads what was put there under names that are not known before.
	Below []Object
	// Keys are the ARNs of the keys of those stores.
	Keys []string
}

// SessionPolicy is the policy that narrows the pipeline's role for one run of an action, as JSON: its own calls, its
// artifacts, their keys. Where the action has a role of its own, this session may assume that and call nothing else;
// ActionRolePolicy then narrows the other one. The error names the sizes if the policy does not fit.
func (p Platform) SessionPolicy(a ActionAccess) (string, error) {
	if role := a.Action.RoleArn.Value; role != "" {
		return p.policy(a, []Statement{allow([]string{"sts:AssumeRole"}, escaped(role))})
	}
	return p.ActionRolePolicy(a)
}

// ActionRolePolicy is the policy that narrows the role which an action itself names.
func (p Platform) ActionRolePolicy(a ActionAccess) (string, error) {
	return p.policy(a, p.actionStatements(a.Pipeline, a.Action, a.Configuration))
}

func (p Platform) policy(a ActionAccess, calls []Statement) (string, error) {
	artifacts := p.objectStatements(a)
	text, err := json.Marshal(NewDocument(merge(slices.Concat(calls, artifacts))))
	if err == nil && len(text) > MaxSessionPolicy {
		artifacts = p.objectStatements(a.anyBucket())
		text, err = json.Marshal(NewDocument(merge(slices.Concat(calls, artifacts))))
	}
	if err != nil {
		return "", fmt.Errorf("write the session policy of action %s: %w", a.Action.Name.Value, err)
	}
	if len(text) <= MaxSessionPolicy {
		return string(text), nil
	}
	var parts []string
	for name, of := range map[string][]Statement{"calls": calls, "artifacts": artifacts} {
		part, err := json.Marshal(NewDocument(merge(of)).Statement)
		if err != nil {
			return "", fmt.Errorf("write the session policy of action %s: %w", a.Action.Name.Value, err)
		}
		parts = append(parts, fmt.Sprintf("%s %d", name, len(part)))
	}
	return "", longPolicyError(len(text), MaxSessionPolicy, sorted(parts))
}

// anyBucket leaves the buckets of artifacts to the role, which names them: eleven ARNs, the most that an action has artifacts,
// are too long with them. The keys stay exact, and each is of one run of one action.
func (a ActionAccess) anyBucket() ActionAccess {
	anywhere := func(objects []Object) []Object {
		moved := slices.Clone(objects)
		for i := range moved {
			moved[i].Bucket = "*"
		}
		return moved
	}
	a.Reads, a.Writes = anywhere(a.Reads), anywhere(a.Writes)
	return a
}

func (p Platform) objectStatements(a ActionAccess) []Statement {
	var statements []Statement
	for _, o := range a.Reads {
		statements = append(statements, allow([]string{"s3:GetObject", "s3:GetObjectVersion"}, p.objectARN(o)))
	}
	for _, o := range a.Below {
		statements = append(statements, allow([]string{"s3:GetObject", "s3:GetObjectVersion"}, p.objectARN(o)+"/*"))
	}
	for _, o := range a.Writes {
		// What was put is looked at once more, and taken up where an upload broke off.
		statements = append(statements, allow(append(writing(), "s3:GetObject", "s3:GetObjectVersion"), p.objectARN(o)))
	}
	for _, key := range a.Keys {
		statements = append(statements, allow(keyActions(), key))
	}
	return statements
}

func (p Platform) objectARN(o Object) string { return p.BucketARN(o.Bucket) + "/" + escaped(o.Key) }

// SecretPolicy is the policy that narrows the pipeline's role to the reading of one secret, which the platform's key may have
// encrypted.
func (p Platform) SecretPolicy(secret catalogue.Secret) (string, error) {
	text, err := json.Marshal(NewDocument([]Statement{
		allow([]string{"secretsmanager:GetSecretValue"}, p.secretARN(secret.ID)), p.decryptSecrets(),
	}))
	if err != nil {
		return "", fmt.Errorf("write the policy for secret %s: %w", secret.ID, err)
	}
	return string(text), nil
}
