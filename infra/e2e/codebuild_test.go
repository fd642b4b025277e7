//go:build e2e

package e2e_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/penstock-ci/penstock/events"
	"github.com/penstock-ci/penstock/infra/e2e/ministack"
	actions "github.com/penstock-ci/penstock/internal/action/codebuild"
	"github.com/penstock-ci/penstock/internal/artifact"
	"github.com/penstock-ci/penstock/internal/cloud"
	"github.com/penstock-ci/penstock/internal/local/builds"
)

// codebuild plays CodeBuild, of which the emulator has the records: a build runs its buildspec here as it would on a
// laptop, reads its sources from S3 and stores its artifacts there.
type codebuild struct {
	emulator *ministack.Emulator
	builds   *builds.Builds
	seen     map[string]bool // those that were run
}

func newCodebuild(t *testing.T, e *ministack.Emulator) *codebuild {
	t.Helper()
	// A role of CodeBuild could read and write the artifacts; the root can too.
	t.Setenv("AWS_ACCESS_KEY_ID", ministack.Root().AccessKeyID)
	t.Setenv("AWS_SECRET_ACCESS_KEY", ministack.Root().SecretAccessKey)
	account := cloud.New(cloud.Config{Region: ministack.Region, Endpoint: e.Endpoint()})
	c := &codebuild{emulator: e, seen: map[string]bool{}}
	var err error
	c.builds, err = builds.New(builds.Options{
		Work: t.TempDir(), Home: t.TempDir(), Environ: os.Environ(), Region: ministack.Region, Account: ministack.Account,
		Projects: map[string]builds.Project{
			"site-render": {Buildspec: "buildspec.yml"}, "site-check-links": {Buildspec: "buildspec-links.yml"},
		},
		Artifacts: artifact.NewStore(account.Objects(cloud.BucketOptions{})), Clock: clock{},
		Ended: func(context.Context, events.Envelope) error { return nil }, // the test puts events itself
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.builds.Close(); err != nil {
			t.Error(err)
		}
	})
	return c
}

type clock struct{}

func (clock) Now() time.Time                         { return time.Now() }
func (clock) After(d time.Duration) <-chan time.Time { return time.After(d) }

// run runs the builds that were started and not run yet to their ends, and returns the events that tell of them.
func (c *codebuild) run(t *testing.T) []ministack.Event {
	t.Helper()
	var told []ministack.Event
	for _, b := range c.emulator.Builds(t) {
		if b.Status != "IN_PROGRESS" || c.seen[b.ID] {
			continue
		}
		c.seen[b.ID] = true
		d := c.build(t, b)
		end := ministack.BuildEnd{ID: b.ID, Status: d.Status, Exported: d.ExportedVariables}
		if d.Tests != nil {
			end.Tests = map[string]int{"SUCCEEDED": d.Tests.Passed, "FAILED": d.Tests.Failed, "SKIPPED": d.Tests.Skipped}
		}
		c.emulator.EndBuild(t, end)
		told = append(told, stateChange(t, b, d.Status))
	}
	return told
}

// build runs one build.
func (c *codebuild) build(t *testing.T, b ministack.Build) actions.Description {
	t.Helper()
	request := actions.Build{
		IdempotencyToken: b.ID, Project: b.ProjectName, Started: time.Now(),
		Sources: []actions.Source{c.source(t, "", b.Source.Location, b.SourceVersion)}, Log: t.Output(),
	}
	for i, s := range b.SecondarySources {
		request.Sources = append(request.Sources, c.source(t, s.Identifier, s.Location, b.SecondaryVersions[i].Version))
	}
	for _, v := range b.Environment.Variables {
		request.Environment = append(request.Environment, actions.EnvironmentVariable{Name: v.Name, Value: v.Value, Type: v.Type})
	}
	for _, a := range append([]ministack.BuildArtifact{b.Artifacts}, b.SecondaryArtifacts...) {
		if a.Location != "" {
			request.Outputs = append(request.Outputs, actions.Output{Name: a.Identifier, Location: locationOf(strings.TrimPrefix(a.Location, "arn:aws:s3:::"))})
		}
	}
	id, err := c.builds.StartBuild(t.Context(), request)
	if err != nil {
		t.Fatal(err)
	}
	return until(t, "end of build "+id, func() (actions.Description, bool) {
		d, err := c.builds.DescribeBuild(t.Context(), request, id)
		if err != nil {
			t.Fatal(err)
		}
		if d.Failure != nil {
			t.Fatalf("build %s: %+v", id, d.Failure)
		}
		return d, d.Status != "IN_PROGRESS"
	})
}

func (c *codebuild) source(t *testing.T, name, location, version string) actions.Source {
	t.Helper()
	at := locationOf(location)
	at.VersionID = version
	content := c.emulator.Object(t, at.Bucket, at.Key)
	sum := sha256.Sum256(content)
	return actions.Source{Name: name, Object: artifact.Object{Location: at, SHA256: hex.EncodeToString(sum[:]), Size: int64(len(content))}}
}

func locationOf(path string) artifact.Location {
	bucket, key, _ := strings.Cut(path, "/")
	return artifact.Location{Bucket: bucket, Key: key}
}

// stateChange is the event that CodeBuild sends when a build has ended.
func stateChange(t *testing.T, b ministack.Build, status string) ministack.Event {
	t.Helper()
	detail, err := json.Marshal(map[string]any{
		"build-status": status, "project-name": b.ProjectName, "build-id": b.ARN, "current-phase": "COMPLETED", "version": "1",
		"additional-information": map[string]any{"build-complete": true},
	})
	if err != nil {
		t.Fatal(err)
	}
	return ministack.Event{Source: "aws.codebuild", DetailType: events.BuildStateChange, Detail: string(detail), Resources: []string{b.ARN}}
}
