//go:build unix

package main

import (
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/penstock-ci/penstock/statemachines/engine/mototest"
)

// served is penstock serve in one shell, and the AWS command line in another.
type served struct {
	*shell
	t        *testing.T
	endpoint string
	list     string // the command that it prints
	path     string // where the AWS command line is
}

func startServing(t *testing.T, dir string) *served {
	t.Helper()
	s := &served{t: t, path: filepath.Dir(mototest.Python(t)), shell: open(t, dir, "serve", file)}
	s.endpoint = s.tells(`^(http://127\.0\.0\.1:[0-9]+)$`)
	s.list = s.tells(`^aws .*`)
	s.tells("^Ctrl-C")
	return s
}

// aws runs the command that serve prints with other words than list-pipelines.
func (s *served) aws(words string) string {
	s.t.Helper()
	cmd := exec.Command("sh", "-c", strings.Replace(s.list, "list-pipelines", words, 1)+" --output text")
	cmd.Env = append(os.Environ(), "PATH="+s.path+":"+os.Getenv("PATH"))
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		s.t.Fatalf("%s: %v\n%s", cmd.Args, err, out)
	}
	return strings.TrimSpace(string(out))
}

// The AWS command line starts what runs here, and it and other shells work with the same executions.
func TestServe(t *testing.T) {
	dir := demo(t)
	git := `cd source && git init -q -b main && git add . && git="git -c user.name=A -c user.email=a@example.com" &&
		$git commit -qm "the first version" && $git commit -qm "the second version" --allow-empty`
	if out, err := shellIn(dir, git).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	s := startServing(t, dir)
	if names := s.aws("list-pipelines --query pipelines[].name"); names != "demo" {
		t.Errorf("the pipelines are %q", names)
	}
	refuses(t, dir, "serve "+file, "another process runs pipelines in .penstock")

	one := s.aws(`start-pipeline-execution --name demo --variables name=CHANNEL,value=beta \
		--source-revisions actionName=Checkout,revisionType=COMMIT_ID,revisionValue=main~1`)
	s.tells(one[:8] + `  Approve/Gate waits for an approval`)
	says(t, dir, "show --json", `"CHANNEL": "beta"`)
	says(t, dir, "show", "the first version")
	token := s.aws("get-pipeline-state --name demo --query stageStates[2].actionStates[0].latestExecution.token")
	s.aws("put-approval-result --pipeline-name demo --stage-name Approve --action-name Gate --token " + token +
		" --result summary=fine,status=Approved")
	s.tells(one[:8] + `  SUCCEEDED`)
	says(t, dir, "show", "approved by arn:aws:iam::000000000000:user/")

	two := open(t, dir, "run", file, leave)
	id := two.tells(header)
	s.tells(id + `  Approve/Gate waits for an approval`)
	says(t, dir, "approve", "approved Approve/Gate of execution "+id)
	s.tells(id + `  SUCCEEDED`)
	two.ends(0)
	s.interrupts()
}

// interrupts ends serve with Ctrl-C.
func (s *served) interrupts() {
	s.t.Helper()
	if err := s.cmd.Process.Signal(os.Interrupt); err != nil {
		s.t.Fatal(err)
	}
	s.ends(0)
}

// What a server that was killed left is taken up by the next, and Ctrl-C stops what runs.
func TestServeTakesUp(t *testing.T) {
	dir := demo(t)
	s := startServing(t, dir)
	id := s.start()
	s.tells(id + `  Approve/Gate waits`)
	if err := s.cmd.Process.Signal(syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	s.ends(-1)

	s = startServing(t, dir)
	s.tells(id + `  taken up: it was interrupted`)
	says(t, dir, "approve", "approved")
	s.tells(id + `  SUCCEEDED`)

	stopped := s.start()
	s.tells(stopped + `  Approve/Gate waits`)
	s.interrupts()
	says(t, dir, "executions", stopped+` .*Stopped`)
}

// start starts an execution without the AWS command line, which takes a second.
func (s *served) start() string {
	s.t.Helper()
	r, err := http.NewRequestWithContext(s.t.Context(), http.MethodPost, s.endpoint, strings.NewReader(`{"name":"demo"}`))
	if err != nil {
		s.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-amz-json-1.1")
	r.Header.Set("X-Amz-Target", "CodePipeline_20150709.StartPipelineExecution")
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		s.t.Fatalf("StartPipelineExecution answers %s", answer.Status)
	}
	return s.tells(`demo  ([0-9a-f]{8})  STARTED`)
}
