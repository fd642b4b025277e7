package resources_test

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/penstock-ci/penstock/internal/resources"
	"github.com/penstock-ci/penstock/internal/resources/machines"
	"github.com/penstock-ci/penstock/pipeline"
	"github.com/penstock-ci/penstock/pipeline/catalogue"
)

// policy is a policy document as IAM evaluates it, as far as this package writes any: statements that allow, with
// StringEquals. The session may do what both its role's policies and its session policy allow.
type policy struct {
	Statement []struct {
		Effect           string
		Action, Resource anyOf
		Condition        map[string]map[string]string
	}
}

// anyOf is a value that stands alone or in a list.
type anyOf []string

func (a *anyOf) UnmarshalJSON(text []byte) error {
	var one string
	if json.Unmarshal(text, &one) == nil {
		*a = anyOf{one}
		return nil
	}
	return json.Unmarshal(text, (*[]string)(a))
}

// call is a call of an API.
type call struct {
	action, resource string
	context          map[string]string
}

func readPolicy(t *testing.T, text []byte) policy {
	t.Helper()
	var p policy
	if err := json.Unmarshal(text, &p); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	for _, s := range p.Statement {
		for operator := range s.Condition {
			if s.Effect != "Allow" || operator != "StringEquals" {
				t.Fatalf("%s: the evaluator of this test does not know %s, %s", text, s.Effect, operator)
			}
		}
	}
	return p
}

func (p policy) allows(c call) bool {
	for _, s := range p.Statement {
		if s.Action.match(c.action) && s.Resource.match(c.resource) && holds(s.Condition["StringEquals"], c.context) {
			return true
		}
	}
	return false
}

func holds(equals, context map[string]string) bool {
	for key, value := range equals {
		if context[key] != value {
			return false
		}
	}
	return true
}

func (a anyOf) match(value string) bool {
	return slices.ContainsFunc(a, func(pattern string) bool { return matches(pattern, value) })
}

// matches is IAM's: * is anything, ? one character, ${*}, ${?} and ${$} are the characters themselves.
func matches(pattern, value string) bool {
	if pattern == "" {
		return value == ""
	}
	if len(pattern) >= 4 && pattern[:2] == "${" && pattern[3] == '}' {
		return value != "" && value[0] == pattern[2] && matches(pattern[4:], value[1:])
	}
	if pattern[0] == '*' {
		return matches(pattern[1:], value) || value != "" && matches(pattern, value[1:])
	}
	return value != "" && (pattern[0] == '?' || pattern[0] == value[0]) && matches(pattern[1:], value[1:])
}

func TestMatches(t *testing.T) {
	for _, c := range []struct {
		pattern, value string
		want           bool
	}{
		{"a*c", "abbc", true},
		{"a*c", "abb", false},
		{"a?c", "abc", true},
		{"a?c", "ac", false},
		{"a${*}", "a*", true},
		{"a${*}", "ab", false},
		{"*", "", true},
	} {
		if got := matches(c.pattern, c.value); got != c.want {
			t.Errorf("%q matches %q: %t", c.pattern, c.value, got)
		}
	}
}

// session is one run of an action of an example: what it may do is the intersection of both.
type session struct {
	role, narrowed policy
	own            []call
}

func (s session) allows(c call) bool { return s.role.allows(c) && s.narrowed.allows(c) }

// run is a run of an action with artifacts of its own, whose variables all have the value x.
func run(t *testing.T, name string, role []resources.Statement, a *pipeline.Action) session {
	t.Helper()
	text, err := json.Marshal(resources.NewDocument(role))
	if err != nil {
		t.Fatal(err)
	}
	access := resources.ActionAccess{Pipeline: name, Action: a, Configuration: map[string]string{}, Keys: []string{here.Key}}
	for _, entry := range a.Configuration {
		access.Configuration[entry.Key.Value] = resolved(entry.Value.Value)
	}
	for _, input := range a.InputArtifacts {
		access.Reads = append(access.Reads, resources.Object{Bucket: here.Bucket(), Key: name + "/" + input.Value + "/0"})
	}
	for _, output := range a.OutputArtifacts {
		access.Writes = append(access.Writes, resources.Object{Bucket: here.Bucket(), Key: name + "/" + output.Name.Value + "/1"})
	}
	narrowed, err := here.SessionPolicy(access)
	if err != nil {
		t.Fatal(err)
	}
	if len(narrowed) > resources.MaxSessionPolicy {
		t.Errorf("the session policy has %d characters", len(narrowed))
	}
	return session{readPolicy(t, text), readPolicy(t, []byte(narrowed)), ownCalls(a, access)}
}

func resolved(value string) string {
	for _, r := range pipeline.References(value) {
		value = strings.ReplaceAll(value, "#{"+r.Namespace+"."+r.Key+"}", "x")
	}
	return value
}

// ownCalls is the list of an action: the catalogue's calls, and its artifacts.
func ownCalls(a *pipeline.Action, access resources.ActionAccess) []call {
	row, _ := pipeline.LookupActionType(a.ActionTypeID)
	scope := catalogue.Scope{Partition: "aws", Region: here.Region, Account: here.Account, Pipeline: access.Pipeline}
	var calls []call
	for _, s := range row.Statements(scope, access.Configuration) {
		for _, action := range s.Actions {
			for _, resource := range s.Resources {
				calls = append(calls, call{action, strings.ReplaceAll(resource, "*", "any"), s.Equals})
			}
		}
	}
	for _, o := range access.Reads {
		calls = append(calls, call{"s3:GetObjectVersion", here.BucketARN(o.Bucket) + "/" + o.Key, nil})
	}
	for _, o := range access.Writes {
		calls = append(calls, call{"s3:PutObject", here.BucketARN(o.Bucket) + "/" + o.Key, nil})
	}
	return calls
}

// TestSessions holds for each action of each example: what is on its list is allowed, and nothing else is. What it tries
// are the calls of every other action, the same calls elsewhere, and every call that any row of the catalogue has.
func TestSessions(t *testing.T) {
	denied, allowed := 0, 0
	for name, p := range examples(t) {
		if name == "open" {
			continue
		}
		made, err := here.Pipeline(p, machines.Compile, resources.Named)
		if err != nil {
			t.Fatal(err)
		}
		var sessions []session
		for i := range p.Stages {
			for j := range p.Stages[i].Actions {
				sessions = append(sessions, run(t, name, made.Role, &p.Stages[i].Actions[j]))
			}
		}
		others := append(elsewhere(sessions), everyCall()...)
		for i, s := range sessions {
			for _, c := range s.own {
				allowed++
				if !s.allows(c) {
					t.Errorf("%s, action %d may not %s %s", name, i, c.action, c.resource)
				}
			}
			for _, c := range others {
				if onList(s, c) {
					continue
				}
				denied++
				if s.allows(c) {
					t.Errorf("%s, action %d may %s %s", name, i, c.action, c.resource)
				}
			}
		}
	}
	t.Logf("%d calls allowed, %d denied", allowed, denied)
	if allowed < 50 || denied < 1000 {
		t.Errorf("only %d calls allowed and %d denied", allowed, denied)
	}
}

// onList reports whether a call is on the list of an action, wildcards of the list taken in.
func onList(s session, c call) bool {
	return slices.ContainsFunc(s.own, func(own call) bool {
		return own.action == c.action && own.resource == c.resource && maps.Equal(own.context, c.context)
	}) || s.implied(c) || s.alike(c)
}

// alike are report groups of a project whose name begins with this one's and "-": CodeBuild names a group PROJECT-GROUP, and
// no policy can tell where the first ends.
func (s session) alike(c call) bool {
	return c.action == "codebuild:BatchGetReports" && slices.ContainsFunc(s.own, func(own call) bool {
		return own.action == c.action && strings.HasPrefix(c.resource, strings.TrimSuffix(own.resource, "any"))
	})
}

// implied are calls that the list of an action allows beside what ownCalls writes out: what was written is looked at
// again, and uploads go on.
func (s session) implied(c call) bool {
	again := []string{"s3:GetObject", "s3:GetObjectVersion", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"}
	return slices.Contains(again, c.action) && slices.ContainsFunc(s.own, func(own call) bool {
		reads := own.action == "s3:GetObjectVersion" && c.action == "s3:GetObject"
		return own.resource == c.resource && (own.action == "s3:PutObject" && strings.HasPrefix(c.resource, here.BucketARN(here.Bucket())) || reads)
	})
}

// elsewhere are the calls of all actions, on what they are about and on something else.
func elsewhere(sessions []session) []call {
	var calls []call
	for _, s := range sessions {
		for _, c := range s.own {
			calls = append(calls, c)
			if c.resource != "any" {
				calls = append(calls, call{c.action, c.resource[:strings.LastIndexAny(c.resource, "/:")] + "-other/x", c.context})
			}
			if len(c.context) > 0 {
				calls = append(calls, call{c.action, c.resource, map[string]string{"iam:PassedToService": "ec2.amazonaws.com"}})
			}
		}
	}
	return calls
}

// everyCall has each call of the catalogue, and some that nobody has business with, on something that is nobody's.
func everyCall() []call {
	calls := []call{
		{"iam:CreateUser", "arn:aws:iam::111122223333:user/x", nil},
		{"sts:AssumeRole", "arn:aws:iam::111122223333:role/x", nil},
		{"s3:DeleteObject", here.BucketARN(here.Bucket()) + "/static-site/SiteSource/0", nil},
		{"s3:GetObject", here.BucketARN(here.Bucket()) + "/static-site/Other/7", nil},
		{"dynamodb:PutItem", here.TableARN(), nil},
		{"kms:Decrypt", "arn:aws:kms:eu-west-1:111122223333:key/00000000-0000-0000-0000-000000000000", nil},
		{"kms:ScheduleKeyDeletion", here.Key, nil},
	}
	for _, row := range append(catalogue.ActionTypes(), catalogue.RuleTypes()...) {
		for _, p := range row.Permissions {
			for _, action := range p.Actions {
				calls = append(calls, call{action, "arn:aws:any:eu-west-1:111122223333:somebody/else", nil})
			}
		}
	}
	return slices.DeleteFunc(calls, func(c call) bool { return slices.Contains(resources.WithoutResource(), c.action) })
}
