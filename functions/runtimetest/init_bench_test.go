package runtimetest_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/penstock-ci/penstock/functions/runtimetest"
	"github.com/penstock-ci/penstock/internal/resources"
)

// build builds a function as the Makefile does, for this machine.
func build(b testing.TB, pkg string) string {
	b.Helper()
	out := filepath.Join(b.TempDir(), "bootstrap")
	c := exec.CommandContext(b.Context(), "go", "build", "-trimpath", "-tags", "lambda.norpc", "-ldflags", "-s -w", "-o", out, pkg)
	c.Env = append(os.Environ(), "CGO_ENABLED=0")
	if text, err := c.CombinedOutput(); err != nil {
		b.Fatalf("build %s: %v\n%s", pkg, err, text)
	}
	return out
}

func settings() []string {
	var environ []string
	for _, name := range append(resources.Settings(), "AWS_REGION") {
		environ = append(environ, name+"=x")
	}
	return environ
}

// initTime is how long a binary takes from its start until it asks for its first invocation.
func initTime(b *testing.B, binary string) time.Duration {
	b.Helper()
	f, err := runtimetest.Start(binary, settings())
	if err != nil {
		b.Fatal(err)
	}
	defer f.Stop()
	took, err := f.Init(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	return took
}

// starts is how often each function is started. The least of them is what a start takes: whatever else runs on the machine
// makes others longer, and none shorter.
const starts = 40

// What a function takes to start is held against an empty one's, which is started beside it: one and the other by turns.
func BenchmarkInit(b *testing.B) {
	empty := build(b, "./testdata/empty")
	for _, name := range resources.Functions() {
		if _, err := os.Stat(filepath.Join("..", name)); err != nil {
			continue
		}
		b.Run(name, func(b *testing.B) {
			binary := build(b, "../"+name)
			info, err := os.Stat(binary)
			if err != nil {
				b.Fatal(err)
			}
			var ours, theirs []time.Duration
			for b.Loop() {
				for range starts {
					theirs = append(theirs, initTime(b, empty))
					ours = append(ours, initTime(b, binary))
				}
			}
			slices.Sort(ours)
			slices.Sort(theirs)
			b.ReportMetric(ours[0].Seconds()*1e3, "ms/init")
			b.ReportMetric(theirs[0].Seconds()*1e3, "empty-ms/init")
			b.ReportMetric(ours[0].Seconds()/theirs[0].Seconds(), "times-empty")
			b.ReportMetric(ours[len(ours)/2].Seconds()/theirs[len(theirs)/2].Seconds(), "times-empty-median")
			b.ReportMetric(float64(info.Size())/(1<<20), "MiB")
		})
	}
}
