package platform

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/penstock-ci/penstock/internal/execution"
	"github.com/penstock-ci/penstock/internal/resources"
	"github.com/penstock-ci/penstock/internal/resources/machines"
	"github.com/penstock-ci/penstock/pipeline"
)

// connected has two sources behind connections, of which one follows its branch and the other has a trigger with a filter, and
// one by a token.
const connected = `{"name":"connected","pipelineType":"V2","executionMode":"PARALLEL","stages":[
 {"name":"Source","actions":[
   {"name":"Follows","actionTypeId":"Source/AWS/CodeStarSourceConnection/1","outputArtifacts":[{"name":"One"}],
    "configuration":{"ConnectionArn":"arn:aws:codeconnections:eu-central-1:123456789012:connection/c","FullRepositoryId":"me/one","BranchName":"main"}},
   {"name":"Filters","actionTypeId":"Source/AWS/CodeStarSourceConnection/1","outputArtifacts":[{"name":"Two"}],
    "configuration":{"ConnectionArn":"arn:aws:codeconnections:eu-central-1:123456789012:connection/c","FullRepositoryId":"me/two","BranchName":"main","DetectChanges":"false"}},
   {"name":"Token","actionTypeId":"Source/ThirdParty/GitHub/1","outputArtifacts":[{"name":"Three"}],
    "configuration":{"Owner":"me","Repo":"three","Branch":"main","OAuthToken":"{{resolve:secretsmanager:token}}"}}]},
 {"name":"Ask","actions":[{"name":"Ask","actionTypeId":"Approval/AWS/Manual/1"}]}],
 "triggers":[{"providerType":"CodeStarSourceConnection","gitConfiguration":{"sourceActionName":"Filters","push":[{"branches":{"includes":["release/*"]}}]}}]}`

// A push to a repository starts the pipeline where it is signed with the secret that the source was given, and the branch, or
// the trigger's filter, lets it through.
func TestPushes(t *testing.T) {
	w := newWorld(t, "")
	p, _ := pipeline.Parse("connected.json", []byte(connected))
	made, err := w.outside.Pipeline(p, machines.Compile, resources.Named)
	if err != nil {
		t.Fatal(err)
	}
	w.webhooks = made.Webhooks
	w.deploy(connected)
	for name, test := range map[string]struct {
		webhook, secret, repository, branch string
		starts, refused                     bool
	}{
		"its branch":         {"Follows", "hush", "me/one", "main", true, false},
		"another branch":     {"Follows", "hush", "me/one", "release/1", false, false},
		"filter":             {"Filters", "hush", "me/two", "release/1", true, false},
		"not in filter":      {"Filters", "hush", "me/two", "main", false, false},
		"another repository": {"Filters", "hush", "me/one", "release/1", false, false},
		"wrong signature":    {"Follows", "guess", "me/one", "main", false, true},
		"wrong for a filter": {"Filters", "guess", "me/two", "release/1", false, true},
		"by a token":         {"Token", "hush", "me/three", "main", true, false},
		"token's other":      {"Token", "hush", "me/three", "release/1", false, false},
		"token's wrong":      {"Token", "guess", "me/three", "main", false, true},
		"no webhook":         {"Ask", "hush", "me/one", "main", false, true},
	} {
		t.Run(name, func(t *testing.T) {
			commit := "c0ffee-" + name
			started, err := w.push("connected", test.webhook, test.secret,
				`{"ref":"refs/heads/`+test.branch+`","after":"`+commit+`","repository":{"full_name":"`+test.repository+`"}}`)
			if got := started.PipelineExecutionID != ""; got != test.starts || (err != nil) != test.refused {
				t.Fatalf("started %t: %+v, %v", got, started, err)
			}
			if test.refused && execution.CodeOf(err) != execution.NotAllowed {
				t.Errorf("it is refused otherwise: %v", err)
			}
			if !test.starts {
				return
			}
			e, err := w.outside.Records().Execution(t.Context(), started.PipelineExecutionID)
			if err != nil {
				t.Fatal(err)
			}
			want, trigger := []execution.SourceRevisionOverride{{ActionName: test.webhook, RevisionType: "COMMIT_ID", RevisionValue: commit}}, "WebhookV2"
			if test.webhook == "Token" { // it takes the newest
				want, trigger = nil, "Webhook"
			}
			if diff := cmp.Diff(want, e.SourceRevisions); diff != "" || e.Trigger.Type != trigger {
				t.Errorf("trigger %v; revisions (-want +got):\n%s", e.Trigger, diff)
			}
		})
	}
	for _, c := range made.Given {
		if !slices.Contains(w.services.read, c.Secret) {
			t.Errorf("secret %s of the stack was not read, but %q", c.Secret, w.services.read)
		}
	}
}
