package catalogue_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/penstock-ci/penstock/pipeline/catalogue"
)

func all() []catalogue.ActionType {
	return slices.Concat(catalogue.ActionTypes(), catalogue.RuleTypes())
}

// TestRowsHoldTogether checks what every row must fulfil.
func TestRowsHoldTogether(t *testing.T) {
	seen := map[string]bool{}
	for _, row := range all() {
		if seen[row.String()] {
			t.Errorf("%s is there twice", row)
		}
		seen[row.String()] = true
		if row.Summary == "" || strings.HasSuffix(row.Summary, ".") {
			t.Errorf("%s: summary %q", row, row.Summary)
		}
		if row.Inputs.Min > row.Inputs.Max || row.Outputs.Min > row.Outputs.Max {
			t.Errorf("%s: artifact counts %v and %v", row, row.Inputs, row.Outputs)
		}
		if source := row.Category == "Source"; source != (row.Outputs.Min == 1 && row.Inputs.Max == 0) {
			t.Errorf("%s: sources, and only they, make an artifact of nothing", row)
		}
		if row.OpenVariables != (row.VariablesFrom != "") {
			t.Errorf("%s: open variables %t, and they are from %q", row, row.OpenVariables, row.VariablesFrom)
		}
		if row.Timeout.Duration() <= 0 {
			t.Errorf("%s has no timeout", row)
		}
	}
}

// TestPropertiesHoldTogether checks what every key of a configuration must fulfil.
func TestPropertiesHoldTogether(t *testing.T) {
	for _, row := range all() {
		names := map[string]bool{}
		for _, p := range row.Properties {
			if names[p.Name] {
				t.Errorf("%s: %s is there twice", row, p.Name)
			}
			names[p.Name] = true
			if p.Does == "" || strings.HasSuffix(p.Does, ".") {
				t.Errorf("%s: %s is described as %q", row, p.Name, p.Does)
			}
			if p.Required && (p.Default != "" || p.RequiredWhen != nil) {
				t.Errorf("%s: %s is required, so it has neither a default nor a condition", row, p.Name)
			}
			if reads, right := p.Accepts(p.Default); p.Default != "" && !right {
				t.Errorf("%s: the default of %s is not %s", row, p.Name, reads)
			}
			if (p.Pattern == "") != (p.Reads == "") {
				t.Errorf("%s: %s has the pattern %q, in words %q", row, p.Name, p.Pattern, p.Reads)
			}
		}
		checkConditions(t, row)
	}
}

// checkConditions wants conditions to name keys and values that the row has.
func checkConditions(t *testing.T, row catalogue.ActionType) {
	t.Helper()
	conditions := map[string]*catalogue.RequiredWhen{}
	for _, p := range row.Properties {
		conditions[p.Name] = p.RequiredWhen
	}
	for _, p := range row.Permissions {
		conditions[strings.Join(p.Actions, " ")] = p.When
	}
	for of, when := range conditions {
		if when == nil {
			continue
		}
		property, there := row.Property(when.Key + when.Absent)
		if !there && when.Inputs == 0 {
			t.Errorf("%s: %s depends on %s, which is no key", row, of, when)
		}
		for _, value := range when.Values {
			if !slices.Contains(property.Allowed, value) {
				t.Errorf("%s: %s depends on %s=%s, which is not allowed", row, of, when.Key, value)
			}
		}
	}
}

// TestCompletionAndLostStart checks that every row says how its end is known and how a lost start is found.
func TestCompletionAndLostStart(t *testing.T) {
	operation := regexp.MustCompile(`^[a-z0-9-]+:[A-Z][A-Za-z0-9]+$`)
	for _, row := range all() {
		c := row.Completion
		if (c.Kind == catalogue.ByEvent) != (len(c.Events) > 0) {
			t.Errorf("%s completes by %s and has %d events", row, c.Kind, len(c.Events))
		}
		for _, event := range c.Events {
			if !strings.HasPrefix(event.Source, "aws.") || event.DetailType == "" {
				t.Errorf("%s: event %+v", row, event)
			}
		}
		for _, call := range c.Calls {
			if !operation.MatchString(call) {
				t.Errorf("%s: operation %q", row, call)
			}
		}
		if l := row.LostStart; l.How == "" || (l.Field != "") == (l.Kind == catalogue.RepeatedStart || l.Kind == catalogue.Unfindable) {
			t.Errorf("%s: lost start %+v", row, l)
		}
	}
}

// resourceless are operations that know no resource type: only they may have the resource *.
var resourceless = []string{
	"cloudformation:ValidateTemplate", "devicefarm:ListProjects", "ec2:DescribeDhcpOptions", "ec2:DescribeInstances",
	"ec2:DescribeNetworkInterfaces", "ec2:DescribeSecurityGroups", "ec2:DescribeSubnets", "ec2:DescribeVpcs",
	"ecr-public:GetAuthorizationToken", "ecr:GetAuthorizationToken", "ecs:DescribeTaskDefinition",
	"ecs:RegisterTaskDefinition", "elasticloadbalancing:DescribeTargetGroupAttributes",
	"elasticloadbalancing:DescribeTargetGroups", "elasticloadbalancing:DescribeTargetHealth",
	"inspector-scan:ScanSbom", "ssm:CancelCommand", "ssm:DescribeInstanceInformation", "ssm:ListCommandInvocations",
	"ssm:ListCommands", "sts:GetServiceBearerToken",
}

// TestPermissionsAreWellFormed checks actions and templates of resources.
func TestPermissionsAreWellFormed(t *testing.T) {
	action := regexp.MustCompile(`^[a-z0-9-]+:[A-Z][A-Za-z0-9]+$`)
	resource := regexp.MustCompile(`^(\{\w+Arn\}|\{\w+ARN\}|arn:\{partition\}:[a-z0-9-]+:[^:]*:[^:]*:.+)$`)
	place := regexp.MustCompile(`\{(\w+)(?:\|last)?\}`)
	var used []string
	for _, row := range all() {
		for _, p := range row.Permissions {
			for _, a := range p.Actions {
				if !action.MatchString(a) {
					t.Errorf("%s: action %q", row, a)
				}
				if slices.Contains(p.Resources, "*") {
					used = append(used, a)
				}
			}
			for _, r := range p.Resources {
				if r != "*" && !resource.MatchString(r) {
					t.Errorf("%s: resource %q", row, r)
				}
				for _, found := range place.FindAllStringSubmatch(r, -1) {
					_, key := row.Property(found[1])
					if !key && !slices.Contains([]string{"partition", "region", "account", "pipeline"}, found[1]) {
						t.Errorf("%s: resource %q names %s, which is no key", row, r, found[1])
					}
				}
			}
			for _, key := range []string{p.Uses, p.TagKey, p.TagValue} {
				if _, there := row.Property(key); key != "" && !there {
					t.Errorf("%s: a permission uses %s, which is no key", row, key)
				}
			}
			if slices.Contains(p.Actions, "iam:PassRole") != (p.PassedTo != "") {
				t.Errorf("%s: iam:PassRole, and nothing else, says to which service", row)
			}
		}
	}
	slices.Sort(used)
	if used = slices.Compact(used); !slices.Equal(used, resourceless) {
		t.Errorf("actions on any resource are %q, and those that know no resource type %q", used, resourceless)
	}
}

func TestLookup(t *testing.T) {
	found, ok := catalogue.Lookup("Source", "ThirdParty", "GitHub", "1")
	if !ok {
		t.Fatal("Source/ThirdParty/GitHub/1 is not there")
	}
	if token, ok := found.Property("OAuthToken"); !ok || !token.Secret || !token.Required {
		t.Errorf("OAuthToken is %+v", token)
	}
	if _, ok := catalogue.Lookup("Source", "AWS", "GitHub", "1"); ok {
		t.Error("Source/AWS/GitHub/1 is there")
	}
	if _, ok := found.Property("oauthtoken"); ok {
		t.Error("properties are found without regard to case")
	}
}

func TestFind(t *testing.T) {
	for name, want := range map[string][]string{
		"Build/CodeBuild":         {"Build/AWS/CodeBuild/1"},
		"Build/AWS/CodeBuild":     {"Build/AWS/CodeBuild/1"},
		"Build/AWS/CodeBuild/1":   {"Build/AWS/CodeBuild/1"},
		"CodeBuild":               {"Build/AWS/CodeBuild/1", "Test/AWS/CodeBuild/1", "Rule/AWS/CodeBuild/1"},
		"Approval":                {"Approval/AWS/Manual/1"},
		"Build/AWS/CodeBuild/2":   nil,
		"Build/AWS/CodeBuild/1/1": nil,
		"build/codebuild":         nil,
	} {
		var got []string
		for _, row := range catalogue.Find(name) {
			got = append(got, row.String())
		}
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("%s finds %q, want %q", name, got, want)
		}
	}
}

func TestAccepts(t *testing.T) {
	for _, c := range []struct {
		kind, key string
		right     []string
		wrong     []string
	}{
		{"Deploy/ECS", "DeploymentTimeout", []string{"1", "60"}, []string{"0", "61", "x", "1.5"}},
		{"Deploy/CloudFormation", "Capabilities", []string{"CAPABILITY_IAM", "CAPABILITY_IAM,CAPABILITY_AUTO_EXPAND"}, []string{"CAPABILITY", "CAPABILITY_IAM,"}},
		{"Deploy/S3", "Extract", []string{"true", "false"}, []string{"True", "yes"}},
		{"Build/CodeBuild", "EnvironmentVariables", []string{"[]"}, []string{"[", "A=b"}},
		{"Deploy/Lambda", "DeployStrategy", []string{"AllAtOnce", "Canary10Percent5Minutes", "Linear10PercentEvery1Minute"}, []string{"Canary", "xAllAtOnce"}},
		{"Invoke/InspectorScan", "HighThreshold", []string{"0", "12"}, []string{"", "many"}},
	} {
		p, ok := catalogue.Find(c.kind)[0].Property(c.key)
		if !ok {
			t.Fatalf("%s has no %s", c.kind, c.key)
		}
		for _, value := range c.right {
			if reads, right := p.Accepts(value); !right {
				t.Errorf("%s refuses %q: it must be %s", c.key, value, reads)
			}
		}
		for _, value := range c.wrong {
			if reads, right := p.Accepts(value); right || reads == "" {
				t.Errorf("%s accepts %q, or does not say what is right: %q", c.key, value, reads)
			}
		}
	}
}
