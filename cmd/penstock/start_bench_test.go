package main

import (
	"bufio"
	"bytes"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"testing"
	"time"
)

// startRuns is how many processes a figure is the median of.
const startRuns = 20

// program builds the binary as it is used; this test binary begins with more than that has.
func program(b *testing.B) string {
	b.Helper()
	to := filepath.Join(b.TempDir(), "penstock")
	if out, err := exec.CommandContext(b.Context(), "go", "build", "-o", to, ".").CombinedOutput(); err != nil {
		b.Fatalf("go build: %v\n%s", err, out)
	}
	return to
}

// timed runs a command and returns how long it took to its first line, and all that it printed.
func timed(b *testing.B, cmd *exec.Cmd) (first time.Duration, printed string) {
	b.Helper()
	out, err := cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	var problem bytes.Buffer
	cmd.Stderr = &problem
	begun := time.Now()
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	lines := bufio.NewReader(out)
	line, err := lines.ReadString('\n')
	first = time.Since(begun)
	rest, restErr := io.ReadAll(lines)
	if waitErr := cmd.Wait(); err != nil || restErr != nil || waitErr != nil {
		b.Fatalf("%v: %v %v %v\n%s%s\n%s", cmd.Args, err, restErr, waitErr, line, rest, problem.String())
	}
	return first, line + string(rest)
}

func median(all []float64) float64 {
	slices.Sort(all)
	return (all[(len(all)-1)/2] + all[len(all)/2]) / 2
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// BenchmarkVersion is the start of the binary, with nothing behind it.
func BenchmarkVersion(b *testing.B) {
	binary := program(b)
	for b.Loop() {
		var first []float64
		for range startRuns {
			d, _ := timed(b, exec.CommandContext(b.Context(), binary, "--version"))
			first = append(first, milliseconds(d))
		}
		b.ReportMetric(median(first), "ms-first-line")
	}
}

var engineTime = regexp.MustCompile(`([0-9.]+) (ms|s) of engine time an action`)

// BenchmarkExample runs the example as make run does, in one state directory. A first run, which is not counted, fills
// the cache of its Go builds.
func BenchmarkExample(b *testing.B) {
	binary, dir := program(b), b.TempDir()
	if err := copyExample(dir); err != nil {
		b.Fatal(err)
	}
	run := func() (first, engine float64) {
		cmd := exec.CommandContext(b.Context(), binary, "run", "pipeline.yaml", "--yes")
		cmd.Dir, cmd.Env = dir, append(os.Environ(), "COLUMNS=200")
		d, printed := timed(b, cmd)
		found := engineTime.FindStringSubmatch(printed)
		if found == nil {
			b.Fatalf("no engine time is printed:\n%s", printed)
		}
		engine, err := strconv.ParseFloat(found[1], 64)
		if err != nil {
			b.Fatal(err)
		}
		if found[2] == "s" {
			engine *= 1000
		}
		return milliseconds(d), engine
	}
	run()
	for b.Loop() {
		var first, engine []float64
		for range startRuns {
			f, e := run()
			first, engine = append(first, f), append(engine, e)
		}
		b.ReportMetric(median(first), "ms-first-line")
		b.ReportMetric(median(engine), "ms-engine/action")
	}
}
