package task_test

import (
	"bufio"
	"bytes"
	"crypto/sha1"
	"crypto/sha256"
	"flag"
	"net/http"
	"net/textproto"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/penstock-ci/penstock/internal/task"
	"github.com/penstock-ci/penstock/pipeline"
)

var update = flag.Bool("update", false, "write what comes of the samples in testdata/webhooks into them")

// pushedTo has a source behind a connection that follows its branch, one with a trigger, and one with a trigger on paths.
const pushedTo = `{"name": "p", "pipelineType": "V2", "executionMode": "PARALLEL", "stages": [{"name": "Source", "actions": [
	{"name": "Branch", "actionTypeId": {"category": "Source", "owner": "AWS", "provider": "CodeStarSourceConnection", "version": "1"}, "configuration": {"FullRepositoryId": "me/shop", "BranchName": "main", "ConnectionArn": "arn:c"}},
	{"name": "Trigger", "actionTypeId": {"category": "Source", "owner": "AWS", "provider": "CodeStarSourceConnection", "version": "1"}, "configuration": {"FullRepositoryId": "me/shop", "BranchName": "old", "ConnectionArn": "arn:c"}},
	{"name": "Paths", "actionTypeId": {"category": "Source", "owner": "AWS", "provider": "CodeStarSourceConnection", "version": "1"}, "configuration": {"FullRepositoryId": "me/shop", "BranchName": "old", "ConnectionArn": "arn:c"}}]}],
	"triggers": [
		{"providerType": "CodeStarSourceConnection", "gitConfiguration": {"sourceActionName": "Trigger",
			"push": [{"tags": {"includes": ["v*"]}}, {"branches": {"includes": ["ma*"]}}],
			"pullRequest": [{"branches": {"includes": ["main"]}}]}},
		{"providerType": "CodeStarSourceConnection", "gitConfiguration": {"sourceActionName": "Paths",
			"push": [{"branches": {"includes": ["main"]}, "filePaths": {"includes": ["src/**"]}}]}}]}`

// What the providers of connections send starts what their samples say: by the branch, by a trigger, by a trigger on paths.
func TestProviders(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("testdata", "webhooks", "*.txtar"))
	if err != nil || len(files) != 3 {
		t.Fatalf("samples %q: %v", files, err)
	}
	for _, file := range files {
		samples, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		before := txtar.Format(samples)
		var written []txtar.File
		for _, sample := range samples.Files {
			name, is := strings.CutSuffix(sample.Name, ".http")
			if !is {
				continue
			}
			var came strings.Builder
			for _, action := range []string{"Branch", "Trigger", "Paths"} {
				came.WriteString(action + ": " + deliver(t, action, sample.Data) + "\n")
			}
			written = append(written, sample, txtar.File{Name: name + ".want", Data: []byte(came.String())})
		}
		samples.Files = written
		if *update {
			if err := os.WriteFile(file, txtar.Format(samples), 0o600); err != nil {
				t.Fatal(err)
			}
		} else if diff := cmp.Diff(string(before), string(txtar.Format(samples))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", file, diff)
		}
	}
}

// deliver sends a sample to the webhook of an action, and says what comes of it.
func deliver(t *testing.T, action string, sample []byte) string {
	t.Helper()
	w := newWorld(t, pipeline.ModeParallel, 1)
	w.register(pushedTo, hook("hook", action, "GITHUB_HMAC"))
	got := w.outcome(w.handlers.ReceiveWebhook(t.Context(), request(t, sample)))
	if n := len(w.machines); n > 1 {
		got += " and " + strings.Repeat("another", n-1)
	}
	return got
}

// request reads a sample: headers, an empty line, the body. SHA256, SHA1 and SECRET in a header stand for signatures of the body and
// for the secret.
func request(t *testing.T, sample []byte) task.WebhookRequest {
	t.Helper()
	header, body, _ := bytes.Cut(sample, []byte("\n\n"))
	text := strings.NewReplacer("SHA256", sign(sha256.New, body), "SHA1", sign(sha1.New, body), "SECRET", "very secret").Replace(string(header))
	read, err := textproto.NewReader(bufio.NewReader(strings.NewReader(text + "\n\n"))).ReadMIMEHeader()
	if err != nil {
		t.Fatal(err)
	}
	return task.WebhookRequest{PipelineName: "p", WebhookName: "hook", SourceIP: "192.0.2.7", RequestID: "1", Header: http.Header(read), Body: body}
}
