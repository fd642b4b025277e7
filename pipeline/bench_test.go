package pipeline_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/penstock-ci/penstock/pipeline"
)

// thousand is a definition of 1,000 actions in 50 stages.
func thousand() []byte {
	var b strings.Builder
	b.WriteString("name: large\nstages:\n  - name: Source\n    actions:\n      - name: Checkout\n" +
		"        actionTypeId: Source/S3\n        namespace: Src\n" +
		"        configuration: {S3Bucket: bucket, S3ObjectKey: source.zip}\n        outputArtifacts: [{name: Source}]\n")
	for stage := range 49 {
		fmt.Fprintf(&b, "  - name: Stage%d\n    actions:\n", stage)
		for action := range 21 {
			if stage == 48 && action > 0 && action > 1000-1-48*21-1 {
				break
			}
			fmt.Fprintf(&b, "      - name: Action%d\n        actionTypeId: Build/CodeBuild\n        runOrder: %d\n"+
				"        namespace: n-%d-%d\n        configuration:\n          ProjectName: \"p-#{Src.VersionId}\"\n"+
				"        inputArtifacts: [{name: Source}]\n        outputArtifacts: [{name: Out-%d-%d}]\n",
				action, action%5+1, stage, action, stage, action)
		}
	}
	return []byte(b.String())
}

func BenchmarkParseYAML(b *testing.B) { benchmarkParse(b, "large.yaml", thousand()) }

func BenchmarkParseJSON(b *testing.B) {
	p := mustParse(b, "large.yaml", string(thousand()))
	benchmarkParse(b, "large.json", pipeline.Canonical(p))
}

func benchmarkParse(b *testing.B, file string, source []byte) {
	b.SetBytes(int64(len(source)))
	for b.Loop() {
		if _, list := pipeline.Parse(file, source); list.HasErrors() {
			b.Fatal(list)
		}
	}
}

func BenchmarkCheck(b *testing.B) {
	p := mustParse(b, "large.yaml", string(thousand()))
	for b.Loop() {
		if list := pipeline.Check(p, pipeline.Options{}); list.HasErrors() {
			b.Fatal(list)
		}
	}
}

func BenchmarkDigest(b *testing.B) {
	p := mustParse(b, "large.yaml", string(thousand()))
	for b.Loop() {
		if pipeline.Digest(p) == "" {
			b.Fatal("no digest")
		}
	}
}
