package trigger_test

import (
	"fmt"
	"testing"

	"github.com/penstock-ci/penstock/pipeline"
	"github.com/penstock-ci/penstock/pipeline/trigger"
)

// filters reads the filters of a trigger as a definition has them.
func filters(t *testing.T, json string) *pipeline.GitConfiguration {
	t.Helper()
	p, _ := pipeline.Parse("p.json", []byte(`{"name": "p", "stages": [], "triggers": [{"providerType": "CodeStarSourceConnection",
		"gitConfiguration": {"sourceActionName": "Src", `+json+`}}]}`))
	if len(p.Triggers) != 1 || p.Triggers[0].GitConfiguration == nil {
		t.Fatalf("%s is no trigger", json)
	}
	return p.Triggers[0].GitConfiguration
}

// The rules of "Add trigger with code push or pull request event types" of the CodePipeline User Guide.
func TestStarts(t *testing.T) {
	many := make([]string, 0, 101)
	for i := range 100 {
		many = append(many, fmt.Sprintf("docs/%d.md", i))
	}
	many = append(many, "src/a.go")
	push := func(branch string, files ...string) trigger.Change {
		return trigger.Change{Branch: branch, Files: files}
	}
	pulled := func(event, branch string, files ...string) trigger.Change {
		return trigger.Change{PullRequest: event, Branch: branch, Files: files}
	}
	tag := func(name string) trigger.Change { return trigger.Change{Tag: name} }
	const (
		onMain   = `"push": [{"branches": {"includes": ["main", "release/**"], "excludes": ["release/old*"]}}]`
		onTags   = `"push": [{"tags": {"includes": ["v*"], "excludes": ["v0*"]}}]`
		onEither = `"push": [{"branches": {"includes": ["main"]}}, {"tags": {"includes": ["v*"]}}]`
		onSource = `"push": [{"branches": {"includes": ["main"]}, "filePaths": {"includes": ["src/**"], "excludes": ["**.md"]}}]`
		notDocs  = `"push": [{"branches": {"includes": ["**"]}, "filePaths": {"excludes": ["docs/**"]}}]`
		onPulls  = `"pullRequest": [{"events": ["OPEN", "UPDATED"], "branches": {"includes": ["main"]}}]`
		onBoth   = `"push": [{"branches": {"excludes": ["main"]}}], "pullRequest": [{"events": ["CLOSED"], "branches": {"includes": ["main"]}, "filePaths": {"includes": ["src/*"]}}]`
	)
	for _, tc := range []struct {
		filters string
		change  trigger.Change
		want    bool
	}{
		{onMain, push("main"), true},
		{onMain, push("release/1/2"), true},
		{onMain, push("release/old-1"), false},
		{onMain, push("other"), false},
		{onMain, tag("main"), false},
		{onTags, tag("v1"), true},
		{onTags, tag("v0.1"), false},
		{onTags, push("v1"), false},
		{onEither, push("main"), true},
		{onEither, tag("v1"), true},
		{onEither, tag("main"), false},
		{onEither, pulled("OPEN", "main"), false},
		{onSource, push("main", "src/a.go"), true},
		{onSource, push("main", "docs/a.md", "src/a.go"), true},
		{onSource, push("main", "src/a.md"), false},
		{onSource, push("main"), false}, // the first push of a branch
		{onSource, push("other", "src/a.go"), false},
		{onSource, push("main", many...), false}, // only the first 100 files are looked at
		{notDocs, push("any", "docs/a"), false},
		{notDocs, push("any", "docs/a", "a"), true},
		{onPulls, pulled("OPEN", "main"), true},
		{onPulls, pulled("CLOSED", "main"), false},
		{onPulls, pulled("UPDATED", "other"), false},
		{onPulls, push("main"), false},
		{onBoth, push("other"), true},
		{onBoth, push("main"), false},
		{onBoth, pulled("CLOSED", "main", "src/a"), true},
		{onBoth, pulled("CLOSED", "main", "src/a/b"), false},
	} {
		if got := trigger.Starts(filters(t, tc.filters), tc.change); got != tc.want {
			t.Errorf("%s: %+v starts: %v, want %v", tc.filters, tc.change, got, tc.want)
		}
	}
}
