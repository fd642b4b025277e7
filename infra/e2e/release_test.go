//go:build e2e

package e2e_test

import (
	"archive/zip"
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

// All tests share a deployment, which takes longer than any of them; they come in this order.
func TestDeployed(t *testing.T) {
	w := newWorld(t)
	w.cdk(t, "deploy", "--all", "--require-approval", "never")
	t.Run("release", w.release)
}

// A new version of the source goes through the whole pipeline.
func (w *world) release(t *testing.T) {
	w.upload(t)
	started := until(t, "execution", func() (execution, bool) {
		all := w.executions(t)
		return first(all), len(all) > 0
	})
	ended := w.drive(t, started.ID)
	if ended.Status != "Succeeded" {
		t.Errorf("the execution is %s: %s %v", ended.Status, ended.Summary, w.actions(t, ended.ID))
	}
	for _, bucket := range []string{"site-preview", "site-production", "site-archive"} {
		t.Logf("%s: %q", bucket, w.Keys(t, bucket))
	}
	for _, e := range w.told(t) {
		t.Logf("%s %s", e.DetailType, e.Detail)
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

// drive does what is done outside until an execution has ended: it builds, and approves.
func (w *world) drive(t *testing.T, id string) execution {
	t.Helper()
	return until(t, "end of the execution "+id, func() (execution, bool) {
		for _, ended := range w.builds.run(t) {
			w.PutEvents(t, ended)
		}
		e := w.execution(t, id)
		if e.ended() {
			return e, true
		}
		w.approve(t)
		return e, false
	})
}

// approve gives the approval that waits, if one does.
func (w *world) approve(t *testing.T) bool {
	t.Helper()
	token := w.approvalToken(t)
	if token == "" {
		return false
	}
	w.ask(t, "/PutApprovalResult/static-site/Approve/Publish", map[string]any{
		"pipelineName": "static-site", "stageName": "Approve", "actionName": "Publish", "token": token,
		"result": map[string]string{"summary": "fine", "status": "Approved"},
	}, nil)
	return true
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
