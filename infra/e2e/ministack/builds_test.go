package ministack_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/penstock-ci/penstock/infra/e2e/ministack"
)

func (s *stack) codebuild(t *testing.T, operation string, in, out any) {
	t.Helper()
	o := ministack.Operation{Service: "codebuild", Target: "CodeBuild_20161006." + operation}
	if err := s.emulator.Call(t.Context(), o, in, out); err != nil {
		t.Fatal(err)
	}
}

// project makes a project of CodeBuild with a build, whose ID it returns.
func (s *stack) project(t *testing.T, name string) string {
	t.Helper()
	s.codebuild(t, "CreateProject", map[string]any{"name": name, "environment": map[string]any{
		"environmentVariables": []any{map[string]any{"name": "A", "value": "project"}, map[string]any{"name": "B", "value": "project"}},
	}}, nil)
	return s.begun(t, name)
}

// begun starts the one build of a project that has its token.
func (s *stack) begun(t *testing.T, project string) string {
	t.Helper()
	var out struct{ Build ministack.Build }
	s.codebuild(t, "StartBuild", map[string]any{
		"projectName": project, "idempotencyToken": "token of " + project, "sourceTypeOverride": "S3", "sourceLocationOverride": "in/key",
		"artifactsOverride":            map[string]any{"type": "S3", "location": "out", "path": "/path/", "name": "name"},
		"environmentVariablesOverride": []any{map[string]any{"name": "B", "value": "build"}},
	}, &out)
	return out.Build.ID
}

// A build goes on until the test ends it, or StopBuild does, with what its request has overridden. A token that comes again
// is its build.
func (s *stack) builds(t *testing.T) {
	id := s.project(t, "builds")
	if again := s.begun(t, "builds"); again != id {
		t.Errorf("the same token started %s, and then %s", id, again)
	}
	b := s.build(t, id)
	got := []string{b.Status, b.Source.Location, b.Artifacts.Location}
	for _, v := range b.Environment.Variables {
		got = append(got, v.Name+"="+v.Value)
	}
	if diff := cmp.Diff([]string{"IN_PROGRESS", "in/key", "arn:aws:s3:::out/path/name", "A=project", "B=build"}, got); diff != "" {
		t.Errorf("the build (-want +got):\n%s", diff)
	}
	s.emulator.EndBuild(t, ministack.BuildEnd{ID: id, Status: "FAILED"})
	if b := s.build(t, id); b.Status != "FAILED" {
		t.Errorf("it has ended %s", b.Status)
	}
	other := s.project(t, "stopped")
	s.codebuild(t, "StopBuild", map[string]any{"id": other}, nil)
	if b := s.build(t, other); b.Status != "STOPPED" {
		t.Errorf("it was stopped, and is %s", b.Status)
	}
}

func (s *stack) build(t *testing.T, id string) ministack.Build {
	t.Helper()
	for _, b := range s.emulator.Builds(t) {
		if b.ID == id {
			return b
		}
	}
	t.Fatalf("there is no build %s", id)
	return ministack.Build{}
}
