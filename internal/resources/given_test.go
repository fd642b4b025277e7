package resources_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/penstock-ci/penstock/internal/execution"
	"github.com/penstock-ci/penstock/internal/resources"
	"github.com/penstock-ci/penstock/internal/resources/machines"
	"github.com/penstock-ci/penstock/pipeline"
	"github.com/penstock-ci/penstock/pipeline/catalogue"
)

const connected = `
name: connected
pipelineType: V2
TRIGGERS
artifactStore: {type: S3, location: store}
stages:
- name: Source
  actions:
  - name: Code
    actionTypeId: Source/CodeStarSourceConnection
    configuration: {ConnectionArn: "arn:aws:codeconnections:eu-west-1:111122223333:connection/c", FullRepositoryId: o/r, BranchName: main, SETTING}
    outputArtifacts: [{name: A}]
- name: Approve
  actions: [{name: M, actionTypeId: Approval/Manual}]
`

const connectedTemplate = `Parameters: {Which: {Type: String}}
Resources:
  Release:
    Type: AWS::CodePipeline::Pipeline
    Properties:
      Name: connected
      RoleArn: arn:aws:iam::111122223333:role/p
      ArtifactStore: {Type: S3, Location: store}
      Stages:
      - Name: Source
        Actions:
        - Name: NAME
          ActionTypeId: {Category: Source, Owner: AWS, Provider: CodeStarSourceConnection, Version: "1"}
          Configuration: {ConnectionArn: "arn:aws:codeconnections:eu-west-1:111122223333:connection/c", FullRepositoryId: o/r, BranchName: main}
          OutputArtifacts: [{Name: A}]
        - Name: Other
          ActionTypeId: {Category: Source, Owner: AWS, Provider: S3, Version: "1"}
          Configuration: {S3Bucket: b, S3ObjectKey: k}
          OutputArtifacts: [{Name: B}]
      - Name: Approve
        Actions:
        - Name: M
          ActionTypeId: {Category: Approval, Owner: AWS, Provider: Manual, Version: "1"}
`

const connectedHook = `  Code:
    Type: AWS::CodePipeline::Webhook
    Properties:
      TargetPipeline: !Ref Release
      TargetPipelineVersion: 1
      TargetAction: TARGET
      Authentication: GITHUB_HMAC
      AuthenticationConfiguration: {SecretToken: "{{resolve:secretsmanager:theirs}}"}
      Filters: [{JsonPath: $.ref}]
`

// TestGiven holds which sources are given a webhook, how they are called, and of what the repository
// must tell.
func TestGiven(t *testing.T) {
	github := func(events ...string) resources.Sender {
		return resources.Sender{Provider: "GitHub", Enter: "content type application/json", Events: events}
	}
	gitlab := func(events ...string) resources.Sender {
		return resources.Sender{Provider: "GitLab", Enter: "the secret is the secret token", Events: events}
	}
	bitbucket := func(events ...string) resources.Sender {
		return resources.Sender{Provider: "Bitbucket", Events: events}
	}
	given := func(name string, senders ...resources.Sender) []resources.GivenWebhook {
		return []resources.GivenWebhook{{
			Name: name, Action: strings.TrimSuffix(name, "-push"), Repository: "o/r", Secret: "penstock/connected/" + name + "/webhook", Senders: senders, ID: name,
		}}
	}
	pulls := []string{"Pull request created", "Pull request updated", "Pull request merged", "Pull request declined"}
	pushed := []resources.Sender{github("push"), gitlab("Push events"), bitbucket("Repository push")}
	tagged := []resources.Sender{github("push"), gitlab("Tag push events"), bitbucket("Repository push")}
	pulled := []resources.Sender{github("pull_request"), gitlab("Merge request events"), bitbucket(pulls...)}
	all := []resources.Sender{
		github("push", "pull_request"), gitlab("Push events", "Tag push events", "Merge request events"), bitbucket(append([]string{"Repository push"}, pulls...)...),
	}
	trigger := func(of, filters string) string {
		return "triggers: [{providerType: CodeStarSourceConnection, gitConfiguration: {sourceActionName: " + of + ", " + filters + "}}]"
	}
	authored := func(triggers, setting string) string {
		return strings.NewReplacer("TRIGGERS", triggers, "SETTING", setting).Replace(connected)
	}
	template := func(name, hook string) string {
		return strings.ReplaceAll(connectedTemplate, "NAME", name) + strings.ReplaceAll(connectedHook, "TARGET", hook)
	}
	byToken := func(source string) string {
		return strings.NewReplacer(
			"Source/CodeStarSourceConnection", "Source/GitHub", "Owner: AWS, Provider: CodeStarSourceConnection", "Owner: ThirdParty, Provider: GitHub",
			`ConnectionArn: "arn:aws:codeconnections:eu-west-1:111122223333:connection/c", FullRepositoryId: o/r, BranchName: main`,
			`Owner: o, Branch: main, OAuthToken: "{{resolve:secretsmanager:t}}", Repo: r`,
		).Replace(source)
	}
	const deaf, tags, requests = `DetectChanges: "false"`, `push: [{tags: {includes: ["v*"]}}]`, `pullRequest: [{branches: {includes: [main]}}]`
	for name, test := range map[string]struct {
		source string
		want   []resources.GivenWebhook
		silent []string
	}{
		"nothing said":     {authored("", ""), given("Code", pushed...), nil},
		"detects":          {authored("", `DetectChanges: "true"`), given("Code", pushed...), nil},
		"does not detect":  {authored("", deaf), nil, []string{"Code"}},
		"triggered":        {authored(trigger("Code", tags), deaf), given("Code", tagged...), nil},
		"pull requests":    {authored(trigger("Code", requests), deaf), given("Code", pulled...), nil},
		"all":              {authored(trigger("Code", `push: [{tags: {includes: ["v*"]}}, {branches: {includes: [main]}}], `+requests), ""), given("Code", all...), nil},
		"other triggered":  {authored(trigger("Other", tags), deaf), nil, []string{"Code"}},
		"template":         {strings.ReplaceAll(connectedTemplate, "NAME", "Code"), given("Code", pushed...), nil},
		"open name":        {strings.ReplaceAll(connectedTemplate, "NAME", "!Ref Which"), given("${Which}", pushed...), nil},
		"declared":         {template("Code", "Code"), nil, nil},
		"name is taken":    {template("Code", "Other"), given("Code-push", pushed...), nil},
		"taken by another": {template("Branch", "Other"), given("Branch", pushed...), nil},
		"by a token":       {byToken(authored("", "")), given("Code", github("push")), nil},
		"not polled":       {byToken(authored("", `PollForSourceChanges: "false"`)), given("Code", github("push")), nil},
		"template's token": {byToken(strings.ReplaceAll(connectedTemplate, "NAME", "Code")), given("Code", github("push")), nil},
		"its own, unseen":  {strings.Replace(byToken(strings.ReplaceAll(connectedTemplate, "NAME", "Code")), "Repo: r", `Repo: r, PollForSourceChanges: "false"`, 1), nil, []string{"Code"}},
	} {
		t.Run(name, func(t *testing.T) {
			made := deployed(t, test.source, resources.Named)
			if diff := cmp.Diff(test.want, made.Given); diff != "" {
				t.Errorf("webhooks (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(append([]string{}, test.silent...), made.Silent); diff != "" {
				t.Errorf("silent sources (-want +got):\n%s", diff)
			}
			names := map[string]bool{}
			for _, w := range filled(t, made) {
				if names[w.Name] {
					t.Errorf("two webhooks are called %q", w.Name)
				}
				names[w.Name] = true
			}
		})
	}
}

func deployed(t *testing.T, source string, values resources.Values) resources.Pipeline {
	t.Helper()
	d, list := pipeline.Parse("connected.yaml", []byte(source))
	if d == nil || d.Name.Value == "" {
		t.Fatal(list)
	}
	made, err := here.Pipeline(d, machines.Compile, values)
	if err != nil {
		t.Fatal(err)
	}
	return made
}

func filled(t *testing.T, made resources.Pipeline) []execution.Webhook {
	t.Helper()
	all, err := resources.FillWebhooks(made.Webhooks, map[string]string{"Which": "Code"})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// TestGivenFilters holds that what is given to a source by a token starts on pushes to its branch alone, as the webhooks of
// templates do.
func TestGivenFilters(t *testing.T) {
	made := deployed(t, `
name: tokens
artifactStore: {type: S3, location: store}
stages:
- name: Source
  actions:
  - name: Code
    actionTypeId: Source/GitHub
    configuration: {Owner: o, Repo: r, Branch: main, OAuthToken: "{{resolve:secretsmanager:t}}"}
    outputArtifacts: [{name: A}]
- name: Approve
  actions: [{name: M, actionTypeId: Approval/Manual}]
`, resources.Named)
	want := []execution.WebhookFilter{{JSONPath: "$.ref", MatchEquals: "refs/heads/{Branch}"}}
	if diff := cmp.Diff(want, filled(t, made)[0].Filters); diff != "" {
		t.Errorf("filters (-want +got):\n%s", diff)
	}
}

// TestGivenSecret holds that what is registered names the secret that the stack makes, and that receive-webhook may read
// that one, its key through Secrets Manager included, and nothing else with it.
func TestGivenSecret(t *testing.T) {
	made := deployed(t, strings.ReplaceAll(connectedTemplate, "NAME", "!Ref Which"), func(string) string { return "Code" })
	want := []execution.Webhook{{
		Name: "Code", TargetAction: "Code", Authentication: "GITHUB_HMAC", Filters: []execution.WebhookFilter{},
		AuthenticationConfiguration: execution.WebhookAuthentication{SecretToken: "{{resolve:secretsmanager:penstock/connected/Code/webhook}}"},
	}}
	registered := filled(t, made)
	if diff := cmp.Diff(want, registered); diff != "" {
		t.Fatalf("registered (-want +got):\n%s", diff)
	}
	secret, _ := catalogue.ParseSecret(registered[0].AuthenticationConfiguration.SecretToken)
	if secret.ID != made.Given[0].Secret {
		t.Errorf("the stack makes %s, and %s is read", made.Given[0].Secret, secret.ID)
	}
	role, err := json.Marshal(resources.NewDocument(made.Role))
	if err != nil {
		t.Fatal(err)
	}
	narrowed, err := here.SecretPolicy(secret)
	if err != nil {
		t.Fatal(err)
	}
	s := session{role: readPolicy(t, role), narrowed: readPolicy(t, []byte(narrowed))}
	const arn = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:"
	through := func(service string) map[string]string {
		return map[string]string{"kms:ViaService": service + ".eu-west-1.amazonaws.com"}
	}
	for _, c := range []struct {
		call
		may bool
	}{
		{call{"secretsmanager:GetSecretValue", arn + "penstock/connected/Code/webhook-AbCdEf", nil}, true},
		{call{"kms:Decrypt", here.Key, through("secretsmanager")}, true},
		{call{"kms:Decrypt", here.Key, through("s3")}, false},
		{call{"kms:Decrypt", here.Key, nil}, false},
		{call{"kms:GenerateDataKey", here.Key, through("secretsmanager")}, false},
		{call{"secretsmanager:GetSecretValue", arn + "penstock/other/Code/webhook-AbCdEf", nil}, false},
		{call{"secretsmanager:PutSecretValue", arn + "penstock/connected/Code/webhook-AbCdEf", nil}, false},
	} {
		if got := s.allows(c.call); got != c.may {
			t.Errorf("it may %s %s %v: %t\n%s", c.action, c.resource, c.context, got, role)
		}
	}
}
