package ministack

import (
	"encoding/json"
	"testing"
)

// Build is what CodeBuild knows of a build that goes on, as far as who plays it must know that.
type Build struct {
	ID          string `json:"id"`
	ARN         string `json:"arn"`
	Status      string `json:"buildStatus"`
	ProjectName string `json:"projectName"`
	Source      struct {
		Location string `json:"location"` // bucket/key
	} `json:"source"`
	SourceVersion    string `json:"sourceVersion"`
	SecondarySources []struct {
		Identifier string `json:"sourceIdentifier"`
		Location   string `json:"location"`
	} `json:"secondarySources"`
	SecondaryVersions []struct {
		Identifier string `json:"sourceIdentifier"`
		Version    string `json:"sourceVersion"`
	} `json:"secondarySourceVersions"`
	Artifacts          BuildArtifact   `json:"artifacts"`
	SecondaryArtifacts []BuildArtifact `json:"secondaryArtifacts"`
	Environment        struct {
		Variables []struct {
			Name  string `json:"name"`
			Value string `json:"value"`
			Type  string `json:"type"`
		} `json:"environmentVariables"`
	} `json:"environment"`
}

// BuildArtifact is where a build stores an artifact: an ARN, empty where it stores none.
type BuildArtifact struct {
	Identifier string `json:"artifactIdentifier"`
	Location   string `json:"location"`
}

// Builds are all builds that were started, the ended ones too.
func (e *Emulator) Builds(t testing.TB) []Build {
	t.Helper()
	var listed struct {
		IDs []string `json:"ids"`
	}
	e.must(t, "CodeBuild_20161006.ListBuilds", map[string]any{}, &listed)
	var described struct {
		Builds []Build `json:"builds"`
	}
	if len(listed.IDs) > 0 {
		e.must(t, "CodeBuild_20161006.BatchGetBuilds", map[string]any{"ids": listed.IDs}, &described)
	}
	return described.Builds
}

func (e *Emulator) must(t testing.TB, target string, in, out any) {
	t.Helper()
	if err := e.Call(t.Context(), Operation{"codebuild", target}, in, out); err != nil {
		t.Fatal(err)
	}
}

// BuildEnd is how a build ends: a status of CodeBuild, the variables that it exports, and how many test cases of its report have
// which status; it has no report where there are none.
type BuildEnd struct {
	ID       string            `json:"id"`
	Status   string            `json:"status"`
	Exported map[string]string `json:"exported"`
	Tests    map[string]int    `json:"tests,omitempty"`
}

// EndBuild has a build be over. Nobody is told: the event is the caller's to put.
func (e *Emulator) EndBuild(t testing.TB, end BuildEnd) {
	t.Helper()
	e.door(t, "/_builds", end)
}

// AnswerStartBuild says whether StartBuild answers from now on. Builds begin all the same: what one does can come before
// who has started it knows its ID.
func (e *Emulator) AnswerStartBuild(t testing.TB, answers bool) {
	t.Helper()
	e.door(t, "/_builds", map[string]bool{"answer": answers})
}

// door asks the launcher for what no AWS client can.
func (e *Emulator) door(t testing.TB, path string, in any) {
	t.Helper()
	body, err := json.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := do(e.request(t, "POST "+path, body)); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
}
