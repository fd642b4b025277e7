package pattern_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/penstock-ci/penstock/statemachines/engine/mototest"
)

type motoCase struct {
	name    string
	Pattern string `json:"pattern"`
	Event   string `json:"event"`
}

// TestMoto compares every case of testdata with moto's own matcher. Where moto differs, differences.txt has the case
// below the reason, which is always moto's. `go test ./events/pattern -run Moto -update` writes what is new at its end.
func TestMoto(t *testing.T) {
	cases := motoCases(t)
	answers := askMoto(t, cases)
	known := read(t, "differences.txt")
	differs := map[string]bool{}
	for _, line := range lines(known) {
		differs[line] = true
	}
	var unknown strings.Builder
	for i, c := range cases {
		ours := fmt.Sprint(matches(t, compile(t, c.Pattern), c.Event))
		line := fmt.Sprintf("%s: %s, moto %s", c.name, ours, answers[i])
		if ours != answers[i] && !differs[line] {
			unknown.WriteString(line + "\n")
		}
		if ours != answers[i] {
			delete(differs, line)
		}
	}
	if *update {
		if err := os.WriteFile("testdata/differences.txt", []byte(known+unknown.String()), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff("", unknown.String()); diff != "" {
		t.Errorf("differences without a reason:\n%s", diff)
	}
	for line := range differs {
		t.Errorf("no difference any more: %s", line)
	}
	t.Logf("%d cases, %d known differences", len(cases), len(lines(known)))
}

func motoCases(t *testing.T) []motoCase {
	t.Helper()
	var all []motoCase
	for _, c := range valueCases(t) {
		for _, leaf := range append(c.yes, c.no...) {
			all = append(all, motoCase{c.values + " on " + string(leaf), `{"a": ` + c.values + `}`, `{"a": ` + string(leaf) + `}`})
		}
	}
	files, err := filepath.Glob("testdata/events/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		archive, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var event bytes.Buffer
		if err := json.Compact(&event, archive.Files[0].Data); err != nil {
			t.Fatal(err)
		}
		for _, section := range archive.Files[1:] {
			for _, line := range lines(string(section.Data)) {
				all = append(all, motoCase{line + " on " + filepath.Base(file), line, event.String()})
			}
		}
	}
	return all
}

func askMoto(t *testing.T, cases []motoCase) []string {
	t.Helper()
	var in bytes.Buffer
	for _, c := range cases {
		in.WriteString(encode(t, c) + "\n")
	}
	c := exec.CommandContext(t.Context(), mototest.Python(t), "testdata/match.py")
	var complaints bytes.Buffer
	c.Stdin, c.Stderr = &in, &complaints
	out, err := c.Output()
	if err != nil {
		t.Fatalf("run moto: %v\n%s", err, complaints.String())
	}
	var answers []string
	for scanner := bufio.NewScanner(bytes.NewReader(out)); scanner.Scan(); {
		answers = append(answers, scanner.Text())
	}
	if len(answers) != len(cases) {
		t.Fatalf("moto answered %d of %d cases\n%s", len(answers), len(cases), complaints.String())
	}
	return answers
}
