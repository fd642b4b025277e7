package task_test

import (
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/penstock-ci/penstock/events"
	"github.com/penstock-ci/penstock/internal/execution"
	"github.com/penstock-ci/penstock/internal/task"
	"github.com/penstock-ci/penstock/pipeline"
)

// startedBy has a source in a bucket, one of GitHub without filters, one with, and one that detects nothing.
const startedBy = `{"name": "p", "pipelineType": "V2", "executionMode": "PARALLEL", "stages": [{"name": "Source", "actions": [
	{"name": "Bucket", "actionTypeId": {"category": "Source", "owner": "AWS", "provider": "S3", "version": "1"}},
	{"name": "Old", "actionTypeId": {"category": "Source", "owner": "ThirdParty", "provider": "GitHub", "version": "1"}, "configuration": {"Branch": "main", "Repo": "shop"}},
	{"name": "Branch", "actionTypeId": {"category": "Source", "owner": "AWS", "provider": "CodeStarSourceConnection", "version": "1"}, "configuration": {"FullRepositoryId": "me/shop", "BranchName": "main", "ConnectionArn": "arn:c"}},
	{"name": "Filtered", "actionTypeId": {"category": "Source", "owner": "AWS", "provider": "CodeStarSourceConnection", "version": "1"}, "configuration": {"FullRepositoryId": "me/shop", "BranchName": "main", "ConnectionArn": "arn:c"}},
	{"name": "Deaf", "actionTypeId": {"category": "Source", "owner": "AWS", "provider": "CodeStarSourceConnection", "version": "1"}, "configuration": {"FullRepositoryId": "me/shop", "BranchName": "main", "DetectChanges": "false"}}]}],
	"triggers": [{"providerType": "CodeStarSourceConnection", "gitConfiguration": {"sourceActionName": "Filtered",
		"push": [{"tags": {"includes": ["v*"]}}, {"branches": {"includes": ["release/*"]}, "filePaths": {"includes": ["src/**"]}}],
		"pullRequest": [{"events": ["OPEN"], "branches": {"includes": ["main"]}}]}}]}`

func newStarted(t *testing.T, webhooks ...execution.Webhook) *world {
	t.Helper()
	w := newWorld(t, pipeline.ModeParallel, 1)
	w.register(startedBy, webhooks...)
	return w
}

// push is the payload of GitHub about a push, as far as it is read.
func push(ref string, files ...string) map[string]any {
	return map[string]any{
		"ref": ref, "after": "0123456789abcdef0123456789abcdef01234567", "repository": map[string]any{"full_name": "me/shop", "name": "shop"},
		"commits": []any{map[string]any{"added": files, "modified": files}},
	}
}

func pull(action, base string) map[string]any {
	return pullOf(map[string]any{"full_name": "me/shop"}, action, base)
}

// pullOf is a pull request of a repository, which may be a fork.
func pullOf(repository any, action, base string) map[string]any {
	return map[string]any{
		"action": action, "repository": map[string]any{"full_name": "me/shop"},
		"pull_request": map[string]any{"base": map[string]any{"ref": base}, "head": map[string]any{
			"ref": "mine", "sha": "fedc", "repo": repository,
		}},
	}
}

func with(payload map[string]any, name string, value any) map[string]any {
	payload[name] = value
	return payload
}

const ruleARN = "arn:aws:events:us-east-1:123456789012:rule/r"

// What started the execution, and with which revisions; or why none was.
func (w *world) outcome(s task.Started, err error) string {
	w.t.Helper()
	if err != nil {
		return fmt.Sprintf("%d %v", task.HTTPStatus(err), err)
	}
	if s.Skipped != "" {
		return "skipped: " + s.Skipped
	}
	e, err := w.records.Execution(w.t.Context(), s.PipelineExecutionID)
	if err != nil {
		w.t.Fatal(err)
	}
	text := e.Trigger.Type + " " + e.Trigger.Detail
	for _, r := range e.SourceRevisions {
		text += fmt.Sprintf(" %s %s %s", r.ActionName, r.RevisionType, r.RevisionValue)
	}
	return text
}

// isWanted compares outcomes; of an error the beginning is enough.
func isWanted(got, want string) bool {
	isError := want[0] >= '4' && want[0] <= '5'
	return got == want || isError && strings.HasPrefix(got, want)
}

const (
	commit = "0123456789abcdef0123456789abcdef01234567"
	over   = `WebhookV2 {"full-repository-name":"me/shop","connection-arn":"arn:c","commit-id":"`
)

func TestStartFromEvent(t *testing.T) {
	for _, tc := range []struct {
		name   string
		action string
		event  events.Envelope
		want   string
	}{
		{"a bucket", "Bucket", event("Object Created", map[string]any{}), "CloudWatchEvent " + ruleARN},
		{"a rule without an action", "", event("Anything", map[string]any{}), "CloudWatchEvent " + ruleARN},
		{"an action that is gone", "Gone", event("Object Created", map[string]any{}), `skipped: pipeline "p" has no source action "Gone" any more`},
		{"the branch", "Branch", event("push", push("refs/heads/main")), over + commit + `","branch-name":"main"} Branch COMMIT_ID ` + commit},
		{"another branch", "Branch", event("push", push("refs/heads/other")), `skipped: action "Branch" follows branch "main", this is a push to branch "other"`},
		{"a tag, without filters", "Branch", event("push", push("refs/tags/main")), `skipped: action "Branch" follows branch "main", this is a push of tag "main"`},
		{"a pull request, without filters", "Branch", event("pull_request", pull("opened", "main")), `skipped: action "Branch" follows branch "main", this is pull request OPEN into branch "main"`},
		{"another repository", "Branch", event("push", with(push("refs/heads/main"), "repository", map[string]any{"full_name": "me/other"})), `skipped: the change is one of repository "me/other", action "Branch" reads "me/shop"`},
		{"a deleted branch", "Branch", event("push", with(push("refs/heads/main"), "deleted", true)), `skipped: "refs/heads/main" was deleted`},
		{"no detection", "Deaf", event("push", push("refs/heads/main")), `skipped: action "Deaf" does not detect changes`},
		{"a tag", "Filtered", event("push", push("refs/tags/v1")), over + commit + `","tag-name":"v1"} Filtered COMMIT_ID ` + commit},
		{"another tag", "Filtered", event("push", push("refs/tags/w1")), `skipped: no filter of the trigger of action "Filtered" lets a push of tag "w1" through`},
		{"a branch and a path", "Filtered", event("push", push("refs/heads/release/1", "docs/a", "src/a/b")), over + commit + `","branch-name":"release/1"} Filtered COMMIT_ID ` + commit},
		{"another path", "Filtered", event("push", push("refs/heads/release/1", "docs/a")), `skipped: no filter of the trigger of action "Filtered" lets a push to branch "release/1" through`},
		{"a new branch", "Filtered", event("push", with(push("refs/heads/release/1", "src/a"), "created", true)), `skipped: no filter of the trigger of action "Filtered" lets a push to branch "release/1" through`},
		{"the action's branch, with filters", "Filtered", event("push", push("refs/heads/main")), `skipped: no filter of the trigger of action "Filtered" lets a push to branch "main" through`},
		{"a pull request", "Filtered", event("pull_request", pull("opened", "main")), over + `fedc","branch-name":"main","pull-request-event":"OPEN"} Filtered COMMIT_ID fedc`},
		{"a pull request that is closed", "Filtered", event("pull_request", pull("closed", "main")), `skipped: no filter of the trigger of action "Filtered" lets pull request CLOSED into branch "main" through`},
		{"a fork", "Filtered", event("pull_request", pullOf(map[string]any{"full_name": "somebody/shop"}, "opened", "main")), `skipped: the pull request is of repository "somebody/shop", a fork: those start nothing`},
		{"a fork that is deleted", "Filtered", event("pull_request", pullOf(nil, "opened", "main")), `skipped: the pull request is of a repository that is not there any more`},
		{"a label", "Filtered", event("pull_request", pull("labeled", "main")), `skipped: action "labeled" of a pull request starts nothing`},
		{"something else", "Filtered", event("issues", map[string]any{}), `skipped: event "issues" starts nothing`},
		{"no payload", "Filtered", event("push", "text"), `400 the payload of event "push" is not what GitHub sends`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w := newStarted(t)
			r := task.StartRequest{PipelineName: "p", ActionName: tc.action, RuleARN: ruleARN, Event: tc.event}
			if got := w.outcome(w.handlers.StartFromEvent(t.Context(), r)); !isWanted(got, tc.want) {
				t.Errorf("got  %s\nwant %s", got, tc.want)
			}
		})
	}
}

// One delivery is one execution, whichever rule brings it and however often; of a pipeline that is deleted it is none.
func TestOneExecutionPerDelivery(t *testing.T) {
	w := newStarted(t)
	bucket := task.StartRequest{PipelineName: "p", ActionName: "Bucket", RuleARN: ruleARN, Event: event("Object Created", map[string]any{})}
	other := bucket
	other.ActionName = ""
	scheduled := task.StartRequest{PipelineName: "p", RuleARN: "arn:aws:scheduler:us-east-1:123456789012:schedule/s", DeliveryID: "7"}
	var ids []string
	for _, r := range []task.StartRequest{bucket, bucket, other, scheduled, scheduled} {
		s, err := w.handlers.StartFromEvent(t.Context(), r)
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, s.PipelineExecutionID)
	}
	if diff := cmp.Diff([]string{ids[0], ids[0], ids[0], ids[3], ids[3]}, ids); diff != "" || ids[0] == ids[3] || len(w.machines) != 2 {
		t.Errorf("executions %q, %d machines", ids, len(w.machines))
	}
	for _, r := range []task.StartRequest{{}, {PipelineName: "p"}, {DeliveryID: "x"}} {
		if _, err := w.handlers.StartFromEvent(t.Context(), r); execution.CodeOf(err) != execution.Invalid {
			t.Errorf("%+v = %v, want code %s", r, err, execution.Invalid)
		}
	}
	if err := w.handlers.DeletePipeline(t.Context(), "p"); err != nil {
		t.Fatal(err)
	}
	if got := w.outcome(w.handlers.StartFromEvent(t.Context(), scheduled)); got != `skipped: there is no pipeline "p"` {
		t.Errorf("of a pipeline that is deleted: %s", got)
	}
}

func sign(h func() hash.Hash, body []byte) string {
	mac := hmac.New(h, []byte("very secret"))
	mac.Write(body)
	return hex.EncodeToString(mac.Sum(nil))
}

func hook(name, target, authentication string, filters ...execution.WebhookFilter) execution.Webhook {
	w := execution.Webhook{Name: name, TargetAction: target, Authentication: authentication, Filters: filters}
	w.AuthenticationConfiguration.SecretToken = "{{resolve:secretsmanager:hook:SecretString:token}}"
	return w
}

var hooks = []execution.Webhook{
	hook("old", "Old", "GITHUB_HMAC",
		execution.WebhookFilter{JSONPath: "$.ref", MatchEquals: "refs/heads/{Branch}"}, execution.WebhookFilter{JSONPath: "$['repository'].name", MatchEquals: "{Repo}"}),
	hook("filtered", "Filtered", "GITHUB_HMAC"),
	{Name: "near", TargetAction: "Bucket", Authentication: "IP", AuthenticationConfiguration: execution.WebhookAuthentication{AllowedIPRange: "192.0.2.0/24"}},
	{Name: "open", TargetAction: "Bucket", Authentication: "UNAUTHENTICATED", Filters: []execution.WebhookFilter{{JSONPath: "$.n[1]", MatchEquals: "2"}}},
	{Name: "literal", TargetAction: "Old", Authentication: "GITHUB_HMAC", AuthenticationConfiguration: execution.WebhookAuthentication{SecretToken: "very secret"}},
	{Name: "missing", TargetAction: "Old", Authentication: "GITHUB_HMAC", AuthenticationConfiguration: execution.WebhookAuthentication{SecretToken: "{{resolve:secretsmanager:other}}"}},
	hook("path", "Bucket", "UNAUTHENTICATED", execution.WebhookFilter{JSONPath: "$..ref", MatchEquals: "x"}),
	hook("gone", "Gone", "UNAUTHENTICATED"),
}

const (
	noWebhook = "403 there is no such webhook, or the request does not authenticate itself to it"
	byOld     = "Webhook arn:aws:codepipeline:us-east-1:123456789012:webhook:old"
)

func TestReceiveWebhook(t *testing.T) {
	body := func(payload any) []byte {
		encoded, err := json.Marshal(payload)
		if err != nil {
			t.Fatal(err)
		}
		return encoded
	}
	onMain := body(push("refs/heads/main"))
	header := func(pairs ...string) http.Header {
		h := http.Header{}
		for i := 0; i < len(pairs); i += 2 {
			h.Set(pairs[i], pairs[i+1])
		}
		return h
	}
	sha256Of, sha1Of := "sha256="+sign(sha256.New, onMain), "sha1="+sign(sha1.New, onMain)
	tagged := body(push("refs/tags/v1"))
	for _, tc := range []struct {
		name, hook string
		header     http.Header
		body       []byte
		want       string
	}{
		{"signed", "old", header("X-Hub-Signature-256", sha256Of), onMain, byOld},
		{"signed the old way", "old", header("X-Hub-Signature", sha1Of), onMain, byOld},
		{"signed both ways", "old", header("X-Hub-Signature", sha1Of, "X-Hub-Signature-256", sha256Of), onMain, byOld},
		{"the better signature is wrong", "old", header("X-Hub-Signature", sha1Of, "X-Hub-Signature-256", "sha256=00"), onMain, noWebhook},
		{"another body", "old", header("X-Hub-Signature-256", sha256Of), tagged, noWebhook},
		{"no signature", "old", nil, onMain, noWebhook},
		{"no hexadecimal", "old", header("X-Hub-Signature-256", "sha256=zz"), onMain, noWebhook},
		{"an empty signature", "old", header("X-Hub-Signature-256", "sha256="), onMain, noWebhook},
		{"one hash under the name of the other", "old", header("X-Hub-Signature-256", sha1Of), onMain, noWebhook},
		{"no such webhook", "other", header("X-Hub-Signature-256", sha256Of), onMain, noWebhook},
		{"a filter", "old", header("X-Hub-Signature-256", "sha256="+sign(sha256.New, tagged)), tagged, `skipped: $.ref is not "refs/heads/main"`},
		{"no JSON", "old", header("X-Hub-Signature-256", "sha256="+sign(sha256.New, []byte("x=1"))), []byte("x=1"), "400 the body is not JSON"},
		{"a connection", "filtered", header("X-Hub-Signature-256", "sha256="+sign(sha256.New, tagged), "X-GitHub-Event", "push"), tagged, over + commit + `","tag-name":"v1"} Filtered COMMIT_ID ` + commit},
		{"a connection's filters", "filtered", header("X-Hub-Signature-256", sha256Of, "X-GitHub-Event", "push"), onMain, `skipped: no filter of the trigger of action "Filtered" lets a push to branch "main" through`},
		{"a ping", "filtered", header("X-Hub-Signature-256", sha256Of, "X-GitHub-Event", "ping"), onMain, `skipped: event "ping" starts nothing`},
		{"from near", "near", nil, nil, "Webhook arn:aws:codepipeline:us-east-1:123456789012:webhook:near"},
		{"open", "open", nil, []byte(`{"n": [1, 2]}`), "Webhook arn:aws:codepipeline:us-east-1:123456789012:webhook:open"},
		{"open, filtered", "open", nil, []byte(`{"n": [2]}`), `skipped: $.n[1] is not "2"`},
		{"too long", "open", nil, []byte(strings.Repeat(" ", task.MaxWebhookBody+1)), "413 a body may have 262144 bytes"},
		{"a secret in clear", "literal", header("X-Hub-Signature-256", sha256Of), onMain, `500 webhook "literal": its SecretToken names no secret`},
		{"a secret that is not there", "missing", header("X-Hub-Signature-256", sha256Of), onMain, `500 read the secret of webhook "missing": no such secret`},
		{"a path that is not supported", "path", nil, onMain, `500 webhook "path", filter "$..ref": "..ref": paths with ".." are not supported`},
		{"an action that is gone", "gone", nil, onMain, `skipped: pipeline "p" has no source action "Gone" any more`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w := newStarted(t, hooks...)
			r := task.WebhookRequest{PipelineName: "p", WebhookName: tc.hook, SourceIP: "::ffff:192.0.2.7", RequestID: "1", Header: tc.header, Body: tc.body}
			if got := w.outcome(w.handlers.ReceiveWebhook(t.Context(), r)); !isWanted(got, tc.want) {
				t.Errorf("got  %s\nwant %s", got, tc.want)
			}
		})
	}
	w := newStarted(t, hooks...)
	for _, r := range []task.WebhookRequest{
		{PipelineName: "p", WebhookName: "near", SourceIP: "198.51.100.1"},
		{PipelineName: "p", WebhookName: "near", SourceIP: "nowhere"},
		{PipelineName: "other", WebhookName: "near", SourceIP: "192.0.2.7"},
	} {
		if got := w.outcome(w.handlers.ReceiveWebhook(t.Context(), r)); got != noWebhook {
			t.Errorf("%+v: %s", r, got)
		}
	}
}

// A signed delivery that is sent again starts nothing, also under another name; others are told apart by their names.
func TestReplayedWebhooks(t *testing.T) {
	w := newStarted(t, hooks...)
	body, err := json.Marshal(push("refs/heads/main"))
	if err != nil {
		t.Fatal(err)
	}
	ids := map[string][]string{}
	for _, r := range []task.WebhookRequest{
		{WebhookName: "old", RequestID: "1", Header: http.Header{"X-Github-Delivery": {"a"}, "X-Hub-Signature-256": {"sha256=" + sign(sha256.New, body)}}},
		{WebhookName: "old", RequestID: "2", Header: http.Header{"X-Github-Delivery": {"b"}, "X-Hub-Signature": {"sha1=" + sign(sha1.New, body)}}},
		{WebhookName: "old", RequestID: "a", Header: http.Header{"Idempotency-Key": {"9"}, "X-Hub-Signature-256": {"sha256=" + sign(sha256.New, body)}}},
		{WebhookName: "old", RequestID: "b", Header: http.Header{"X-Hub-Signature": {"sha256=" + sign(sha256.New, body)}}},
		{WebhookName: "old", RequestID: "c", Header: http.Header{"X-Gitlab-Token": {"very secret"}}},
		{WebhookName: "old", RequestID: "d", Header: http.Header{"X-Gitlab-Token": {"very secret"}, "Idempotency-Key": {"9"}}},
		{WebhookName: "old", RequestID: "e", Header: http.Header{"X-Gitlab-Token": {"very secret"}, "Idempotency-Key": {"9"}}},
		{WebhookName: "old", RequestID: "f", Header: http.Header{"X-Gitlab-Token": {"very secret"}, "Idempotency-Key": {"8"}}},
		{WebhookName: "near", RequestID: "3", Header: http.Header{"X-Github-Delivery": {"a"}}},
		{WebhookName: "near", RequestID: "4", Header: http.Header{"X-Github-Delivery": {"a"}}},
		{WebhookName: "near", RequestID: "5"},
		{WebhookName: "near", RequestID: "6"},
	} {
		r.PipelineName, r.SourceIP, r.Body = "p", "192.0.2.7", body
		s, err := w.handlers.ReceiveWebhook(t.Context(), r)
		if err != nil {
			t.Fatal(err)
		}
		ids[s.PipelineExecutionID] = append(ids[s.PipelineExecutionID], r.WebhookName+r.RequestID)
	}
	var got []string
	for _, m := range w.machines {
		got = append(got, strings.Join(ids[m.execution], " "))
	}
	if diff := cmp.Diff([]string{"old1 old2 olda oldb oldc", "oldd olde", "oldf", "near3 near4", "near5", "near6"}, got); diff != "" {
		t.Errorf("requests by execution (-want +got):\n%s", diff)
	}
}
