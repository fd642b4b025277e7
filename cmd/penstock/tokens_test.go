//go:build unix

package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/penstock-ci/penstock/internal/local"
	"github.com/penstock-ci/penstock/internal/local/owner"
)

// Whoever has the token of an approval that waits can answer it: nothing that looks at a run prints it.
func TestTokensAreNotPrinted(t *testing.T) {
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS("testdata/demo")); err != nil {
		t.Fatal(err)
	}
	interruptAtApproval(t, dir)
	tokens := openTokens(t, filepath.Join(dir, local.StateDirectory))
	for _, command := range []string{
		"show", "show --json", "state", "state --json", "executions", "executions --json", "logs", "logs --json",
		"events", "events --json", "gc --dry-run", "gc --json", "__complete approve ", "__complete show ", "__complete logs ",
		"approve --json", "watch --json", "show --json", "events --json", "state --json",
	} {
		cmd := penstock(dir, strings.Split(command, " ")...)
		cmd.Env = append(cmd.Env, "COLUMNS=1000")
		out, err := cmd.CombinedOutput()
		if err != nil || len(out) == 0 && !strings.HasPrefix(command, "logs") {
			t.Errorf("%s: %v\n%s", command, err, out)
		}
		for _, token := range tokens {
			if strings.Contains(string(out), token) {
				t.Errorf("%s prints the token %s:\n%s", command, token, out)
			}
		}
	}
}

// openTokens are the tokens of the actions of the latest execution.
func openTokens(t *testing.T, dir string) []string {
	t.Helper()
	session, err := owner.Open(t.Context(), dir, local.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer session.Close()
	shown, err := readShown(t.Context(), session, "")
	if err != nil {
		t.Fatal(err)
	}
	var tokens []string
	for _, st := range shown.Stages {
		tokens = append(tokens, st.TaskToken)
	}
	for _, a := range shown.Actions {
		for _, token := range []string{a.ApprovalToken, a.TaskToken} {
			if token != "" {
				tokens = append(tokens, token)
			}
		}
	}
	if len(tokens) < 2 {
		t.Fatalf("%d tokens are open, want that of the approval and that of its task", len(tokens))
	}
	return tokens
}
