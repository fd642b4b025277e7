package sources_test

import (
	"bytes"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/penstock-ci/penstock/internal/action"
	"github.com/penstock-ci/penstock/internal/action/source"
	"github.com/penstock-ci/penstock/internal/artifact"
	"github.com/penstock-ci/penstock/internal/local/objects"
	"github.com/penstock-ci/penstock/internal/local/sources"
	"github.com/penstock-ci/penstock/pipeline"
)

// log is an action's log in memory.
type log struct{ bytes.Buffer }

func (*log) Close() error { return nil }

// TestProvider runs the source provider over a real repository and a real folder of objects.
func TestProvider(t *testing.T) {
	c := newCheckout(t)
	c.write(map[string]string{"service/main.go": "package main", "service/latest": "-> main.go"})
	id := c.commit("Add health check\n")
	store := artifact.NewStore(objects.New(t.TempDir()))
	provider := source.New(sources.New(map[string]sources.Binding{"Source/Checkout": {Path: filepath.Join(c.dir, "service")}}, nil), store)
	request := action.Request{
		Stage: "Source",
		Action: &pipeline.Action{
			Name:         pipeline.Text{Value: "Checkout"},
			ActionTypeID: pipeline.ActionTypeID{Provider: pipeline.Text{Value: "CodeCommit"}},
		},
		Configuration: map[string]string{"RepositoryName": "service", "BranchName": "release"},
		Outputs:       []action.Output{{Name: "SourceArtifact", Location: artifact.Location{Bucket: "artifacts", Key: "go-service/a"}}},
		Log:           &log{},
	}
	clean, err := provider.Start(t.Context(), request)
	if err != nil {
		t.Fatal(err)
	}
	if want := `main ` + id[:7] + ` "Add health check"`; clean.Summary != want {
		t.Errorf("summary %s, want %s", clean.Summary, want)
	}
	if clean.Variables["CommitId"] != id || clean.Variables["BranchName"] != "main" || clean.Revision.ID != id {
		t.Errorf("variables %v, revision %+v", clean.Variables, clean.Revision)
	}
	c.write(map[string]string{"service/main.go": "package other"})
	changed, err := provider.Start(t.Context(), request)
	if err != nil {
		t.Fatal(err)
	}
	if want := clean.Summary + " + uncommitted changes"; changed.Summary != want {
		t.Errorf("summary %s, want %s", changed.Summary, want)
	}
	out := t.TempDir()
	if err := store.Unpack(t.Context(), changed.Artifacts["SourceArtifact"], out); err != nil {
		t.Fatal(err)
	}
	_, files := mustFetch(t, sources.Binding{Path: out})
	if diff := cmp.Diff(map[string]string{"main.go": "package other", "latest": "-> main.go"}, files); diff != "" {
		t.Errorf("the artifact (-want +got):\n%s", diff)
	}
}
