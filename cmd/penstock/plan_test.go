package main

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
)

// A pipeline that breaks a limit is shown with its figures, and refused.
func TestPlanOfWhatIsRefused(t *testing.T) {
	definition := `name: large
stages:
  - name: Source
    actions:
      - name: Checkout
        actionTypeId: Source/AWS/CodeCommit/1
        configuration: {RepositoryName: r, BranchName: main}
        outputArtifacts: [{name: Source}]
  - name: Build
    actions:
      - name: Make
        actionTypeId: {category: Build, owner: Custom, provider: Jenkins, version: "1"}
        inputArtifacts: [{name: Source}]
        configuration:
`
	for i := range 6 {
		definition += fmt.Sprintf("          K%d: %s\n", i, strings.Repeat("x", 50_000))
	}
	for _, test := range []struct{ command, stdout string }{
		{"plan", "  one payload              115.3 %  302 kB of 262 kB, most in Build/Make\n"},
		{"compile", ""},
	} {
		var stdout, stderr bytes.Buffer
		status := run(t.Context(), process{
			name: "penstock", args: []string{test.command, "-"},
			stdin: strings.NewReader(definition), stdout: &stdout, stderr: &stderr,
		})
		want := "penstock: " + test.command + " <stdin>: <stdin>:9:11: Step Functions allows 262,144 bytes of one payload, " +
			`and this pipeline may need 302,022; most are due to stage "Build", there to action "Make": shorten its configuration` + "\n"
		if status != exitFailed || stderr.String() != want {
			t.Errorf("%s: status %d, standard error %q, want %q", test.command, status, stderr.String(), want)
		}
		if !strings.Contains(stdout.String(), test.stdout) || test.stdout == "" && stdout.Len() > 0 {
			t.Errorf("%s printed:\n%s", test.command, stdout.String())
		}
	}
}
