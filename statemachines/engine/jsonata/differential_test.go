package jsonata_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/penstock-ci/penstock/statemachines/engine/jsonata"
)

var (
	differentialRuns = flag.Int("differential.runs", 2000, "how many expressions are compared with npm jsonata")
	differentialSeed = flag.Uint64("differential.seed", 1, "where the expressions begin")
)

// TestDifferential compares generated expressions with npm jsonata 2.0.6: both must give the same value, or nothing, or
// refuse. What differs is made as small as it can be, and must be of a kind that testdata/differences.txt lists with its
// reason. `make jsonata` installs the library and compares many; where it is installed, a few are compared in every run
// of the tests.
func TestDifferential(t *testing.T) {
	d := &differential{t: t, peer: startPeer(t), ours: jsonata.NewEvaluator(), known: knownDifferences(t)}
	g := &generator{seed: *differentialSeed}
	const batch = 200
	for done := 0; done < *differentialRuns; done += batch {
		terms := make([]*term, min(batch, *differentialRuns-done))
		for i := range terms {
			terms[i] = g.term('E', 3)
		}
		d.compare(terms)
	}
	t.Logf("%d expressions: %d give a value, %d nothing, %d are refused; %d differ in a way that is listed", *differentialRuns, d.values, d.nothing, d.refused, d.listed)
	if d.values < *differentialRuns/3 {
		t.Errorf("only %d expressions have a value: the generator makes too little sense", d.values)
	}
	for _, k := range d.known {
		t.Logf("%6d  %s", k.met, k.reason)
	}
}

type differential struct {
	t                        *testing.T
	peer                     *peer
	ours                     *jsonata.Evaluator
	known                    []*difference
	values, nothing, refused int
	listed, unlisted         int
}

// maxUnlisted ends a run that has told enough.
const maxUnlisted = 60

func (d *differential) compare(terms []*term) {
	d.t.Helper()
	sources := make([]string, len(terms))
	for i, term := range terms {
		sources[i] = term.String()
	}
	for i, want := range d.peer.evaluate(d.t, sources) {
		switch want {
		case refused:
			d.refused++
		case nothing:
			d.nothing++
		default:
			d.values++
		}
		if want != d.evaluate(sources[i]) {
			d.report(terms[i])
		}
	}
}

// evaluate is the outcome of an expression here.
func (d *differential) evaluate(source string) string {
	text, err := evaluate(d.t, d.ours, source, differentialVariables())
	return outcome(d.t, text, err)
}

func (d *differential) differs(t *term) bool {
	source := t.String()
	return d.peer.evaluate(d.t, []string{source})[0] != d.evaluate(source)
}

// report makes a term that differs small, and tells of it if it is of no listed kind.
func (d *differential) report(t *term) {
	d.t.Helper()
	for smaller := true; smaller; {
		smaller = false
		for _, candidate := range t.simpler() {
			if candidate.size() <= t.size() && candidate.String() != t.String() && len(candidate.String()) < len(t.String()) && d.differs(candidate) {
				t, smaller = candidate, true
				break
			}
		}
	}
	source := t.String()
	for _, k := range d.known {
		if k.pattern.MatchString(source) {
			k.met++
			d.listed++
			return
		}
	}
	text, err := evaluate(d.t, d.ours, source, differentialVariables())
	d.t.Errorf("%s\nnpm jsonata gives %s, ours %s (%v)", source, d.peer.evaluate(d.t, []string{source})[0], outcome(d.t, text, err), err)
	if d.unlisted++; d.unlisted == maxUnlisted {
		d.t.Fatal("too many differences")
	}
}

// difference is a kind of expressions, as small as they can be made, that we know to differ.
type difference struct {
	pattern *regexp.Regexp
	reason  string
	met     int
}

// knownDifferences reads testdata/differences.txt: a regular expression, a tab, the reason.
func knownDifferences(t *testing.T) []*difference {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "differences.txt"))
	if err != nil {
		t.Fatal(err)
	}
	var list []*difference
	for line := range strings.Lines(string(text)) {
		if line = strings.TrimSpace(line); line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		pattern, reason, ok := strings.Cut(line, "\t")
		if !ok || strings.TrimSpace(reason) == "" {
			t.Fatalf("testdata/differences.txt: no reason in %q", line)
		}
		list = append(list, &difference{pattern: regexp.MustCompile(`^(?:` + pattern + `)$`), reason: reason})
	}
	return list
}

// The outcomes that are no values.
const (
	nothing = "undefined"
	refused = "error"
)

func differentialVariables() variables {
	return variables{
		"n": `7`, "s": `"a-b-c"`, "b": `true`, "z": `null`, "list": `[3,1,2]`, "words": `["x","yy",""]`,
		"o": `{"k":1,"inner":{"k":[4,5]}}`, "rows": `[{"id":1,"tag":"p"},{"id":2},{"id":1,"tag":"q"}]`,
	}
}

// outcome is a value as canonical JSON, or the words undefined or error: messages may differ.
func outcome(t *testing.T, text string, err error) string {
	t.Helper()
	switch {
	case errors.Is(err, jsonata.ErrUndefined):
		return nothing
	case err != nil:
		return refused
	}
	var v any
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatal(err)
	}
	canonical, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(canonical)
}

// peer is npm jsonata, behind the same bridge that the moto engine uses: one request and one answer a line.
type peer struct {
	in  io.Writer
	out *bufio.Reader
}

// installed is where `make jsonata-peer` puts npm jsonata.
var installed = filepath.Join("..", "..", "..", ".cache", "jsonata", "node_modules")

func startPeer(t *testing.T) *peer {
	t.Helper()
	modules, err := filepath.Abs(installed)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(modules, "jsonata", "package.json")); err != nil {
		t.Skip("npm jsonata is not installed: make jsonata-peer")
	}
	cmd := exec.Command("node", filepath.Join("..", "mototest", "moto", "bridge.js"))
	cmd.Env = append(os.Environ(), "NODE_PATH="+modules)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(in.Close(), cmd.Wait()); err != nil {
			t.Error(err)
		}
	})
	return &peer{in: in, out: bufio.NewReader(out)}
}

// evaluate gives the outcomes of expressions: all are asked before the first answer is read.
func (p *peer) evaluate(t *testing.T, sources []string) []string {
	t.Helper()
	bindings := map[string]json.RawMessage{}
	for name, text := range differentialVariables() {
		bindings[name] = json.RawMessage(text)
	}
	var requests bytes.Buffer
	for _, source := range sources {
		request, err := json.Marshal(map[string]any{"expression": source, "bindings": bindings})
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&requests, "%s\n", request)
	}
	written := make(chan error, 1)
	go func() {
		_, err := p.in.Write(requests.Bytes())
		written <- err
	}()
	outcomes := make([]string, len(sources))
	for i := range sources {
		outcomes[i] = p.answer(t)
	}
	if err := <-written; err != nil {
		t.Fatal(err)
	}
	return outcomes
}

func (p *peer) answer(t *testing.T) string {
	t.Helper()
	line, err := p.out.ReadBytes('\n')
	if err != nil {
		t.Fatal(err)
	}
	var answer struct {
		Value     json.RawMessage
		Undefined bool
		Error     *string
	}
	if err := json.Unmarshal(line, &answer); err != nil {
		t.Fatal(err)
	}
	switch {
	case answer.Error != nil:
		return refused
	case answer.Undefined:
		return nothing
	default:
		return outcome(t, string(answer.Value), nil)
	}
}
