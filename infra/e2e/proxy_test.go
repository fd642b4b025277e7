//go:build e2e

package e2e_test

import (
	"bufio"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/penstock-ci/penstock/infra/e2e/ministack"
)

// approver are the credentials of somebody who may give the one approval there is, and nothing else.
func (w *world) approver(t *testing.T) ministack.Credentials {
	t.Helper()
	c, err := w.AssumeRole(t.Context(), ministack.Assumption{Role: "arn:aws:iam::" + ministack.Account + ":role/approver"})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// serve starts a command of penstock that answers CodePipeline's API, and returns its endpoint.
func (w *world) serve(t *testing.T, dir string, environment []string, arguments ...string) string {
	t.Helper()
	c := exec.CommandContext(t.Context(), w.penstock(t), arguments...)
	c.Dir, c.Env = dir, environment
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = c.Process.Signal(os.Interrupt) // it answers until it is ended
		_ = c.Wait()
	})
	lines := bufio.NewReader(out)
	for {
		line, err := lines.ReadString('\n')
		if err != nil {
			t.Fatalf("%s does not start: %v", arguments[0], err)
		}
		if found := strings.TrimSpace(line); strings.HasPrefix(found, "http://127.0.0.1:") && !strings.HasPrefix(found, w.api) {
			go func() { _, _ = io.Copy(io.Discard, lines) }() // ends with the process
			return found
		}
	}
}

// penstock is the command line, built once.
func (w *world) penstock(t *testing.T) string {
	t.Helper()
	program := filepath.Join(w.home, "penstock")
	if _, err := os.Stat(program); err == nil {
		return program
	}
	c := exec.CommandContext(t.Context(), "go", "build", "-o", program, "./cmd/penstock")
	c.Dir = root
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	return program
}

// approveByCommandLine gives the approval that waits by the AWS command line, through `penstock proxy`, as somebody who may do
// just that.
func (w *world) approveByCommandLine(t *testing.T) {
	t.Helper()
	as := w.approver(t)
	endpoint := w.serve(t, w.home, w.Environment(as), "proxy", "--platform", w.api)
	if _, err := w.AWS(t.Context(), as, "--endpoint-url", endpoint, "codepipeline", "start-pipeline-execution", "--name", "static-site"); err == nil ||
		!strings.Contains(err.Error(), "AccessDenied") {
		t.Errorf("who may only approve has started the pipeline: %v", err)
	}
	text, err := w.AWS(t.Context(), as, "--endpoint-url", endpoint, "codepipeline", "get-pipeline-state", "--name", "static-site",
		"--query", "stageStates[?stageName=='Approve'].actionStates[0].latestExecution.token | [0]", "--output", "text")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.AWS(t.Context(), as, "--endpoint-url", endpoint, "codepipeline", "put-approval-result",
		"--pipeline-name", "static-site", "--stage-name", "Approve", "--action-name", "Publish",
		"--token", strings.TrimSpace(string(text)), "--result", "summary=fine,status=Approved"); err != nil {
		t.Fatal(err)
	}
}
