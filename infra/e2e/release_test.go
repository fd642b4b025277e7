//go:build e2e

package e2e_test

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/penstock-ci/penstock/events"
	"github.com/penstock-ci/penstock/infra/e2e/ministack"
	"github.com/penstock-ci/penstock/internal/cloud"
	installed "github.com/penstock-ci/penstock/internal/cloud/platform"
)

// All tests share a deployment, which takes longer than any of them; they come in this order.
func TestDeployed(t *testing.T) {
	w := newWorld(t)
	w.synthesize(t)
	w.deployAll(t)
	w.find(t)
	t.Run("push", w.push)
	t.Run("release", w.release)
	t.Run("same as here", w.sameAsHere)
	t.Run("duplicate event", w.duplicateEvent)
	t.Run("early event", w.earlyEvent)
	t.Run("stop", w.stop)
	t.Run("stop and abandon", w.stopAndAbandon)
	t.Run("abort", w.abort)
	t.Run("update", w.update)
	t.Run("failing update", w.failingUpdate)
	t.Run("delete", w.delete)
}

// A new version of the source goes through the whole pipeline, and its approval is given by the AWS command line.
func (w *world) release(t *testing.T) {
	e := w.begin(t)
	w.succeeds(t, w.drive(t, e, w.approveByCommandLine))
	for bucket, want := range map[string]int{"site-preview": 6, "site-production": 6, "site-archive": 1} {
		if keys := w.Keys(t, bucket); len(keys) != want {
			t.Errorf("%s has %q, want %d", bucket, keys, want)
		}
	}
	version := w.action(t, e, "Content").Output.Variables["VersionId"]
	page := w.Object(t, "site-production", "index.html")
	if !bytes.Equal(page, w.Object(t, "site-preview", version+"/index.html")) || !strings.Contains(string(page), version) {
		t.Errorf("the page that is live is not that of version %s: %s", version, page)
	}
	if !bytes.Equal(w.Object(t, "site-archive", "site-"+version+".zip"), w.Object(t, "site-content", "site.zip")) {
		t.Error("what was archived is not what was uploaded")
	}
	w.artifacts(t, e)
}

// artifacts checks that the bytes of each artifact are what its record says.
func (w *world) artifacts(t *testing.T, id string) {
	t.Helper()
	account := cloud.New(cloud.Config{Region: ministack.Region, Endpoint: w.Endpoint()})
	settings := installed.Settings{Platform: platform, TableName: platform.Table(), BucketName: platform.Bucket(), EventSource: events.Source}
	actions, err := installed.New(settings, account, io.Discard, installed.Parts{}).Records().ListActionExecutions(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, a := range actions {
		for _, made := range a.OutputArtifacts {
			names = append(names, made.Name)
			content := w.Object(t, made.Bucket, made.Key)
			if sum := sha256.Sum256(content); hex.EncodeToString(sum[:]) != made.SHA256 || int64(len(content)) != made.Size {
				t.Errorf("artifact %s has %d bytes with digest %x, its record says %d and %s", made.Name, len(content), sum, made.Size, made.SHA256)
			}
		}
	}
	slices.Sort(names)
	if want := []string{"Assets", "Pages", "SiteSource"}; !slices.Equal(names, want) {
		t.Errorf("artifacts %q, want %q", names, want)
	}
}

// begin uploads a new version of the source, and returns the ID of the execution that it starts.
func (w *world) begin(t *testing.T) string {
	t.Helper()
	before := first(w.executions(t)).ID
	w.upload(t)
	return until(t, "new execution", func() (string, bool) {
		id := first(w.executions(t)).ID
		return id, id != before
	})
}

func (w *world) succeeds(t *testing.T, e execution) {
	t.Helper()
	if e.Status != "Succeeded" {
		t.Errorf("execution %s is %s: %s %v", e.ID, e.Status, e.Summary, w.actions(t, e.ID))
	}
}

func first[T any](all []T) (one T) {
	if len(all) > 0 {
		one = all[0]
	}
	return one
}

// upload uploads the source of the example.
func (w *world) upload(t *testing.T) {
	t.Helper()
	w.PutObject(t, "site-content", "site.zip", zipped(t, filepath.Join(example, "site")))
}

func zipped(t *testing.T, dir string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		f, err := z.Create(filepath.ToSlash(name))
		if err != nil {
			return err
		}
		_, err = f.Write(content)
		return err
	})
	if err == nil {
		err = z.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// drive does what is done outside until an execution has ended: it builds, and answers the approval.
func (w *world) drive(t *testing.T, id string, approve func(*testing.T)) execution {
	t.Helper()
	return until(t, "end of the execution "+id, func() (execution, bool) {
		for _, ended := range w.builds.run(t) {
			w.PutEvents(t, ended)
		}
		e := w.execution(t, id)
		if e.ended() {
			return e, true
		}
		if w.approvalToken(t) != "" {
			approve(t)
		}
		return e, false
	})
}

// approve gives the approval that waits.
func (w *world) approve(t *testing.T) {
	t.Helper()
	w.ask(t, "/PutApprovalResult/static-site/Approve/Publish", map[string]any{
		"pipelineName": "static-site", "stageName": "Approve", "actionName": "Publish", "token": w.approvalToken(t),
		"result": map[string]string{"summary": "fine", "status": "Approved"},
	}, nil)
}

func (w *world) approvalToken(t *testing.T) string {
	t.Helper()
	var state struct {
		Stages []struct {
			Name    string `json:"stageName"`
			Actions []struct {
				Latest struct{ Token string } `json:"latestExecution"`
			} `json:"actionStates"`
		} `json:"stageStates"`
	}
	w.ask(t, "/GetPipelineState/static-site", map[string]string{"name": "static-site"}, &state)
	for _, s := range state.Stages {
		for _, a := range s.Actions {
			if a.Latest.Token != "" {
				return a.Latest.Token
			}
		}
	}
	return ""
}
