package main

import (
	"testing"
	"time"

	"github.com/penstock-ci/penstock/internal/execution"
)

func TestCost(t *testing.T) {
	start := time.Date(2026, 11, 22, 4, 0, 0, 0, time.UTC)
	action := func(category, owner, provider string, took time.Duration) *execution.Action {
		return &execution.Action{
			Type:      execution.ActionTypeID{Category: category, Owner: owner, Provider: provider},
			StartTime: start, LastUpdateTime: start.Add(took),
		}
	}
	actions := []*execution.Action{
		action("Source", "AWS", "CodeCommit", 0),                // 1 minute
		action("Build", "AWS", "CodeBuild", time.Minute),        // 1
		action("Test", "AWS", "CodeBuild", time.Minute+1),       // 2
		action("Approval", "AWS", "Manual", 100*time.Hour),      // free
		action("Build", "Custom", "MyJenkins", 100*time.Minute), // free
	}
	for _, test := range []struct {
		v1   bool
		want string
	}{
		{false, "On AWS: about $0.0004 of Step Functions; CodePipeline V2 would bill $0.008."},
		{true, "On AWS: about $0.0004 of Step Functions; CodePipeline V1 bills $1.00 a month."},
	} {
		if got := costOf(16, actions, test.v1).String(); got != test.want {
			t.Errorf("cost = %q, want %q", got, test.want)
		}
	}
}

func TestQuoted(t *testing.T) {
	for word, want := range map[string]string{
		"pipeline.yaml": "pipeline.yaml", "Build/Make": "Build/Make", "": "''", "two words": "'two words'",
		"it's": `'it'\''s'`, "$HOME": "'$HOME'", "NAME=value": "NAME=value", "tilde~": "'tilde~'",
	} {
		if got := quoted(word); got != want {
			t.Errorf("quoted(%q) = %s, want %s", word, got, want)
		}
	}
}
