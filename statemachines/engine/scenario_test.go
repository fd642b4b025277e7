package engine_test

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/penstock-ci/penstock/statemachines/asl"
	"github.com/penstock-ci/penstock/statemachines/engine"
)

var update = flag.Bool("update", false, "rewrite the expected histories")

// TestScenarios runs testdata/scenarios/*.txtar: machine.json on input.json, in virtual time.
//
// "tasks" says what invocations give, one line each, per state in order: `State return JSON`, `State error Name Cause`.
// "do" says what happens from outside: `5s succeed State JSON`, `5s fail State Error Cause`, `5s heartbeat State`,
// `5s stop Error Cause`; a second answer's refusal is written to the history. "history" is what must come of it. Every
// scenario is then rebuilt from its entries, as after a crash, and must give the same history again.
func TestScenarios(t *testing.T) {
	files, err := filepath.Glob("testdata/scenarios/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal("no scenarios", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) { runScenario(t, file) })
	}
}

func runScenario(t *testing.T, file string) {
	archive, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	s := newScenario(t, archive)
	got := s.run()
	if *update {
		setSection(archive, "history", got)
		if err := os.WriteFile(file, txtar.Format(archive), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(section(archive, "history"), got); diff != "" {
		t.Errorf("history differs (-want +got):\n%s", diff)
	}
	s.replay()
}

func section(archive *txtar.Archive, name string) string {
	for _, f := range archive.Files {
		if f.Name == name {
			return string(f.Data)
		}
	}
	return ""
}

func setSection(archive *txtar.Archive, name, text string) {
	for i := range archive.Files {
		if archive.Files[i].Name == name {
			archive.Files[i].Data = []byte(text)
			return
		}
	}
	archive.Files = append(archive.Files, txtar.File{Name: name, Data: []byte(text)})
}

var epoch = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// scenario is one run: a scripted Tasks and the engine.
type scenario struct {
	t       *testing.T
	archive *txtar.Archive
	clock   *engine.VirtualClock
	store   *engine.MemoryStore
	engine  *engine.Engine
	refused []string

	mu     sync.Mutex
	script map[string][]string // by state
	tokens map[string]string   // by state, the newest
}

func newScenario(t *testing.T, archive *txtar.Archive) *scenario {
	s := &scenario{
		t: t, archive: archive, clock: engine.NewVirtualClock(epoch), store: engine.NewMemoryStore(),
		script: map[string][]string{}, tokens: map[string]string{},
	}
	for line := range strings.Lines(section(archive, "tasks")) {
		state, outcome, _ := strings.Cut(strings.TrimSpace(line), " ")
		s.script[state] = append(s.script[state], outcome)
	}
	s.engine = newEngine(engine.Options{Clock: s.clock, Store: s.store, Tasks: s})
	t.Cleanup(s.engine.Close)
	return s
}

// Invoke gives the state's next scripted outcome.
func (s *scenario) Invoke(_ context.Context, i engine.Invocation) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tokens[i.State] = i.Token
	if len(s.script[i.State]) == 0 {
		return nil, errors.New("the script has nothing more for " + i.State)
	}
	outcome := s.script[i.State][0]
	s.script[i.State] = s.script[i.State][1:]
	verb, rest, _ := strings.Cut(outcome, " ")
	switch verb {
	case "return":
		return []byte(rest), nil
	case "echo":
		return i.Payload, nil
	default:
		name, cause, _ := strings.Cut(rest, " ")
		return nil, &engine.TaskError{Name: name, Cause: cause}
	}
}

func (s *scenario) run() string {
	machine, err := asl.Decode([]byte(section(s.archive, "machine.json")))
	if err != nil {
		s.t.Fatal(err)
	}
	for line := range strings.Lines(section(s.archive, "do")) {
		at, action, _ := strings.Cut(strings.TrimSpace(line), " ")
		d, err := time.ParseDuration(at)
		if err != nil {
			s.t.Fatal(err)
		}
		s.clock.AfterFunc(d, func() { s.do(action) })
	}
	input := []byte(section(s.archive, "input.json"))
	if len(input) == 0 {
		input = nil
	}
	err = s.engine.Start(context.Background(), engine.Execution{Name: "x", Machine: machine, Input: input})
	if err != nil {
		s.t.Fatal(err)
	}
	runToEnd(s.t, s.engine, s.clock, "x")
	for s.clock.Next() { // answers that come too late
	}
	return s.render()
}

func (s *scenario) do(action string) {
	if err := s.engine.Settle(context.Background()); err != nil {
		s.t.Error(err)
	}
	words := strings.SplitN(action+"   ", " ", 4)
	ctx := context.Background()
	s.mu.Lock()
	token := s.tokens[words[1]]
	s.mu.Unlock()
	rest := strings.TrimSpace(words[2] + " " + words[3])
	var err error
	switch words[0] {
	case "succeed":
		err = s.engine.SendTaskSuccess(ctx, token, []byte(rest))
	case "fail":
		err = s.engine.SendTaskFailure(ctx, token, words[2], strings.TrimSpace(words[3]))
	case "heartbeat":
		err = s.engine.SendTaskHeartbeat(ctx, token)
	case "stop":
		err = s.engine.Stop(ctx, "x", words[1], rest)
	default:
		s.t.Errorf("unknown action %q", action)
	}
	if err != nil {
		s.refused = append(s.refused, fmt.Sprintf("refused: %s: %v", strings.TrimSpace(action), err))
	}
}

// render writes the history, one event a line: when, id, previous id, type, and the details without their clutter.
func (s *scenario) render() string {
	var b strings.Builder
	for _, e := range s.engine.History("x") {
		fmt.Fprintf(&b, "%s %d<-%d %s", e.Timestamp.Sub(epoch), e.ID, e.PreviousEventID, e.Type)
		if e.Details != nil {
			b.WriteString(" " + brief(s.t, e.Details))
		}
		b.WriteByte('\n')
	}
	result, err := s.engine.Wait(context.Background(), "x")
	fmt.Fprintf(&b, "%s output=%s error=%q cause=%q %v\n", result.Status, result.Output, result.Error, result.Cause, err)
	for _, line := range s.refused {
		b.WriteString(line + "\n")
	}
	return b.String()
}

// brief is the details as JSON, without the members that are the same everywhere, and with tokens named.
func brief(t *testing.T, details engine.Details) string {
	encoded, err := json.Marshal(details)
	if err != nil {
		t.Fatal(err)
	}
	var members map[string]any
	if err := json.Unmarshal(encoded, &members); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"inputDetails", "outputDetails", "assignedVariablesDetails", "region", "roleArn", "resourceType"} {
		delete(members, name)
	}
	encoded, err = json.Marshal(members)
	if err != nil {
		t.Fatal(err)
	}
	return string(encoded)
}

// replay rebuilds the execution from each prefix of its entries: the history must be a prefix, and the whole, the same.
func (s *scenario) replay() {
	entries, err := s.store.Entries(context.Background(), "x")
	if err != nil {
		s.t.Fatal(err)
	}
	want := s.engine.History("x")
	for n := 1; n <= len(entries); n++ {
		store := engine.NewMemoryStore()
		for _, e := range entries[:n] {
			if err := store.Append(context.Background(), e); err != nil {
				s.t.Fatal(err)
			}
		}
		again := newEngine(engine.Options{Clock: engine.NewVirtualClock(epoch), Store: store, Tasks: hanging{}})
		if err := again.Resume(context.Background(), "x"); err != nil {
			s.t.Fatal(err)
		}
		got := again.History("x")
		if len(got) > len(want) || n == len(entries) && len(got) != len(want) {
			s.t.Errorf("replaying %d of %d entries gives %d events of %d", n, len(entries), len(got), len(want))
		} else if diff := cmp.Diff(want[:len(got)], got, exportAll); diff != "" {
			s.t.Errorf("replaying %d of %d entries gives another history:\n%s", n, len(entries), diff)
		}
		again.Close()
	}
}

// exportAll lets events be compared with their private members.
var exportAll = cmp.Exporter(func(reflect.Type) bool { return true })

// hanging is a Tasks that waits for its context.
type hanging struct{}

func (hanging) Invoke(ctx context.Context, _ engine.Invocation) ([]byte, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}
