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

// bundle is a function's folder as it is deployed: the size of all its programs, in bytes, and the one that Lambda starts.
type bundle struct {
	bootstrap string
	size      int64
}

// build builds a function of the module's package pkg as the Makefile does, for this machine, with the programs beside it.
func build(b testing.TB, pkg string, programs ...string) bundle {
	b.Helper()
	folder, made := b.TempDir(), bundle{}
	for _, program := range programs {
		from := pkg
		if program != resources.Bootstrap {
			from += "/" + program
		}
		linked, at := filepath.Join(b.TempDir(), program), filepath.Join(folder, program)
		c := exec.CommandContext(b.Context(), "go", "build", "-trimpath", "-tags", "lambda.norpc", "-ldflags", "-s -w", "-o", linked, from)
		c.Env = append(os.Environ(), "CGO_ENABLED=0")
		if text, err := c.CombinedOutput(); err != nil {
			b.Fatalf("build %s: %v\n%s", from, err, text)
		}
		made.size += unzip(b, linked, at)
	}
	made.bootstrap = filepath.Join(folder, resources.Bootstrap)
	return made
}

// unzip writes a program as Lambda does, which unzips it, and returns its size. The linker maps its output into memory and go
// build may take it from a cache by a link or a copy in the kernel: how a file came to be decides how its pages lie in the page
// cache, and so how long a start takes, by 10 to 20 %. The empty function and those held against it are all written like this.
func unzip(b testing.TB, from, to string) int64 {
	b.Helper()
	program, err := os.ReadFile(from)
	if err == nil {
		err = os.WriteFile(to, program, 0o755)
	}
	if err != nil {
		b.Fatal(err)
	}
	return int64(len(program))
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
	empty := build(b, "./testdata/empty", resources.Bootstrap)
	for _, name := range resources.Functions() {
		if _, err := os.Stat(filepath.Join("..", name)); err != nil {
			continue
		}
		b.Run(name, func(b *testing.B) {
			function := build(b, "../"+name, resources.Programs(name)...)
			var ours, theirs []time.Duration
			for b.Loop() {
				for range starts {
					theirs = append(theirs, initTime(b, empty.bootstrap))
					ours = append(ours, initTime(b, function.bootstrap))
				}
			}
			slices.Sort(ours)
			slices.Sort(theirs)
			b.ReportMetric(ours[0].Seconds()*1e3, "ms/init")
			b.ReportMetric(theirs[0].Seconds()*1e3, "empty-ms/init")
			b.ReportMetric(ours[0].Seconds()/theirs[0].Seconds(), "times-empty")
			b.ReportMetric(ours[len(ours)/2].Seconds()/theirs[len(theirs)/2].Seconds(), "times-empty-median")
			b.ReportMetric(float64(function.size)/(1<<20), "MiB")
		})
	}
}
