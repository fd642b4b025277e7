package resources

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"

	"github.com/penstock-ci/penstock/events"
)

// Target is an account or a Region that pipelines of a platform deploy to, which is not the platform's own.
type Target struct {
	// Platform is the trusted one: its name and account, and its Region where that is not the target's.
	Platform string
	Account  string
	Region   string
	// Pipelines are those that may deploy there; all of the platform where there are none.
	Pipelines []string
}

// Parts of names and parameters of the target's template.
const (
	targetPart     = "target"
	targetPolicies = "Policies"
	elsewhere      = "Elsewhere"
)

// TargetRole is the name of the role that a target has for a platform, below RolePath.
func (p Platform) TargetRole() string { return p.Name + "-" + targetPart + "-" + p.Region }

// TargetRoleARN is that of the same.
func (p Platform) TargetRoleARN() string { return p.global("role" + p.RolePath() + p.TargetRole()) }

// TargetBucket is the name of the bucket that a target has for artifacts.
func (p Platform) TargetBucket() string {
	return fmt.Sprintf("%s-%s-%s-%s", p.Name, targetPart, p.Account, p.Region)
}

// places are the trusted platform and the target, as the target's template writes them.
func (t Target) places() (home, there Platform) {
	there = Platform{Name: t.Platform, Partition: "${AWS::Partition}", Region: "${AWS::Region}", Account: "${AWS::AccountId}", Key: "${Key.Arn}"}
	home = there
	home.Account, home.Region = t.Account, cmp.Or(t.Region, there.Region)
	return home, there
}

// Template is the target's CloudFormation template, as YAML: the role that pipelines assume there, bucket and key for the
// artifacts of that Region, and the rule that forwards to the platform what starts pipelines or tells of ends.
func (t Target) Template() ([]byte, error) {
	home, there := t.places()
	sections := yaml.MapSlice{
		{Key: "AWSTemplateFormatVersion", Value: "2010-09-09"},
		{Key: "Description", Value: fmt.Sprintf("where pipelines of the Penstock platform %s in account %s deploy to", t.Platform, t.Account)},
		{Key: "Parameters", Value: map[string]any{targetPolicies: map[string]any{
			"Type": "CommaDelimitedList", "Default": "",
			"Description": "ARNs of managed policies that say what actions may do here; each run of an action is narrowed to its own calls",
		}}},
		{Key: "Conditions", Value: t.conditions(home)},
		{Key: "Resources", Value: map[string]any{
			"Key": keyResource(home, there, t.pipelineRoles(home)), "KeyAlias": keyAliasResource(there),
			"Artifacts": bucketResource(there), "ArtifactsPolicy": bucketPolicyResource(home, t.pipelineRoles(home)),
			"Role": t.roleResource(home, there), "ForwardRole": forwardRoleResource(home, there), "Forward": forwardResource(home, there),
		}},
		{Key: "Outputs", Value: map[string]any{
			"RoleArn":   output("roleArn of an action that works here", "${Role.Arn}"),
			"Bucket":    output("location of the artifact store of this Region", "${Artifacts}"),
			"KeyArn":    output("encryption key of that store", "${Key.Arn}"),
			"ForwardTo": output("where events of this account and Region are sent to", home.BusARN()),
		}},
	}
	for i := range sections {
		written, err := decoded(sections[i].Value)
		if err != nil {
			return nil, fmt.Errorf("write the template of the target: %w", err)
		}
		sections[i].Value = withSub(written)
	}
	text, err := yaml.MarshalWithOptions(sections, yaml.IndentSequence(true))
	if err != nil {
		return nil, fmt.Errorf("write the template of the target: %w", err)
	}
	return text, nil
}

// decoded is a value as JSON has it.
func decoded(value any) (any, error) {
	text, err := json.Marshal(value)
	if err != nil {
		return nil, err
	}
	var written any
	if err := json.Unmarshal(text, &written); err != nil {
		return nil, err
	}
	return written, nil
}

// withSub has CloudFormation fill what stands as ${} in texts. Numbers of JSON, which all are integers here, become such.
func withSub(part any) any {
	switch part := part.(type) {
	case float64:
		return int(part)
	case string:
		if strings.Contains(part, "${") {
			return map[string]any{"Fn::Sub": part}
		}
	case map[string]any:
		for name, member := range part {
			part[name] = withSub(member)
		}
	case []any:
		for i, item := range part {
			part[i] = withSub(item)
		}
	}
	return part
}

func output(description, value string) map[string]any {
	return map[string]any{"Description": description, "Value": value}
}

// conditions say where the template is: a bus that forwards to itself would never stop.
func (t Target) conditions(home Platform) map[string]any {
	same := func(name, value string) map[string]any {
		return map[string]any{"Fn::Equals": []any{map[string]any{"Ref": name}, value}}
	}
	here := []any{same("AWS::AccountId", t.Account)}
	if t.Region != "" {
		here = append(here, same("AWS::Region", home.Region))
	}
	not := []any{map[string]any{"Fn::And": here}}
	if len(here) == 1 { // Fn::And takes two or more
		not = here
	}
	return map[string]any{
		elsewhere: map[string]any{"Fn::Not": not},
		"Given": map[string]any{"Fn::Not": []any{
			map[string]any{"Fn::Equals": []any{map[string]any{"Fn::Join": []any{"", map[string]any{"Ref": targetPolicies}}}, ""}},
		}},
	}
}

// pipelineRoles are the ARNs of the roles of the pipelines that deploy to the target, one pattern where these are all.
func (t Target) pipelineRoles(home Platform) []string {
	if len(t.Pipelines) == 0 {
		return []string{home.global("role" + home.PipelineRolePath() + home.Name + "-pipeline-*-" + home.Region)}
	}
	var roles []string
	for _, name := range t.Pipelines {
		roles = append(roles, home.PipelineRoleARN(name))
	}
	return sorted(roles)
}

// externalIDs are those by which they assume the role: the ARNs of the pipelines.
func (t Target) externalIDs(home Platform) []string {
	if len(t.Pipelines) == 0 {
		return []string{home.PipelineARN("*")}
	}
	var ids []string
	for _, name := range t.Pipelines {
		ids = append(ids, home.PipelineARN(name))
	}
	return sorted(ids)
}

// roleResource is the role that an action's roleArn names. What it may do beside its artifacts the parameter says.
func (t Target) roleResource(home, there Platform) map[string]any {
	trust := Document{Version: "2012-10-17", Statement: []DocumentStatement{{
		Effect: "Allow", Principal: map[string]any{"AWS": home.global("root")}, Action: []string{"sts:AssumeRole"},
		Condition: map[string]map[string]any{
			"ArnLike":    {"aws:PrincipalArn": single(t.pipelineRoles(home))},
			"StringLike": {"sts:ExternalId": single(t.externalIDs(home))},
		},
	}}}
	objects := append(writing(), "s3:GetObject", "s3:GetObjectVersion")
	theirs := allow(keyActions(), home.arn("kms", "key/*"))
	theirs.Equals = map[string]string{"kms:ViaService": "s3." + home.Region + ".amazonaws.com"}
	return resourceOf("AWS::IAM::Role", map[string]any{
		"RoleName": there.TargetRole(), "Path": there.RolePath(), "AssumeRolePolicyDocument": trust,
		"Description": "what actions of pipelines of " + t.Platform + " may do here",
		"Policies": []any{map[string]any{"PolicyName": "artifacts", "PolicyDocument": NewDocument(merge([]Statement{
			allow(objects, "${Artifacts.Arn}/*", home.BucketARN(home.Bucket())+"/*"),
			allow(keyActions(), there.Key), theirs,
		}))}},
		"ManagedPolicyArns": map[string]any{"Fn::If": []any{"Given", map[string]any{"Ref": targetPolicies}, map[string]any{"Ref": "AWS::NoValue"}}},
	})
}

func resourceOf(kind string, properties map[string]any) map[string]any {
	return map[string]any{"Type": kind, "Properties": properties}
}

func kept(resource map[string]any) map[string]any {
	resource["DeletionPolicy"], resource["UpdateReplacePolicy"] = "Retain", "Retain"
	return resource
}

// forwardResource is the rule. Its events have the account and the Region that they are of.
func forwardResource(home, there Platform) map[string]any {
	rule := resourceOf("AWS::Events::Rule", map[string]any{
		"Name": there.Name + "-" + targetPart, "Description": "tells " + home.Name + " what happens here", "EventPattern": forwarded(),
		"Targets": []any{map[string]any{"Id": "platform", "Arn": home.BusARN(), "RoleArn": "${ForwardRole.Arn}"}},
	})
	rule["Condition"] = elsewhere
	return rule
}

func forwardRoleResource(home, there Platform) map[string]any {
	rule := there.arn("events", "rule/"+there.Name+"-"+targetPart)
	role := resourceOf("AWS::IAM::Role", map[string]any{
		"RoleName": there.Name + "-forward-" + there.Region, "Path": there.RolePath(), "Description": "sends events to " + home.Name,
		"AssumeRolePolicyDocument": there.ServiceTrust("events.amazonaws.com", rule),
		"Policies": []any{map[string]any{
			"PolicyName": "events", "PolicyDocument": NewDocument([]Statement{allow([]string{"events:PutEvents"}, home.BusARN())}),
		}},
	})
	role["Condition"] = elsewhere
	return role
}

// forwarded matches every event of services that any row of events.Rules waits for, whatever it is about: the platform's own
// rules say which of them mean something. What goes by CloudTrail none of them waits for.
func forwarded() map[string]any {
	var sources, types []string
	for _, row := range events.Rules() {
		source, _ := row.Pattern["source"].([]any)
		kinds, _ := row.Pattern["detail-type"].([]any)
		name, _ := source[0].(string)
		if !strings.HasPrefix(name, "aws.") || row.Provider == "" || row.Name == "s3-cloudtrail" {
			continue
		}
		sources = append(sources, name)
		for _, kind := range kinds {
			text, _ := kind.(string)
			types = append(types, text)
		}
	}
	slices.Sort(types)
	return map[string]any{"source": sorted(sources), "detail-type": slices.Compact(types)}
}
