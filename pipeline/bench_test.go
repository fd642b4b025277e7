package pipeline_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/penstock-ci/penstock/pipeline"
)

// definitionOf is a pipeline of so many actions, at most 21 a stage, that take artifacts and read variables. What is
// wrong with each action, if anything, comes behind its inputs.
func definitionOf(name string, actions int, wrong string) []byte {
	var b strings.Builder
	fmt.Fprintf(&b, "name: %s\nstages:\n  - name: Source\n    actions:\n      - name: Checkout\n"+
		"        actionTypeId: Source/S3\n        namespace: Src\n"+
		"        configuration: {S3Bucket: bucket, S3ObjectKey: source.zip}\n        outputArtifacts: [{name: Source}]\n", name)
	for i := range actions - 1 {
		if i%21 == 0 {
			fmt.Fprintf(&b, "  - name: Stage%d\n    actions:\n", i/21)
		}
		fmt.Fprintf(&b, "      - name: Action%d\n        actionTypeId: Build/CodeBuild\n        runOrder: %d\n"+
			"        namespace: n-%d\n        configuration:\n          ProjectName: \"p-#{Src.VersionId}\"\n"+
			"        inputArtifacts: [{name: Source}]\n        outputArtifacts: [{name: Out-%d}]\n", i, i%5+1, i, i)
		b.WriteString(strings.ReplaceAll(wrong, "N", fmt.Sprint(i)))
	}
	return []byte(b.String())
}

const (
	right = ""
	// A namespace that nobody has: each asks for the nearest of a thousand names.
	allWrong = "        environmentVariables: [{name: V, value: \"#{nn-N.Value}\"}]\n"
)

// BenchmarkThousandActions parses and checks one pipeline of 1,000 actions. The metric x/100 says how many times as
// long as one of 100 it takes.
func BenchmarkThousandActions(b *testing.B) {
	b.Run("yaml", func(b *testing.B) {
		compare(b, once("p.yaml", definitionOf("p", 100, right)), once("p.yaml", definitionOf("p", 1000, right)))
	})
	b.Run("json", func(b *testing.B) {
		compare(b, once("p.json", asJSON(b, 100)), once("p.json", asJSON(b, 1000)))
	})
	b.Run("wrong", func(b *testing.B) {
		compare(b, once("p.yaml", definitionOf("p", 100, allWrong)), once("p.yaml", definitionOf("p", 1000, allWrong)))
	})
}

// BenchmarkThousandPipelines parses and checks 1,000 pipelines of 10 actions, and says how many times as long as 100
// of them that takes.
func BenchmarkThousandPipelines(b *testing.B) {
	var many []func()
	for i := range 1000 {
		name := fmt.Sprintf("p%d", i)
		many = append(many, once(name+".yaml", definitionOf(name, 10, right)))
	}
	all := func(calls []func()) func() {
		return func() {
			for _, call := range calls {
				call()
			}
		}
	}
	compare(b, all(many[:100]), all(many))
}

func asJSON(b *testing.B, actions int) []byte {
	return pipeline.Canonical(mustParse(b, "p.yaml", string(definitionOf("p", actions, right))))
}

func once(file string, source []byte) func() {
	return func() {
		p, _ := pipeline.Parse(file, source)
		pipeline.Check(p, pipeline.Options{})
	}
}

// compare times one run of a thousand against ten of a hundred, between which what else runs on the machine makes no
// difference, and reports how many times as long as a hundred a thousand takes.
func compare(b *testing.B, hundred, thousand func()) {
	const each = 10
	var short, long time.Duration
	for b.Loop() {
		b.StopTimer()
		short += timed(func() {
			for range each {
				hundred()
			}
		})
		b.StartTimer()
		long += timed(thousand)
	}
	b.ReportMetric(each*float64(long)/float64(short), "x/100")
}

func timed(call func()) time.Duration {
	start := time.Now()
	call()
	return time.Since(start)
}

func BenchmarkParseYAML(b *testing.B) {
	benchmarkParse(b, "large.yaml", definitionOf("large", 1000, right))
}

func BenchmarkParseJSON(b *testing.B) { benchmarkParse(b, "large.json", asJSON(b, 1000)) }

func benchmarkParse(b *testing.B, file string, source []byte) {
	b.SetBytes(int64(len(source)))
	for b.Loop() {
		if _, list := pipeline.Parse(file, source); list.HasErrors() {
			b.Fatal(list.Head())
		}
	}
}

func BenchmarkCheck(b *testing.B) {
	p := mustParse(b, "large.yaml", string(definitionOf("large", 1000, right)))
	for b.Loop() {
		if list := pipeline.Check(p, pipeline.Options{}); list.HasErrors() {
			b.Fatal(list.Head())
		}
	}
}

func BenchmarkDigest(b *testing.B) {
	p := mustParse(b, "large.yaml", string(definitionOf("large", 1000, right)))
	for b.Loop() {
		if pipeline.Digest(p) == "" {
			b.Fatal("no digest")
		}
	}
}
