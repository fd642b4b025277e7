package pipeline

import (
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strings"
	"testing"

	"github.com/penstock-ci/penstock/internal/diag"
)

// Texts of the language: how long they may be, as AWS's model says it, and which characters they may have.
var textLimits = map[string]struct {
	limit      *limit
	least      int
	most       int
	takes, not string // characters; those of not are refused one by one
}{
	"pipelineName":             {pipelineName, 1, 100, "AZaz09.@-_", " /:é,"},
	"stageName":                {stageName, 1, 100, "AZaz09.@-_", " /:é,"},
	"actionName":               {actionName, 1, 100, "AZaz09.@-_", " /:é,"},
	"ruleName":                 {ruleName, 1, 100, "AZaz09.@-_", " /:é,"},
	"blockerName":              {blockerName, 1, 100, "any text: é", ""},
	"regionName":               {regionName, 4, 30, "any text: é", ""},
	"artifactStoreLocation":    {artifactStoreLocation, 3, 63, "AZaz09.-", "_/ @"},
	"encryptionKeyID":          {encryptionKeyID, 1, 400, "any text: é", ""},
	"variableName":             {variableName, 1, 128, "AZaz09@-_", ". /é"},
	"variableValue":            {variableValue, 1, 1000, "any text: é", ""},
	"variableDescription":      {variableDescription, 0, 200, "any text: é", ""},
	"tagKey":                   {tagKey, 1, 128, "AZaz09é +-=._:/@", "#,;*"},
	"tagValue":                 {tagValue, 0, 256, "AZaz09é +-=._:/@", "#,;*"},
	"actionProvider":           {actionProvider, 1, 35, "AZaz09-_", ".@ /"},
	"actionVersion":            {actionVersion, 1, 9, "AZaz09-_", ".@ /"},
	"configurationKey":         {configurationKey, 1, 50, "any text: é", ""},
	"configurationValue":       {configurationValue, 1, 50000, "any text: é", ""},
	"ruleConfigurationValue":   {ruleConfigurationValue, 1, 10000, "any text: é", ""},
	"commandLine":              {commandLine, 1, 1000, "any text: é", ""},
	"artifactName":             {artifactName, 1, 100, "AZaz09-_", ".@ /"},
	"filePath":                 {filePath, 1, 128, "any text: é", ""},
	"outputVariable":           {outputVariable, 1, 128, "any text: é", ""},
	"actionNamespace":          {actionNamespace, 1, 100, "AZaz09@-_", ". /é"},
	"environmentVariableName":  {environmentVariableName, 1, 128, "AZaz09_", "-.@ "},
	"environmentVariableValue": {environmentVariableValue, 1, 2000, "any text: é", ""},
	"checkVariable":            {checkVariable, 1, 10000, "any text: é", ""},
	"checkValue":               {checkValue, 0, 10000, "any text: é", ""},
	"gitPattern":               {gitPattern, 1, 255, "any text: é", ""},
	"disabledReason":           {disabledReason, 1, 300, "AZaz09!@ ().*?-", "#/é"},
	"propertyDescription":      {propertyDescription, 1, 160, "any text: é", ""},
	"urlText":                  {urlText, 1, 2048, "any text: é", ""},
	"webhookName":              {webhookName, 1, 100, "AZaz09.@-_", " /:é,"},
	"webhookValue":             {webhookValue, 1, 100, "any text: é", ""},
	"webhookFilter":            {webhookFilter, 1, 150, "any text: é", ""},
}

// Words of the language: all that a field takes.
var wordLimits = map[string]struct {
	limit *limit
	words []string
}{
	"blockerType":             {blockerType, []string{"Schedule"}},
	"artifactStoreType":       {artifactStoreType, []string{"S3"}},
	"encryptionKeyType":       {encryptionKeyType, []string{"KMS"}},
	"executionMode":           {executionMode, []string{"QUEUED", "SUPERSEDED", "PARALLEL"}},
	"pipelineType":            {pipelineType, []string{"V1", "V2"}},
	"actionCategory":          {actionCategory, []string{"Source", "Build", "Deploy", "Test", "Invoke", "Approval", "Compute"}},
	"actionOwner":             {actionOwner, []string{"AWS", "ThirdParty", "Custom"}},
	"ruleCategory":            {ruleCategory, []string{"Rule"}},
	"ruleOwner":               {ruleOwner, []string{"AWS"}},
	"environmentVariableType": {environmentVariableType, []string{"PLAINTEXT", "SECRETS_MANAGER"}},
	"checkOperator":           {checkOperator, []string{"EQ", "NE", "CONTAINS", "MATCHES"}},
	"conditionResult":         {conditionResult, []string{"ROLLBACK", "FAIL", "RETRY", "SKIP"}},
	"retryMode":               {retryMode, []string{"FAILED_ACTIONS", "ALL_ACTIONS"}},
	"triggerProviderType":     {triggerProviderType, []string{"CodeStarSourceConnection"}},
	"pullRequestEvent":        {pullRequestEvent, []string{"OPEN", "UPDATED", "CLOSED"}},
	"trueOrFalse":             {trueOrFalse, []string{"true", "false"}},
	"customPropertyType":      {customPropertyType, []string{"String", "Number", "Boolean"}},
	"webhookAuthentication":   {webhookAuthentication, []string{"GITHUB_HMAC", "IP", "UNAUTHENTICATED"}},
}

// codesFor returns what a limit says about a text.
func codesFor(l *limit, text string) []string {
	var found diag.List
	l.check(&found, member{}, Text{Value: text})
	var codes []string
	for _, d := range found {
		codes = append(codes, d.Code)
	}
	return codes
}

func wantCodes(t *testing.T, l *limit, text string, want ...string) {
	t.Helper()
	if got := codesFor(l, text); !slices.Equal(got, want) {
		t.Errorf("about %d characters, %.40q: %v, want %v", len([]rune(text)), text, got, want)
	}
}

func TestLengthsAndCharacters(t *testing.T) {
	for name, c := range textLimits {
		t.Run(name, func(t *testing.T) {
			wantCodes(t, c.limit, strings.Repeat("a", c.least))
			wantCodes(t, c.limit, strings.Repeat("a", c.most))
			wantCodes(t, c.limit, strings.Repeat("a", c.most+1), "too-long")
			if c.least > 0 {
				wantCodes(t, c.limit, "", "empty-value")
			}
			if c.least > 1 {
				wantCodes(t, c.limit, strings.Repeat("a", c.least-1), "too-short")
			}
			for _, good := range c.takes {
				wantCodes(t, c.limit, "aaaa"+string(good)+"a"[:min(1, max(0, c.most-5))])
			}
			for _, bad := range c.not {
				wantCodes(t, c.limit, "aaaa"+string(bad), "invalid-value")
			}
		})
	}
}

// TestLengthsAreOfCharacters has a letter of two bytes at the bound.
func TestLengthsAreOfCharacters(t *testing.T) {
	wantCodes(t, variableDescription, strings.Repeat("é", 200))
	wantCodes(t, variableDescription, strings.Repeat("é", 201), "too-long")
}

func TestRoleARNs(t *testing.T) {
	const begin = "arn:aws-us-gov:iam::111122223333:role/"
	wantCodes(t, roleARN, begin+strings.Repeat("r", 1024-len(begin)))
	wantCodes(t, roleARN, begin+strings.Repeat("r", 1025-len(begin)), "too-long")
	for _, bad := range []string{
		"arn:aws:iam::11112222333:role/a", "arn:aws:iam::111122223333:user/a", "arn:aws:iam:eu-west-1:111122223333:role/a",
		"aws:iam::111122223333:role/a", "<role>",
	} {
		wantCodes(t, roleARN, bad, "invalid-value")
	}
}

func TestWords(t *testing.T) {
	for name, c := range wordLimits {
		t.Run(name, func(t *testing.T) {
			for _, word := range c.words {
				wantCodes(t, c.limit, word)
				wantCodes(t, c.limit, word+" ", "unknown-value")
			}
			wantCodes(t, c.limit, "", "unknown-value")
			if len(c.limit.values) != len(c.words) {
				t.Errorf("takes %v", c.limit.values)
			}
		})
	}
}

// TestEveryLimitIsTested reads the limits out of the source.
func TestEveryLimitIsTested(t *testing.T) {
	elsewhere := []string{"roleARN", "anyText"} // its own test; and no limit at all
	found := 0
	for _, name := range []string{"limits.go", "schema_template.go"} {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			spec, ok := n.(*ast.ValueSpec)
			if !ok || !makesLimit(spec) {
				return true
			}
			found++
			_, isText := textLimits[spec.Names[0].Name]
			_, isWord := wordLimits[spec.Names[0].Name]
			if !isText && !isWord && !slices.Contains(elsewhere, spec.Names[0].Name) {
				t.Errorf("nothing tests the limit %s", spec.Names[0].Name)
			}
			return true
		})
	}
	if found < 45 {
		t.Errorf("found only %d limits: has their form changed?", found)
	}
}

func makesLimit(spec *ast.ValueSpec) bool {
	if len(spec.Values) != 1 {
		return false
	}
	call, ok := spec.Values[0].(*ast.CallExpr)
	if !ok {
		return false
	}
	maker, ok := call.Fun.(*ast.Ident)
	return ok && maker.Name != "pattern"
}

// TestCounts holds every list against the number of entries that AWS allows.
func TestCounts(t *testing.T) {
	for _, c := range []struct {
		structure, field string
		most             int
		entry            any
	}{
		{"pipeline", "stages", 50, object{"name": "a"}},
		{"pipeline", "variables", 50, object{"name": "a"}},
		{"pipeline", "triggers", 50, object{}},
		{"definition", "tags", 50, object{"key": "a", "value": "b"}},
		{"stage", "actions", 100, object{"name": "a"}},
		{"beforeEntry", "conditions", 1, object{"result": "FAIL"}},
		{"onSuccess", "conditions", 1, object{"result": "FAIL"}},
		{"onFailure", "conditions", 1, object{"result": "ROLLBACK"}},
		{"condition", "rules", 5, someRule},
		{"rule", "commands", 50, "make"},
		{"action", "commands", 50, "make"},
		{"action", "outputVariables", 15, "A"},
		{"action", "environmentVariables", 10, object{"name": "A", "value": "b"}},
		{"action", "when", 5, someWhen},
		{"output artifact", "files", 10, "**"},
		{"gitConfiguration", "push", 3, object{"branches": someFilter}},
		{"gitConfiguration", "pullRequest", 3, object{"branches": someFilter}},
		{"pullRequest filter", "events", 3, "OPEN"},
		{"filter", "includes", 8, "a"},
		{"filter", "excludes", 8, "a"},
		{"custom action type", "ConfigurationProperties", 10, someProperty},
		{"custom action type", "Tags", 50, object{"Key": "a", "Value": "b"}},
		{"webhook", "Filters", 5, object{"JsonPath": "$.a"}},
	} {
		t.Run(c.structure+"."+c.field, func(t *testing.T) {
			for n, want := range map[int]bool{c.most: false, c.most + 1: true} {
				text := with(c.structure, c.field, slices.Repeat(list{c.entry}, n))
				message := fmt.Sprintf(" has %s; at most %d allowed", entries(n), c.most)
				refused := slices.ContainsFunc(errorsOf(text), func(d diag.Diagnostic) bool {
					return d.Code == "too-many" && strings.HasSuffix(d.Message, message)
				})
				if refused != want {
					t.Errorf("%d entries: refused is %v", n, refused)
				}
			}
		})
	}
}

func TestNumbers(t *testing.T) {
	approval := object{
		"name": "Ok", "actionTypeId": object{"category": "Approval", "owner": "AWS", "provider": "Manual", "version": "1"},
	}
	for _, c := range []struct {
		structure, field string
		least, most      int
	}{
		{"action", "runOrder", 1, 999},
		{"action", "timeoutInMinutes", 5, 86400},
		{"rule", "timeoutInMinutes", 5, 86400},
		{"pipeline", "version", 1, maxInt},
		{"artifact details", "MinimumCount", 0, 5},
		{"artifact details", "MaximumCount", 0, 5},
		{"webhook", "TargetPipelineVersion", 1, maxInt},
	} {
		t.Run(c.structure+"."+c.field, func(t *testing.T) {
			for n, want := range map[int]bool{c.least - 1: true, c.least: false, c.most: false, c.most + 1: true} {
				text := with(c.structure, c.field, n)
				if c.structure == "action" && c.field == "timeoutInMinutes" {
					approval["timeoutInMinutes"] = n
					text = with("stage", "actions", list{approval})
				}
				refused := slices.ContainsFunc(errorsOf(text), func(d diag.Diagnostic) bool { return d.Code == "out-of-range" })
				if refused != want {
					t.Errorf("%d: refused is %v", n, refused)
				}
			}
		})
	}
}

// TestSizesOfPipelines are quotas of the whole pipeline, and of a stage.
func TestSizesOfPipelines(t *testing.T) {
	for _, c := range []struct {
		stages, actions int // besides the first stage of one action
		want            string
	}{
		{20, 50, ""}, {1, 50, ""}, {1, 51, "many-actions"}, {1, 100, "many-actions"}, {1, 101, "too-many"},
	} {
		codes := codesOfSize(t, c.stages, c.actions)
		if c.want != "" && !slices.Contains(codes, c.want) || c.want == "" && slices.Contains(codes, "many-actions") {
			t.Errorf("%d stages of %d actions: %v", c.stages, c.actions, codes)
		}
	}
	if codes := codesOfSize(t, 27, 37); slices.Contains(codes, "too-many-actions") { // 1 + 999
		t.Errorf("1000 actions: %v", codes)
	}
	if codes := codesOfSize(t, 20, 50); !slices.Contains(codes, "too-many-actions") { // 1 + 1000
		t.Errorf("1001 actions: %v", codes)
	}
}

func codesOfSize(t *testing.T, stages, actions int) []string {
	t.Helper()
	p := Pipeline{Stages: make([]Stage, stages+1)}
	p.Stages[0].Actions = make([]Action, 1)
	for i := range stages {
		p.Stages[i+1].Actions = make([]Action, actions)
	}
	var codes []string
	for _, d := range Check(&p, Options{}) {
		codes = append(codes, d.Code)
	}
	return codes
}

func TestTriggersAreBounded(t *testing.T) {
	filter := object{"includes": slices.Repeat(list{strings.Repeat("x", 255)}, 8), "excludes": slices.Repeat(list{strings.Repeat("x", 255)}, 8)}
	trigger := object{"providerType": "CodeStarSourceConnection", "gitConfiguration": object{
		"sourceActionName": "Checkout", "push": list{object{"branches": filter, "filePaths": filter}},
	}}
	one, err := json.Marshal(trigger)
	if err != nil {
		t.Fatal(err)
	}
	for n, want := range map[int]bool{maxTriggerBytes/len(one) - 1: false, maxTriggerBytes/len(one) + 2: true} {
		refused := slices.ContainsFunc(errorsOf(with("pipeline", "triggers", slices.Repeat(list{trigger}, n))),
			func(d diag.Diagnostic) bool { return d.Code == "triggers-too-large" })
		if refused != want {
			t.Errorf("%d triggers of %d bytes: refused is %v", n, len(one), refused)
		}
	}
}
