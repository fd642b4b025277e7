package pipeline

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/penstock-ci/penstock/internal/diag"
)

// absent stands for a field that is left out.
type absent struct{}

// fieldCase shows what a field takes and what it does not.
type fieldCase struct {
	structure, field string
	good, bad        any
	code             string // of the error about bad
}

type (
	object = map[string]any
	list   = []any
)

var (
	someStore   = object{"type": "S3", "location": "artifacts"}
	someRule    = object{"name": "Main", "ruleTypeId": someRuleType, "configuration": someCheck}
	someCheck   = object{"Variable": "#{Src.BranchName}", "Operator": "EQ", "Value": "main"}
	someWhen    = object{"variable": "#{Src.BranchName}", "operator": "EQ", "value": "main"}
	someFilter  = object{"includes": list{"main"}}
	someTrigger = object{"providerType": "CodeStarSourceConnection", "gitConfiguration": object{"sourceActionName": "Checkout"}}

	someRuleType = object{"category": "Rule", "owner": "AWS", "provider": "VariableCheck", "version": "1"}
)

func conditions(result string) object {
	return object{"conditions": list{object{"result": result, "rules": list{someRule}}}}
}

// fieldCases has a row for every field of the definition language.
var fieldCases = []fieldCase{
	{"definition", "pipeline", fullPipeline(), "demo", "wrong-kind"},
	{"definition", "tags", list{object{"key": "a", "value": ""}}, object{"a": "b"}, "wrong-kind"},
	{"definition", "metadata", object{"pipelineArn": "arn"}, absent{}, ""},

	{"pipeline", "name", "A.z@9-_", "a b", "invalid-value"},
	{"pipeline", "roleArn", "arn:aws-cn:iam::111122223333:role/a/b", "arn:aws:iam::1:role/a", "invalid-value"},
	{"pipeline", "artifactStore", someStore, "artifacts", "wrong-kind"},
	{"pipeline", "artifactStores", object{"eu-west-1": someStore}, list{someStore}, "wrong-kind"},
	{"pipeline", "executionMode", "QUEUED", "queued", "unknown-value"},
	{"pipeline", "pipelineType", "V2", "V3", "unknown-value"},
	{"pipeline", "variables", list{object{"name": "ENV"}}, object{"ENV": "a"}, "wrong-kind"},
	{"pipeline", "triggers", list{someTrigger}, someTrigger, "wrong-kind"},
	{"pipeline", "stages", absent{}, list{}, "missing-field"},
	{"pipeline", "version", 7, "seven", "wrong-kind"},

	{"artifactStore", "type", "S3", "s3", "unknown-value"},
	{"artifactStore", "location", "my.bucket-1", "my_bucket", "invalid-value"},
	{"artifactStore", "encryptionKey", object{"id": "alias", "type": "KMS"}, "alias", "wrong-kind"},
	{"encryptionKey", "id", "arn:aws:kms:eu-west-1:111122223333:alias/a", "", "empty-value"},
	{"encryptionKey", "type", "KMS", "AES256", "unknown-value"},
	{"variable", "name", "A@z-_9", "a.b", "invalid-value"},
	{"variable", "defaultValue", "any text: ü", "", "empty-value"},
	{"variable", "description", "", strings.Repeat("x", 201), "too-long"},
	{"tag", "key", "team name", "a,b", "invalid-value"},
	{"tag", "value", "", "a,b", "invalid-value"},

	{"stage", "name", "Deploy.to@eu-1_a", "Deploy to", "invalid-value"},
	{"stage", "blockers", list{object{"name": "B", "type": "Schedule"}}, list{"B"}, "wrong-kind"},
	{"stage", "actions", absent{}, list{}, "missing-field"},
	{"stage", "beforeEntry", conditions("SKIP"), conditions("ROLLBACK"), "result-not-allowed"},
	{"stage", "onSuccess", conditions("ROLLBACK"), conditions("SKIP"), "result-not-allowed"},
	{"stage", "onFailure", object{"result": "ROLLBACK"}, object{"result": "SKIP"}, "result-not-allowed"},
	{"blocker", "name", "any name", "", "empty-value"},
	{"blocker", "type", "Schedule", "Manual", "unknown-value"},

	{"action", "name", "Make-1", "Make it", "invalid-value"},
	{"action", "actionTypeId", "Compute/AWS/Commands/1", "Commands", "malformed-action-type"},
	{"action", "runOrder", 999, 1000, "out-of-range"},
	{"action", "configuration", object{"ComputeType": "BUILD_GENERAL1_LARGE"}, object{"Size": "L"}, "unknown-configuration"},
	{"action", "commands", list{"make"}, list{}, "missing-commands"},
	{"action", "outputArtifacts", list{object{"name": "Out", "files": list{"**"}}}, list{"Out"}, "wrong-kind"},
	{"action", "inputArtifacts", list{object{"name": "App"}}, list{object{"name": "Ap"}}, "unknown-artifact"},
	{"action", "outputVariables", list{"VERSION"}, list{""}, "empty-value"},
	{"action", "roleArn", "arn:aws:iam::111122223333:role/a", "arn:aws:iam::111122223333:user/a", "invalid-value"},
	{"action", "region", "eu-west-1", "eu", "too-short"},
	{"action", "namespace", "Made@1-_", "Made.1", "invalid-value"},
	{"action", "timeoutInMinutes", absent{}, 10, "timeout-not-approval"},
	{"action", "environmentVariables", list{object{"name": "A", "value": "b"}}, list{}, "empty-list"},
	{"action", "when", someWhen, list{}, "empty-list"},
	{"check", "variable", "v#{Src.BranchName}", "main", "constant-check"},
	{"check", "operator", "MATCHES", "EQUALS", "unknown-value"},
	{"check", "value", "", absent{}, "missing-field"},
	{"actionTypeId", "category", "Compute", "Computing", "unknown-value"},
	{"actionTypeId", "owner", "AWS", "Amazon", "unknown-value"},
	{"actionTypeId", "provider", "Commands", "Command s", "invalid-value"},
	{"actionTypeId", "version", "1", "1234567890", "too-long"},
	{"input artifact", "name", "App", "A.pp", "invalid-value"},
	{"output artifact", "name", "Out_1-a", "Out.1", "invalid-value"},
	{"output artifact", "files", list{"dist/**"}, list{}, "empty-list"},
	{"environment variable", "name", "A_1", "A-1", "invalid-value"},
	{"environment variable", "value", "#{Src.CommitId}", "", "empty-value"},
	{"environment variable", "type", "SECRETS_MANAGER", "PARAMETER_STORE", "unknown-value"},

	{"beforeEntry", "conditions", conditions("FAIL")["conditions"], list{}, "missing-field"},
	{"onSuccess", "conditions", conditions("FAIL")["conditions"], list{}, "missing-field"},
	{"onFailure", "result", "RETRY", "AGAIN", "unknown-value"},
	{"onFailure", "retryConfiguration", object{"retryMode": "ALL_ACTIONS"}, "ALL_ACTIONS", "wrong-kind"},
	{"onFailure", "conditions", absent{}, conditions("ROLLBACK")["conditions"], "retry-with-conditions"},
	{"retryConfiguration", "retryMode", "FAILED_ACTIONS", "FAILED", "unknown-value"},
	{"condition", "result", "FAIL", "STOP", "unknown-value"},
	{"condition", "rules", list{someRule}, list{}, "missing-rules"},
	{"rule", "name", "Main.1", "Main 1", "invalid-value"},
	{"rule", "ruleTypeId", someRuleType, absent{}, "missing-field"},
	{"rule", "configuration", someCheck, object{"Variable": "#{Src.CommitId}"}, "missing-configuration"},
	{"rule", "commands", absent{}, list{"make"}, "only-for-commands"},
	{"rule", "inputArtifacts", list{}, list{object{"name": "App"}}, "wrong-artifact-count"},
	{"rule", "roleArn", "arn:aws:iam::111122223333:role/a", "a", "invalid-value"},
	{"rule", "region", "eu-west-1", "europe_west", "unknown-region"},
	{"rule", "timeoutInMinutes", 5, 4, "out-of-range"},
	{"ruleTypeId", "category", "Rule", "Build", "unknown-value"},
	{"ruleTypeId", "owner", absent{}, "Custom", "unknown-value"},
	{"ruleTypeId", "provider", "VariableCheck", "VariableChecks", "unknown-rule-type"},
	{"ruleTypeId", "version", absent{}, "2", "unknown-rule-type"},

	{"trigger", "providerType", "CodeStarSourceConnection", "Connection", "unknown-value"},
	{"trigger", "gitConfiguration", object{"sourceActionName": "Checkout"}, absent{}, "missing-field"},
	{"gitConfiguration", "sourceActionName", "Checkout", "Check", "unknown-trigger-source"},
	{"gitConfiguration", "push", list{object{"tags": someFilter}}, list{}, "empty-list"},
	{"gitConfiguration", "pullRequest", list{object{"branches": someFilter}}, list{object{}}, "empty-filter"},
	{"push filter", "tags", absent{}, someFilter, "filters-do-not-combine"},
	{"push filter", "branches", someFilter, object{}, "empty-filter"},
	{"push filter", "filePaths", object{"excludes": list{"docs/**"}}, object{"excludes": list{"[a"}}, "invalid-glob"},
	{"pullRequest filter", "events", list{"OPEN", "UPDATED", "CLOSED"}, list{"MERGED"}, "unknown-value"},
	{"pullRequest filter", "branches", someFilter, list{"main"}, "wrong-kind"},
	{"pullRequest filter", "filePaths", someFilter, object{"includes": list{""}}, "empty-value"},
	{"filter", "includes", list{"release/{a,b}"}, list{}, "empty-list"},
	{"filter", "excludes", list{"release/[!0-9]?"}, list{strings.Repeat("x", 256)}, "too-long"},

	{"template", "DisableInboundStageTransitions", list{object{"StageName": "Deploy", "Reason": "frozen"}}, "Deploy", "wrong-kind"},
	{"template", "RestartExecutionOnUpdate", true, "yes", "unknown-value"},
	{"stage transition", "StageName", "Deploy", "Deplyo", "unknown-stage"},
	{"stage transition", "Reason", "frozen until Monday", "", "empty-value"},
	{"custom action type", "Category", "Deploy", "Deployment", "unknown-value"},
	{"custom action type", "Provider", "Rsync", "", "empty-value"},
	{"custom action type", "Version", "1", absent{}, "missing-field"},
	{"custom action type", "ConfigurationProperties", list{someProperty}, list{someProperty, someProperty}, "duplicate-property"},
	{"custom action type", "InputArtifactDetails", object{"MinimumCount": 0, "MaximumCount": 5}, object{"MinimumCount": 2, "MaximumCount": 1}, "counts-reversed"},
	{"custom action type", "OutputArtifactDetails", object{"MinimumCount": 0, "MaximumCount": 0}, object{"MinimumCount": 0, "MaximumCount": 6}, "out-of-range"},
	{"custom action type", "Settings", object{}, list{}, "wrong-kind"},
	{"custom action type", "Tags", list{object{"Key": "a", "Value": "b"}}, list{object{"Key": "a"}}, "missing-field"},
	{"configuration property", "Name", "Host", strings.Repeat("x", 51), "too-long"},
	{"configuration property", "Description", "the host", strings.Repeat("x", 161), "too-long"},
	{"configuration property", "Type", "String", "Float", "unknown-value"},
	{"configuration property", "Key", true, "maybe", "unknown-value"},
	{"configuration property", "Queryable", true, "maybe", "unknown-value"},
	{"configuration property", "Required", true, absent{}, "missing-field"},
	{"configuration property", "Secret", false, absent{}, "missing-field"},
	{"artifact details", "MinimumCount", 0, -1, "out-of-range"},
	{"artifact details", "MaximumCount", 5, 6, "out-of-range"},
	{"settings", "EntityUrlTemplate", "https://example.com/{Config:Host}", "https://example.com/{Config:Hots}", "link-needs-property"},
	{"settings", "ExecutionUrlTemplate", "https://example.com/{ExternalExecutionId}", "", "empty-value"},
	{"settings", "RevisionUrlTemplate", "https://example.com/", strings.Repeat("x", 2049), "too-long"},
	{"settings", "ThirdPartyConfigurationUrl", "https://example.com/", list{}, "wrong-kind"},
	{"webhook", "Name", "hook", "a hook", "invalid-value"},
	{"webhook", "TargetPipeline", object{"Ref": "Release"}, "", ""},
	{"webhook", "TargetPipelineVersion", 1, 0, "out-of-range"},
	{"webhook", "TargetAction", "Checkout", absent{}, "missing-field"},
	{"webhook", "Authentication", "GITHUB_HMAC", "HMAC", "unknown-value"},
	{"webhook", "AuthenticationConfiguration", object{"SecretToken": "****"}, object{"AllowedIPRange": "192.0.2.0/24"}, "webhook-authentication"},
	{"webhook", "Filters", list{object{"JsonPath": "$.ref"}}, list{}, "missing-field"},
	{"webhook", "RegisterWithThirdParty", true, "maybe", "unknown-value"},
	{"authentication configuration", "AllowedIPRange", absent{}, "192.0.2.*", "invalid-ip-range"},
	{"authentication configuration", "SecretToken", "****", strings.Repeat("x", 101), "too-long"},
	{"webhook filter", "JsonPath", "$.ref", absent{}, "missing-field"},
	{"webhook filter", "MatchEquals", "refs/heads/main", strings.Repeat("x", 151), "too-long"},
}

var someProperty = object{"Name": "Host", "Key": true, "Required": true, "Secret": false}

func fullPipeline() any { return decoded(fullDefinition)["pipeline"] }

func decoded(text string) object {
	var o object
	if err := json.Unmarshal([]byte(text), &o); err != nil {
		panic(err) // the text is a constant of this file
	}
	return o
}

// fullDefinition has every structure, and no error.
const fullDefinition = `{"pipeline": {
 "name": "demo", "roleArn": "arn:aws:iam::111122223333:role/a",
 "artifactStore": {"type": "S3", "location": "artifacts", "encryptionKey": {"id": "k", "type": "KMS"}},
 "variables": [{"name": "ENV", "defaultValue": "a", "description": "b"}],
 "triggers": [{"providerType": "CodeStarSourceConnection", "gitConfiguration": {"sourceActionName": "Checkout",
  "push": [{"branches": {"includes": ["main"], "excludes": ["wip"]}, "filePaths": {"includes": ["src/**"]}}],
  "pullRequest": [{"events": ["OPEN"], "branches": {"includes": ["main"]}, "filePaths": {"includes": ["src/**"]}}]}}],
 "stages": [
  {"name": "Source", "actions": [{"name": "Checkout", "actionTypeId": {"category": "Source", "owner": "AWS",
   "provider": "CodeStarSourceConnection", "version": "1"}, "namespace": "Src", "outputArtifacts": [{"name": "App"}],
   "configuration": {"ConnectionArn": "arn:aws:codeconnections:eu-west-1:111122223333:connection/ID",
    "FullRepositoryId": "o/r", "BranchName": "main"}}]},
  {"name": "Deploy", "blockers": [{"name": "B", "type": "Schedule"}],
   "actions": [{"name": "Make", "actionTypeId": {"category": "Compute", "owner": "AWS", "provider": "Commands", "version": "1"},
    "commands": ["make"], "inputArtifacts": [{"name": "App"}], "outputArtifacts": [{"name": "Out", "files": ["**"]}],
    "environmentVariables": [{"name": "A", "value": "b", "type": "PLAINTEXT"}]}],
   "beforeEntry": {"conditions": [{"result": "FAIL", "rules": [{"name": "Main",
    "ruleTypeId": {"category": "Rule", "owner": "AWS", "provider": "VariableCheck", "version": "1"},
    "configuration": {"Variable": "#{Src.BranchName}", "Operator": "EQ", "Value": "main"}}]}]},
   "onSuccess": {"conditions": [{"result": "FAIL", "rules": [{"name": "Main",
    "ruleTypeId": {"category": "Rule", "provider": "VariableCheck"},
    "configuration": {"Variable": "#{Src.BranchName}", "Operator": "EQ", "Value": "main"}}]}]},
   "onFailure": {"result": "RETRY", "retryConfiguration": {"retryMode": "ALL_ACTIONS"}}}]},
 "tags": [{"key": "team", "value": "web"}], "metadata": {}}`

// fullTemplate has what only a template has, and no error.
const fullTemplate = `{"Resources": {
 "Release": {"Type": "AWS::CodePipeline::Pipeline", "Properties": {"RoleArn": "arn:aws:iam::111122223333:role/a",
  "ArtifactStore": {"Type": "S3", "Location": "artifacts"},
  "DisableInboundStageTransitions": [{"StageName": "Deploy", "Reason": "frozen"}], "RestartExecutionOnUpdate": true,
  "Stages": [{"Name": "Source", "Actions": [{"Name": "Checkout", "OutputArtifacts": [{"Name": "App"}],
    "ActionTypeId": {"Category": "Source", "Owner": "AWS", "Provider": "CodeCommit", "Version": "1"},
    "Configuration": {"RepositoryName": "r", "BranchName": "main", "PollForSourceChanges": false}}]},
   {"Name": "Deploy", "Actions": [{"Name": "Site", "InputArtifacts": [{"Name": "App"}],
    "ActionTypeId": {"Category": "Deploy", "Owner": "Custom", "Provider": "Rsync", "Version": "1"},
    "Configuration": {"Host": "web"}}]}]}},
 "Rsync": {"Type": "AWS::CodePipeline::CustomActionType", "Properties": {"Category": "Deploy", "Provider": "Rsync",
  "Version": "1", "InputArtifactDetails": {"MinimumCount": 0, "MaximumCount": 1},
  "OutputArtifactDetails": {"MinimumCount": 0, "MaximumCount": 0}, "Settings": {"EntityUrlTemplate": "https://a/"},
  "ConfigurationProperties": [{"Name": "Host", "Key": true, "Required": true, "Secret": false}],
  "Tags": [{"Key": "a", "Value": "b"}]}},
 "Hook": {"Type": "AWS::CodePipeline::Webhook", "Properties": {"TargetPipeline": {"Ref": "Release"},
  "TargetAction": "Checkout", "Authentication": "GITHUB_HMAC", "AuthenticationConfiguration": {"SecretToken": "****"},
  "Filters": [{"JsonPath": "$.ref", "MatchEquals": "refs/heads/main"}]}}}}`

// places says where each structure stands: in fullTemplate below Resources, else in fullDefinition.
var places = map[string]string{
	"definition": "", "pipeline": "pipeline", "artifactStore": "pipeline/artifactStore",
	"encryptionKey": "pipeline/artifactStore/encryptionKey", "variable": "pipeline/variables/0", "tag": "tags/0",
	"stage": "pipeline/stages/1", "blocker": "pipeline/stages/1/blockers/0", "action": "pipeline/stages/1/actions/0",
	"actionTypeId":         "pipeline/stages/1/actions/0/actionTypeId",
	"check":                "pipeline/stages/1/actions/0/when/0",
	"input artifact":       "pipeline/stages/1/actions/0/inputArtifacts/0",
	"output artifact":      "pipeline/stages/1/actions/0/outputArtifacts/0",
	"environment variable": "pipeline/stages/1/actions/0/environmentVariables/0",
	"beforeEntry":          "pipeline/stages/1/beforeEntry", "onSuccess": "pipeline/stages/1/onSuccess",
	"onFailure":          "pipeline/stages/1/onFailure",
	"retryConfiguration": "pipeline/stages/1/onFailure/retryConfiguration",
	"condition":          "pipeline/stages/1/beforeEntry/conditions/0",
	"rule":               "pipeline/stages/1/beforeEntry/conditions/0/rules/0",
	"ruleTypeId":         "pipeline/stages/1/beforeEntry/conditions/0/rules/0/ruleTypeId",
	"trigger":            "pipeline/triggers/0", "gitConfiguration": "pipeline/triggers/0/gitConfiguration",
	"push filter":        "pipeline/triggers/0/gitConfiguration/push/0",
	"pullRequest filter": "pipeline/triggers/0/gitConfiguration/pullRequest/0",
	"filter":             "pipeline/triggers/0/gitConfiguration/push/0/branches",

	"template":               "Resources/Release/Properties",
	"stage transition":       "Resources/Release/Properties/DisableInboundStageTransitions/0",
	"custom action type":     "Resources/Rsync/Properties",
	"configuration property": "Resources/Rsync/Properties/ConfigurationProperties/0",
	"artifact details":       "Resources/Rsync/Properties/InputArtifactDetails",
	"settings":               "Resources/Rsync/Properties/Settings", "webhook": "Resources/Hook/Properties",
	"authentication configuration": "Resources/Hook/Properties/AuthenticationConfiguration",
	"webhook filter":               "Resources/Hook/Properties/Filters/0",
}

// with is the full definition, or template, in which a field of a structure has a value.
func with(structure, field string, value any) string {
	text := fullDefinition
	if strings.HasPrefix(places[structure], "Resources") {
		text = fullTemplate
	}
	ours := structure == "check" || field == "when"
	if ours {
		text = strings.Replace(text, `"commands":`, `"when": [`+encoded(someWhen)+`], "commands":`, 1)
	}
	root := decoded(text)
	at := any(root)
	for _, word := range strings.Split(places[structure], "/") {
		switch holder := at.(type) {
		case object:
			if word != "" {
				at = holder[word]
			}
		case list:
			i, _ := strconv.Atoi(word)
			at = holder[i]
		}
	}
	holder, ok := at.(object)
	if !ok {
		panic(structure + " has no place in the full definition")
	}
	if field == "artifactStores" {
		delete(holder, "artifactStore")
	}
	switch _, leave := value.(absent); {
	case !leave:
		holder[field] = value
	case structure == "pipeline" || structure == "stage": // these fields hold the rest of the definition
	default:
		delete(holder, field)
	}
	if ours { // in the authoring form nothing is around the pipeline
		return encoded(root["pipeline"])
	}
	return encoded(root)
}

func encoded(value any) string {
	out, err := json.Marshal(value)
	if err != nil {
		panic(err) // every value here has a JSON form
	}
	return string(out)
}

func errorsOf(text string) diag.List {
	p, all := Parse("definition.json", []byte(text))
	all = append(all, Check(p, Options{})...)
	return slices.DeleteFunc(all, func(d diag.Diagnostic) bool { return d.Severity != diag.Error })
}

func TestEveryFieldIsAcceptedAndRefused(t *testing.T) {
	for _, c := range fieldCases {
		t.Run(c.structure+"."+c.field, func(t *testing.T) {
			if errors := errorsOf(with(c.structure, c.field, c.good)); len(errors) > 0 {
				t.Errorf("%v is refused: %v", c.good, errors)
			}
			if c.code == "" {
				return // any value goes
			}
			errors := errorsOf(with(c.structure, c.field, c.bad))
			at := slices.IndexFunc(errors, func(d diag.Diagnostic) bool { return d.Code == c.code })
			if at < 0 {
				t.Fatalf("%v is not refused with %s: %v", c.bad, c.code, errors)
			}
			if !errors[at].At.IsKnown() || errors[at].At.Start.File != "definition.json" {
				t.Errorf("%s has no place", c.code)
			}
		})
	}
}

// TestEveryFieldHasACase wants a row for each field of the tables of the language.
func TestEveryFieldHasACase(t *testing.T) {
	rows := map[string]bool{}
	for _, c := range fieldCases {
		rows[c.structure+"."+strings.ToLower(c.field[:1])+c.field[1:]] = true
	}
	tables := slices.Concat(
		names(&documentStructure), names(&pipelineStructure), names(&storeStructure), names(&keyStructure),
		names(&variableStructure), names(&tagStructure), names(&stageStructure), names(&blockerStructure),
		names(&actionStructure), names(&actionTypeIDStructure), names(&inputArtifactStructure),
		names(&outputArtifactStructure), names(&environmentStructure), names(&beforeEntryStructure),
		names(&onSuccessStructure), names(&failureStructure), names(&retryStructure), names(&conditionStructure),
		names(&ruleStructure), names(&variableCheckStructure), names(&ruleTypeIDStructure), names(&triggerStructure), names(&gitStructure),
		names(&pushStructure), names(&pullRequestStructure), names(&gitFilterStructure),
		names(&transitionStructure), names(&customActionTypeStructure), names(&customPropertyStructure),
		names(&detailsStructure), names(&customSettingsStructure), names(&webhookStructure),
		names(&webhookAuthenticationStructure), names(&webhookFilterStructure),
	)
	for _, name := range tables {
		if !rows[name] {
			t.Errorf("there is no case for %s", name)
		}
	}
}

func names[T any](s *structure[T]) []string {
	var names []string
	for _, f := range s.fields {
		names = append(names, s.name+"."+f.name)
	}
	return names
}

// notListed are tables without rows of their own, with the reason.
var notListed = map[string]string{
	"bareStructure":          "pipelineStructure and the tags",
	"templateStructure":      "bareStructure and the fields of the rows named template",
	"eventRuleStructure":     "another service's: nothing of it is refused",
	"scheduleStructure":      "another service's: nothing of it is refused",
	"eventTargetStructure":   "another service's: nothing of it is refused",
	"regionalStoreStructure": "CloudFormation's list of what artifactStores maps: Region and ArtifactStore",
}

// TestEveryTableIsListed reads the tables out of the source, so that a new one cannot be forgotten above.
func TestEveryTableIsListed(t *testing.T) {
	test, err := os.ReadFile("fields_internal_test.go")
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	declaration := regexp.MustCompile(`(?m)^(?:var )?\t?(\w+Structure)\s+=`)
	found := 0
	for _, file := range files {
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, match := range declaration.FindAllStringSubmatch(string(source), -1) {
			found++
			if _, excused := notListed[match[1]]; !excused && !strings.Contains(string(test), fmt.Sprintf("names(&%s)", match[1])) {
				t.Errorf("%s of %s is not listed", match[1], file)
			}
		}
	}
	if found < 30 {
		t.Errorf("found only %d tables: has their form changed?", found)
	}
}
