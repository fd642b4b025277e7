//go:build e2e

package e2e_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/penstock-ci/penstock/infra/e2e/ministack"
)

// connected has a source behind a connection.
const connected = `name: connected
pipelineType: V2
stages:
  - name: Source
    actions:
      - name: Code
        actionTypeId: Source/CodeStarSourceConnection
        configuration:
          ConnectionArn: arn:aws:codeconnections:us-east-1:000000000000:connection/8d5f6c1e-1f0b-4a39-9d35-3d2c1b7a9e10
          FullRepositoryId: me/shop
          BranchName: main
        outputArtifacts: [{name: Code}]
  - name: Approve
    actions: [{name: Gate, actionTypeId: Approval/Manual}]
`

func (w *world) defineConnected(t *testing.T) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(w.home, "connected.yaml"), []byte(connected), 0o600); err != nil {
		t.Fatal(err)
	}
}

// A repository sends a push to the URL that the stack tells, signed with the secret that the stack has made: the pipeline
// starts. Signed with anything else it does not.
func (w *world) push(t *testing.T) {
	outputs, err := w.Outputs(t.Context(), platform.PipelineStack("connected"))
	if err != nil {
		t.Fatal(err)
	}
	var to *url.URL
	var secret struct{ SecretString string }
	for name, value := range outputs {
		switch {
		case strings.Contains(name, "SecretArn"):
			w.must(t, ministack.Operation{Service: "secretsmanager", Target: "secretsmanager.GetSecretValue"}, map[string]string{"SecretId": value}, &secret)
		case strings.HasSuffix(value, "/webhooks/connected/Code"):
			if to, err = url.Parse(value); err != nil {
				t.Fatal(err)
			}
		}
	}
	if to == nil || secret.SecretString == "" {
		t.Fatalf("the stack does not tell what the repository needs: %v", outputs)
	}
	id, _, _ := strings.Cut(to.Host, ".")
	address := w.Endpoint() + "/_aws/execute-api/" + id + "/$default" + to.Path
	if status := w.sendPush(t, address, "guess"); status != http.StatusForbidden {
		t.Errorf("signed with another secret: status %d", status)
	}
	if status := w.sendPush(t, address, secret.SecretString); status != http.StatusOK {
		t.Fatalf("signed with the stack's secret: status %d", status)
	}
	var listed struct {
		All []struct {
			ID      string `json:"pipelineExecutionId"`
			Trigger struct {
				Type string `json:"triggerType"`
			} `json:"trigger"`
		} `json:"pipelineExecutionSummaries"`
	}
	w.ask(t, "/ListPipelineExecutions/connected", map[string]string{"pipelineName": "connected"}, &listed)
	if len(listed.All) != 1 || listed.All[0].Trigger.Type != "WebhookV2" {
		t.Fatalf("executions %v", listed.All)
	}
	w.ask(t, "/StopPipelineExecution/connected", map[string]any{
		"pipelineName": "connected", "pipelineExecutionId": listed.All[0].ID, "abandon": true, "reason": "there is no such repository",
	}, nil)
	var got struct {
		One execution `json:"pipelineExecution"`
	}
	until(t, "end of the execution", func() (string, bool) {
		w.ask(t, "/GetPipelineExecution/connected", map[string]string{"pipelineName": "connected", "pipelineExecutionId": listed.All[0].ID}, &got)
		return got.One.Status, got.One.ended()
	})
}

// sendPush sends a push as GitHub does, and returns the status of the answer.
func (w *world) sendPush(t *testing.T, address, secret string) int {
	t.Helper()
	const body = `{"ref":"refs/heads/main","after":"8c5f7a1e6f0b4a399d353d2c1b7a9e10aabbccdd","repository":{"full_name":"me/shop"}}`
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, address, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	sum := hmac.New(sha256.New, []byte(secret))
	sum.Write([]byte(body))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("X-GitHub-Event", "push")
	r.Header.Set("X-Hub-Signature-256", "sha256="+hex.EncodeToString(sum.Sum(nil)))
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	return answer.StatusCode
}
