package builds

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/penstock-ci/penstock/events"
	"github.com/penstock-ci/penstock/internal/action/codebuild"
	"github.com/penstock-ci/penstock/internal/action/codebuild/buildstest"
	"github.com/penstock-ci/penstock/internal/artifact"
)

func (b *bench) start(t *testing.T, log io.Writer, buildspec ...string) string {
	t.Helper()
	spec := "version: 0.2\n" + strings.Join(buildspec, "\n") + "\n"
	id, err := b.builds.StartBuild(t.Context(), codebuild.Build{
		IdempotencyToken: "token", Project: "app", PipelineName: "release", Log: log,
		Sources: []codebuild.Source{{Name: "Source", Object: b.put(t, map[string]string{"buildspec.yml": spec})}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func (b *bench) ended(t *testing.T, id string) codebuild.Description {
	t.Helper()
	<-b.events
	d, err := b.builds.DescribeBuild(t.Context(), codebuild.Build{}, id)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestEnvironmentHoldsNothingElseOfTheHost(t *testing.T) {
	canaries := map[string]string{
		"AWS_ACCESS_KEY_ID": "canary", "AWS_SECRET_ACCESS_KEY": "canary", "AWS_PROFILE": "canary", "SSH_AUTH_SOCK": "canary",
		"GITHUB_TOKEN": "canary", "HOME": "/canary", "USER": "canary", "GOFLAGS": "canary", "BASH_ENV": "/canary", "ENV": "/canary",
		"TMPDIR": "/canary", "CODEBUILD_BUILD_ID": "canary", "LD_PRELOAD": "", "npm_token": "canary",
	}
	passed := map[string]string{
		"PATH": os.Getenv("PATH"), "LANG": "de_DE.UTF-8", "GOPROXY": "https://proxy.test", "GONOSUMDB": "x", "GOPRIVATE": "y",
		"GOTOOLCHAIN": "local", "HTTPS_PROXY": "http://proxy.test", "no_proxy": "localhost", "npm_config_registry": "https://npm.test",
		"NPM_CONFIG_CAFILE": "/ca", "PIP_INDEX_URL": "https://pip.test",
	}
	var environ []string
	for _, part := range []map[string]string{canaries, passed} {
		for name, value := range part {
			environ = append(environ, name+"="+value)
		}
	}
	b := newBench(t, func(o *Options) { o.Environ = environ })
	log := &buildstest.Log{}
	id := b.start(t, log, "phases: {build: {commands: ['env -0 | tr \"\\0\" \"\\n\" | sort']}}")
	if d := b.ended(t, id); d.Status != codebuild.Succeeded {
		t.Fatalf("build: %v", d.Failure)
	}
	got := map[string]string{}
	for line := range strings.Lines(log.String()) {
		if name, value, ok := strings.Cut(strings.TrimSpace(line), "="); ok && !strings.HasPrefix(line, "[") {
			got[name] = value
		}
	}
	area := filepath.Join(b.work, uuidOf("area", id))
	want := map[string]string{
		"HOME": filepath.Join(filepath.Dir(b.work), "home"), "TMPDIR": filepath.Join(area, "tmp"),
		"CODEBUILD_BUILD_ID": id, "CODEBUILD_SRC_DIR": filepath.Join(area, "sources", "src"),
		"PWD": filepath.Join(area, "sources", "src"),
	}
	maps.Copy(want, passed)
	for name, value := range want {
		if got[name] != value {
			t.Errorf("%s is %q in the build; want %q", name, got[name], value)
		}
		delete(got, name)
	}
	// What is left is CodeBuild's own, and what a shell adds.
	for name := range got {
		own := strings.HasPrefix(name, "CODEBUILD_") || name == "AWS_REGION" || name == "AWS_DEFAULT_REGION"
		if shells := []string{"_", "SHLVL", "OLDPWD"}; !own && !slices.Contains(shells, name) {
			t.Errorf("the build sees %s=%q", name, got[name])
		}
	}
}

// The credentials of the host are for those builds whose project asks for them, and for no log.
func TestAWSCredentials(t *testing.T) {
	host := []string{
		"HOME=/home/user", "PATH=" + os.Getenv("PATH"), "AWS_ACCESS_KEY_ID=canary-key", "AWS_SECRET_ACCESS_KEY=canary-secret",
		"AWS_PROFILE=work", "OTHER=canary-other",
	}
	for asked, want := range map[bool]map[string]string{
		false: {"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": "", "AWS_PROFILE": "", "AWS_CONFIG_FILE": "", "OTHER": ""},
		true: {
			"AWS_ACCESS_KEY_ID": "***", "AWS_SECRET_ACCESS_KEY": "***", "AWS_PROFILE": "work", "AWS_CONFIG_FILE": "/home/user/.aws/config",
			"AWS_SHARED_CREDENTIALS_FILE": "/home/user/.aws/credentials", "OTHER": "",
		},
	} {
		b := newBench(t, func(o *Options) {
			o.Environ = host
			o.Projects = map[string]Project{"app": {AWSCredentials: asked}}
		})
		log := &buildstest.Log{}
		id := b.start(t, log, "env: {exported-variables: [COPY]}", `phases: {build: {commands: [env, 'COPY=$AWS_SECRET_ACCESS_KEY', 'test ${#AWS_SECRET_ACCESS_KEY} = 13']}}`)
		if d := b.ended(t, id); d.Status == codebuild.Succeeded != asked || strings.Contains(fmt.Sprint(d), "canary") {
			t.Errorf("awsCredentials %v: the build ends %v", asked, d)
		}
		got := map[string]string{}
		for line := range strings.Lines(log.String()) {
			name, value, _ := strings.Cut(strings.TrimSpace(line), "=")
			got[name] = value
		}
		for name, value := range want {
			if got[name] != value {
				t.Errorf("awsCredentials %v: %s is %q in the log; want %q", asked, name, got[name], value)
			}
		}
	}
}

func TestSecretsIn(t *testing.T) {
	for assignment, want := range map[string][]string{
		"HTTPS_PROXY=http://user:pa%2Fss@proxy.test:3128":                      {"pa/ss", "pa%2Fss"},
		"GOPROXY=https://u:one@a.test,https://b.test|direct":                   {"one", "one"},
		"PIP_EXTRA_INDEX_URL=https://token@a.test https://u:two@b.test/simple": {"two", "two"},
		"NPM_CONFIG__AUTHTOKEN=three":                                          {"three"},
		"npm_config_registry=https://npm.test":                                 nil,
		"PATH=/bin:/usr/bin":                                                   nil,
	} {
		name, value, _ := strings.Cut(assignment, "=")
		if diff := gocmp.Diff(want, secretsIn(name, value)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", assignment, diff)
		}
	}
}

func TestStopEndsGrandchildren(t *testing.T) {
	b := newBench(t, nil)
	log := &buildstest.Log{}
	// A grandchild that ignores SIGTERM, in the background of a child that does not.
	id := b.start(t, log, "phases: {build: {commands: [\"sh -c '(trap \\\"\\\" TERM; echo deaf; sleep 1000; sleep 1000) & wait'\"], finally: [echo never]}}")
	log.Wait(t.Context(), "\ndeaf\n")
	if err := b.builds.StopBuild(t.Context(), codebuild.Build{}, id); err != nil {
		t.Fatal(err)
	}
	b.clock.advance(grace, 2) // the timeout, then the grace
	d := b.ended(t, id)
	if d.Status != codebuild.Stopped || d.Failure.String() != "the build was stopped in BUILD, command 1 of 1: "+d.Failure.Command {
		t.Errorf("status %s, failure %v", d.Status, d.Failure)
	}
	if strings.Contains(log.String(), "\nnever\n") {
		t.Error("finally ran")
	}
	if left := b.running(t); left != "" {
		t.Errorf("the build left processes:\n%s", left)
	}
}

// running lists processes that have a folder of these builds in their environment; where /proc is missing, none. IDs of
// builds would be those of the same test elsewhere on this machine.
func (b *bench) running(t *testing.T) string {
	t.Helper()
	files, err := filepath.Glob("/proc/[0-9]*/environ")
	if err != nil {
		t.Fatal(err)
	}
	var left []string
	for _, file := range files {
		environ, err := os.ReadFile(file)
		stat, statErr := os.ReadFile(filepath.Join(filepath.Dir(file), "stat"))
		dead := statErr != nil || strings.Contains(string(stat), ") Z ")
		if err == nil && !dead && strings.Contains(string(environ), "CODEBUILD_SRC_DIR="+b.work) {
			left = append(left, filepath.Dir(file))
		}
	}
	return strings.Join(left, "\n")
}

func TestBackgroundEndsWithTheBuild(t *testing.T) {
	b := newBench(t, nil)
	id := b.start(t, nil, "phases: {build: {commands: ['sleep 1000 &', 'exit 3'], finally: ['sleep 1000 &']}}")
	if d := b.ended(t, id); d.Status != codebuild.Failed {
		t.Errorf("status %s", d.Status)
	}
	if left := b.running(t); left != "" {
		t.Errorf("the build left processes:\n%s", left)
	}
}

func TestProcessesThatLeaveTheGroupDoNotHoldTheBuild(t *testing.T) {
	setsid, err := exec.LookPath("setsid")
	if err != nil {
		t.Skip("there is no setsid")
	}
	b := newBench(t, nil)
	id := b.start(t, nil, "env: {exported-variables: [PID]}",
		"phases: {build: {commands: ['"+setsid+" sh -c \"echo \\$\\$ > pid; exec sleep 1000\" & while ! test -s pid; do :; done; PID=$(cat pid)']}}")
	b.clock.advance(grace, 3) // the timeout, the end of the shell, the end of the output
	d := b.ended(t, id)
	pid, err := strconv.Atoi(d.ExportedVariables["PID"])
	if d.Status != codebuild.Succeeded || err != nil {
		t.Fatalf("status %s, failure %v, exported %v", d.Status, d.Failure, d.ExportedVariables)
	}
	if _, err := os.Stat("/proc/self/environ"); err == nil && b.running(t) == "" {
		t.Error("the process is not found among those of the builds")
	}
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		t.Errorf("the process was to be left alone: %v", err)
	}
}

func TestForeignReport(t *testing.T) {
	b := newBench(t, nil)
	id := b.start(t, nil, "phases: {build: {commands: ['echo junk >&8'], finally: ['echo still here']}}")
	d := b.ended(t, id)
	if d.Status != codebuild.Failed || !strings.Contains(d.Failure.Reason, `wrote "junk" to descriptor 8`) {
		t.Errorf("status %s, failure %v", d.Status, d.Failure)
	}
}

func TestTimeout(t *testing.T) {
	b := newBench(t, func(o *Options) { o.Projects = map[string]Project{"app": {Timeout: 10 * time.Minute}} })
	log := &buildstest.Log{}
	id := b.start(t, log, "phases: {build: {commands: ['true', 'echo ready; exec sleep 1000']}, post_build: {commands: [echo never]}}")
	log.Wait(t.Context(), "\nready\n")
	b.clock.advance(10*time.Minute, 1)
	d := b.ended(t, id)
	want := "timed out after 10m0s in BUILD, command 2 of 2: echo ready; exec sleep 1000"
	if d.Status != codebuild.TimedOut || d.Failure.String() != want {
		t.Errorf("status %s, failure %v; want TIMED_OUT, %s", d.Status, d.Failure, want)
	}
	if p := d.Phases[len(d.Phases)-2]; p.Type != codebuild.PhaseBuild || p.Status != codebuild.TimedOut || p.End.Sub(p.Start) != 10*time.Minute {
		t.Errorf("last phase %+v", p)
	}
}

func TestDeadlineBeforeTimeout(t *testing.T) {
	b := newBench(t, nil)
	log := &buildstest.Log{}
	spec := "version: 0.2\nphases: {build: {commands: ['echo ready; exec sleep 1000']}}\n"
	id, err := b.builds.StartBuild(t.Context(), codebuild.Build{
		IdempotencyToken: "token", Project: "app", Log: log, Deadline: b.clock.Now().Add(time.Minute),
		Sources: []codebuild.Source{{Name: "Source", Object: b.put(t, map[string]string{"buildspec.yml": spec})}},
	})
	if err != nil {
		t.Fatal(err)
	}
	log.Wait(t.Context(), "\nready\n")
	b.clock.advance(time.Minute, 1)
	if d := b.ended(t, id); d.Status != codebuild.TimedOut {
		t.Errorf("status %s; want TIMED_OUT", d.Status)
	}
}

func TestFailureHasTheLastLinesOfItsCommand(t *testing.T) {
	b := newBench(t, nil)
	id := b.start(t, nil, `phases: {build: {commands: ['echo earlier', 'for i in $(seq 30); do echo "line $i"; done; printf unfinished; exit 1']}}`)
	d := b.ended(t, id)
	want := make([]string, 0, maxTail)
	for i := 12; i <= 30; i++ {
		want = append(want, fmt.Sprintf("line %d", i))
	}
	if diff := gocmp.Diff(append(want, "unfinished"), d.Failure.Log); diff != "" {
		t.Errorf("last lines (-want +got):\n%s", diff)
	}
}

func TestEvent(t *testing.T) {
	b := newBench(t, nil)
	id := b.start(t, nil, "env: {exported-variables: [B, A]}", "phases: {build: {commands: ['export A=1 B=2', 'exit 3']}}")
	e := <-b.events
	if about, err := codebuild.BuildOf(e); err != nil || about != id {
		t.Errorf("BuildOf: %s, %v; want %s", about, err, id)
	}
	if e.DetailType != events.BuildStateChange || e.Source != "aws.codebuild" || e.ID == "" || e.Region != "us-east-1" {
		t.Errorf("envelope %+v", e)
	}
	var detail codebuild.StateChange
	if err := json.Unmarshal(e.Detail, &detail); err != nil {
		t.Fatal(err)
	}
	info := detail.AdditionalInformation
	if detail.BuildStatus != codebuild.Failed || !info.BuildComplete || info.Initiator != "codepipeline/release" || len(info.Phases) != 3 {
		t.Errorf("detail %s", e.Detail)
	}
	want := []codebuild.EnvironmentVariable{{Name: "A", Value: "1", Type: "PLAINTEXT"}, {Name: "B", Value: "2", Type: "PLAINTEXT"}}
	if diff := gocmp.Diff(want, info.ExportedVariables); diff != "" {
		t.Errorf("exported variables (-want +got):\n%s", diff)
	}
}

func TestConcurrentStartsMakeOneBuild(t *testing.T) {
	b := newBench(t, nil)
	log := &buildstest.Log{}
	build := codebuild.Build{IdempotencyToken: "token", Project: "app", Log: log, Sources: []codebuild.Source{
		{Name: "Source", Object: b.put(t, map[string]string{"buildspec.yml": "version: 0.2\nphases: {build: {commands: [echo once]}}"})},
	}}
	var starts sync.WaitGroup
	for range 8 {
		starts.Go(func() {
			if _, err := b.builds.StartBuild(t.Context(), build); err != nil {
				t.Error(err)
			}
		})
	}
	starts.Wait()
	<-b.events
	if n := strings.Count(log.String(), "\nonce\n"); n != 1 {
		t.Errorf("the build ran %d times", n)
	}
	if len(b.events) != 0 {
		t.Error("there was a second event")
	}
}

func TestCloseEndsBuildsWithoutAnEvent(t *testing.T) {
	b := newBench(t, nil)
	log := &buildstest.Log{}
	b.start(t, log, "phases: {build: {commands: ['echo ready; exec sleep 1000']}}")
	log.Wait(t.Context(), "\nready\n")
	if err := b.builds.Close(); err != nil {
		t.Fatal(err)
	}
	if len(b.events) != 0 {
		t.Error("Close published an event")
	}
	if left, err := os.ReadDir(b.work); err != nil || len(left) > 0 {
		t.Errorf("Close left %v (%v)", left, err)
	}
	if left := b.running(t); left != "" {
		t.Errorf("Close left processes:\n%s", left)
	}
	if _, err := b.builds.StartBuild(t.Context(), codebuild.Build{Project: "other", Sources: []codebuild.Source{{}}}); err == nil {
		t.Error("a build started after Close")
	}
}

func TestReadOnlyWorkFolder(t *testing.T) {
	b := newBench(t, nil)
	// A file where the folder belongs fails for every user, root among them.
	if err := errors.Join(os.Remove(b.work), os.WriteFile(b.work, nil, 0o600)); err != nil {
		t.Fatal(err)
	}
	d := b.ended(t, b.start(t, nil, "phases: {build: {commands: ['true']}}"))
	if d.Status != codebuild.Failed || !strings.Contains(d.Failure.String(), b.work) || !strings.Contains(d.Failure.Reason, syscall.ENOTDIR.Error()) {
		t.Errorf("status %s, failure %v; want a failure that names the folder and the cause", d.Status, d.Failure)
	}
}

// fullStore stores nothing.
type fullStore struct{ *artifact.Store }

func (fullStore) Pack(context.Context, artifact.Tree, artifact.Location) (artifact.Object, error) {
	return artifact.Object{}, &os.PathError{Op: "write", Path: "/state/objects/x", Err: syscall.ENOSPC}
}

func TestFullDiskAtUpload(t *testing.T) {
	b := newBench(t, nil)
	b.builds.options.Artifacts = fullStore{b.store}
	spec := "version: 0.2\nphases: {build: {commands: ['true']}}\nartifacts: {files: ['*']}\n"
	id, err := b.builds.StartBuild(t.Context(), codebuild.Build{
		IdempotencyToken: "token", Project: "app", Outputs: []codebuild.Output{{Name: "Out"}},
		Sources: []codebuild.Source{{Name: "Source", Object: b.put(t, map[string]string{"buildspec.yml": spec})}},
	})
	if err != nil {
		t.Fatal(err)
	}
	want := "UPLOAD_ARTIFACTS: store output artifact Out: write /state/objects/x: no space left on device"
	if d := b.ended(t, id); d.Failure == nil || d.Failure.String() != want {
		t.Errorf("failure %v; want %s", d.Failure, want)
	}
	if left, err := os.ReadDir(b.work); err != nil || len(left) > 0 {
		t.Errorf("the build left %v (%v)", left, err)
	}
}

func TestFullDiskAtLog(t *testing.T) {
	b := newBench(t, nil)
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skip("there is no /dev/full: ", err)
	}
	defer full.Close()
	d := b.ended(t, b.start(t, full, "phases: {build: {commands: ['echo lost']}}"))
	if d.Status != codebuild.Failed || !strings.Contains(d.Failure.String(), "write the log of the build: write /dev/full: no space left on device") {
		t.Errorf("status %s, failure %v", d.Status, d.Failure)
	}
}

func TestChangedSourceIsRefused(t *testing.T) {
	b := newBench(t, nil)
	source := b.put(t, map[string]string{"buildspec.yml": "version: 0.2\n"})
	source.SHA256 = strings.Repeat("0", 64)
	id, err := b.builds.StartBuild(t.Context(), codebuild.Build{
		IdempotencyToken: "token", Project: "app", Sources: []codebuild.Source{{Name: "Source", Object: source}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if d := b.ended(t, id); d.Status != codebuild.Failed || !strings.Contains(d.Failure.String(), "was changed after it was stored") {
		t.Errorf("status %s, failure %v", d.Status, d.Failure)
	}
}

func TestShells(t *testing.T) {
	if _, err := exec.LookPath("bash"); err != nil {
		t.Skip("there is no bash")
	}
	for shell, want := range map[string]string{"shell: bash, ": "bash", "shell: /bin/sh, ": "", "": "bash"} {
		t.Run(shell, func(t *testing.T) {
			if sh, err := filepath.EvalSymlinks("/bin/sh"); want == "" && (err != nil || strings.Contains(sh, "bash")) {
				t.Skip("/bin/sh is bash")
			}
			b := newBench(t, nil)
			id := b.start(t, nil, "env: {"+shell+"exported-variables: [IS]}", "phases: {build: {commands: ['IS=${BASH_VERSION:+bash}']}}")
			if got := b.ended(t, id).ExportedVariables["IS"]; got != want {
				t.Errorf("shell is %q; want %q", got, want)
			}
		})
	}
}
