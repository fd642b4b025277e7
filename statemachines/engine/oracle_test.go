package engine_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/penstock-ci/penstock/statemachines/engine"
)

// recording is one execution as AWS Step Functions ran it.
type recording struct {
	ID         string          `json:"id"`
	N          int             `json:"n"`
	Definition json.RawMessage `json:"definition"`
	Input      string          `json:"input"`
	Masked     bool            `json:"input_from_snapshot"`
	Expect     struct {
		Status  string           `json:"status"`
		Output  any              `json:"output"`
		Error   any              `json:"error"`
		Cause   any              `json:"cause"`
		History []map[string]any `json:"history"`
	} `json:"expect"`
}

func (r *recording) name() string {
	_, name, _ := strings.Cut(r.ID, "::")
	return fmt.Sprintf("%s#%d", name, r.N)
}

func recordings(t *testing.T) []recording {
	t.Helper()
	path := filepath.Join("..", "..", "..", "shared", "oracle", "executions.jsonl")
	file, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		t.Skip("the recorded executions are not on this machine")
	}
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	var all []recording
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 64<<20)
	for lines.Scan() {
		var r recording
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
			t.Fatal(err)
		}
		all = append(all, r)
	}
	return all
}

// TestRecorded runs every recorded execution whose states are all in JSONata mode, with tasks answered from the
// recording, and compares status, output, error, cause and history.
func TestRecorded(t *testing.T) {
	all, equal, differences := 0, 0, recordedDifferences(t)
	for _, r := range recordings(t) {
		if !isJSONata(t, r.Definition) {
			continue
		}
		all++
		reason, listed := differences[r.name()]
		delete(differences, r.name())
		same := t.Run(r.name(), func(t *testing.T) {
			if listed {
				t.Skip(reason)
			}
			compareRecorded(t, machine(t, string(r.Definition)), &r)
		})
		if same && !listed {
			equal++
		}
	}
	t.Logf("%d of %d recorded executions are equal", equal, all)
	if equal < 103 {
		t.Errorf("only %d recorded executions are equal", equal)
	}
	for name := range differences {
		t.Errorf("testdata/recorded-differences.txt lists %s, which was not recorded", name)
	}
}

// recordedDifferences reads the known differences: by name of the execution, the reason.
func recordedDifferences(t *testing.T) map[string]string {
	t.Helper()
	file, err := os.ReadFile(filepath.Join("testdata", "recorded-differences.txt"))
	if err != nil {
		t.Fatal(err)
	}
	reasons := map[string]string{}
	for line := range strings.Lines(string(file)) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		name, reason, ok := strings.Cut(strings.TrimSpace(line), "\t")
		if !ok || reason == "" {
			t.Fatalf("testdata/recorded-differences.txt: no reason in %q", line)
		}
		reasons[name] = reason
	}
	return reasons
}

// isJSONata tells whether every state of a definition is in JSONata mode.
func isJSONata(t *testing.T, definition []byte) bool {
	t.Helper()
	var top map[string]any
	if err := json.Unmarshal(definition, &top); err != nil {
		t.Fatal(err)
	}
	return statesAreJSONata(top, top["QueryLanguage"] == "JSONata")
}

func statesAreJSONata(scope map[string]any, inherited bool) bool {
	states, _ := scope["States"].(map[string]any)
	for _, s := range states {
		state, _ := s.(map[string]any)
		own := inherited
		if language, ok := state["QueryLanguage"]; ok {
			own = language == "JSONata"
		}
		inner := []any{state["Iterator"], state["ItemProcessor"]}
		branches, _ := state["Branches"].([]any)
		for _, b := range append(inner, branches...) {
			if b, ok := b.(map[string]any); ok && !statesAreJSONata(b, inherited) {
				return false
			}
		}
		if !own {
			return false
		}
	}
	return true
}

// runToEnd lets tasks return and time pass until an execution is over.
func runToEnd(t testing.TB, e *engine.Engine, clock *engine.VirtualClock, name string) {
	t.Helper()
	for {
		if err := e.Settle(context.Background()); err != nil {
			t.Fatal(err)
		}
		result, err := e.Describe(name)
		if err != nil {
			t.Fatal(err)
		}
		if result.Status != engine.StatusRunning {
			return
		}
		if !clock.Next() {
			t.Fatalf("execution %s waits for something that never comes", name)
		}
	}
}
