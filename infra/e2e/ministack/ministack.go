package ministack

import (
	"bufio"
	"context"
	"embed"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/penstock-ci/penstock/statemachines/engine/mototest"
)

// Account and Region are where everything stands that is made with the credentials of Environment.
const (
	Account = "123456789012"
	Region  = "eu-central-1"
)

// programs are the files that run ministack. They are in the test binary, so that a test whose outcome is cached runs
// again when one of them changes.
//
//go:embed emulator
var programs embed.FS

// Emulator is ministack in a process of its own.
type Emulator struct {
	endpoint string
	python   string
	home     string // of the programs that call it
	log      string // path
}

// Start installs and starts ministack, empty, on a free port of 127.0.0.1. It ends with the test, and the functions that
// run in it too; where the test has failed, the test's log gets the end of its own.
func Start(t testing.TB) *Emulator {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, programs); err != nil {
		t.Fatal(err)
	}
	dir = filepath.Join(dir, "emulator")
	installed := mototest.Install(t, "ministack", filepath.Join(dir, "requirements.txt"))
	e := &Emulator{python: installed.Python, home: t.TempDir(), log: filepath.Join(dir, "log")}
	log, err := os.Create(e.log)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = log.Close() })
	c := exec.Command(installed.Python, filepath.Join(dir, "serve.py"),
		"--moto", installed.Programs, "--account", Account, "--region", Region, "--enforce")
	c.Env = append(e.environment(os.Environ()), Root().environment()...)
	c.Stderr = log
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("the emulator's log ends so:\n%s", e.tail())
		}
	})
	e.endpoint = serve(t, c)
	return e
}

// serve starts the program, which ends with the test, and returns the line that it prints when it is ready.
func serve(t testing.TB, c *exec.Cmd) (line string) {
	t.Helper()
	in, err := c.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = in.Close() // which ends the program
		_ = c.Wait()
	})
	line, err = bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatalf("the emulator does not start: %v", err)
	}
	return strings.TrimSpace(line)
}

// Endpoint is the URL of every service. A REST API is reached below it, see APIEndpoint.
func (e *Emulator) Endpoint() string { return e.endpoint }

// APIEndpoint is the URL of a stage of a REST API of API Gateway.
func (e *Emulator) APIEndpoint(api, stage string) string {
	return fmt.Sprintf("%s/restapis/%s/%s/_user_request_", e.endpoint, api, stage)
}

// Environment is that of a program which is to call the emulator and nobody else: credentials, Region and endpoint, a
// home and a folder for temporary files that end with the test, and the PATH of the test.
func (e *Emulator) Environment(c Credentials) []string {
	return append(append(e.environment([]string{"PATH=" + os.Getenv("PATH")}), c.environment()...),
		"AWS_REGION="+Region,
		"AWS_DEFAULT_REGION="+Region,
		"AWS_ENDPOINT_URL="+e.endpoint,
		"AWS_EC2_METADATA_DISABLED=true",
		"AWS_PAGER=",
		"NO_COLOR=1",
	)
}

// environment adds the folders of the test to an environment.
func (e *Emulator) environment(base []string) []string {
	return append(base, "HOME="+e.home, "TMPDIR="+e.home)
}

// AWS runs the AWS command line with credentials, and returns what it prints: JSON, unless the arguments say otherwise.
// The error of a command that fails holds what it has written.
func (e *Emulator) AWS(ctx context.Context, c Credentials, arguments ...string) ([]byte, error) {
	command := exec.CommandContext(ctx, e.python, append([]string{"-m", "awscli", "--output", "json"}, arguments...)...)
	command.Env = e.Environment(c)
	out, err := command.Output()
	if failed := (*exec.ExitError)(nil); errors.As(err, &failed) {
		err = fmt.Errorf("aws %s: %w\n%s", strings.Join(arguments, " "), err, failed.Stderr)
	}
	return out, err
}

// tail is the end of the log.
func (e *Emulator) tail() string {
	const most = 16 << 10
	text, err := os.ReadFile(e.log)
	if err != nil {
		return err.Error()
	}
	return string(text[max(0, len(text)-most):])
}
