package ministack_test

import (
	"slices"
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
	s.emulator.EndBuild(t, ministack.BuildEnd{ID: id, Status: "FAILED", Tests: map[string]int{"SUCCEEDED": 2, "FAILED": 1}})
	if b := s.build(t, id); b.Status != "FAILED" {
		t.Errorf("it has ended %s", b.Status)
	}
	s.reports(t, id)
	other := s.project(t, "stopped")
	s.codebuild(t, "StopBuild", map[string]any{"id": other}, nil)
	if b := s.build(t, other); b.Status != "STOPPED" {
		t.Errorf("it was stopped, and is %s", b.Status)
	}
}

// reports checks that the report of a build has what it was ended with, and that there is no other.
func (s *stack) reports(t *testing.T, id string) {
	t.Helper()
	var described struct {
		Builds []struct{ ReportArns []string }
	}
	s.codebuild(t, "BatchGetBuilds", map[string]any{"ids": []string{id}}, &described)
	arns := slices.Concat(described.Builds[0].ReportArns, []string{"another"})
	var out struct {
		Reports []struct {
			TestSummary struct {
				Total        int
				StatusCounts map[string]int
			}
		}
		ReportsNotFound []string
	}
	s.codebuild(t, "BatchGetReports", map[string]any{"reportArns": arns}, &out)
	if len(out.Reports) != 1 || out.Reports[0].TestSummary.Total != 3 || out.Reports[0].TestSummary.StatusCounts["FAILED"] != 1 {
		t.Errorf("reports of %v: %+v", arns, out)
	}
	if diff := cmp.Diff([]string{"another"}, out.ReportsNotFound); diff != "" {
		t.Errorf("unknown (-want +got):\n%s", diff)
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
