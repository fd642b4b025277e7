package builds

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/penstock-ci/penstock/internal/action/codebuild"
	"github.com/penstock-ci/penstock/internal/action/codebuild/buildstest"
)

// Whoever is told of a failure finds the build as its command left it: folder, environment, secrets, and what runs.
func TestOnFailure(t *testing.T) {
	for name, c := range map[string]struct{ commands, want string }{
		"a command":              {"[cd deep, export LEFT=here, 'false']", "exit status 1 in BUILD, command 3 of 3: false"},
		"the end of the shell":   {"[cd deep, export LEFT=here, 'exit 3']", "exit status 3 in BUILD, command 3 of 3: exit 3"},
		"an artifact, afterward": {"[cd deep, export LEFT=here]", "UPLOAD_ARTIFACTS: no matching artifact paths found: nothing matched no file"},
	} {
		t.Run(name, func(t *testing.T) {
			told := make(chan Failed, 1)
			b := newBench(t, func(o *Options) {
				o.Secrets = func(context.Context, string) (string, error) { return "token-4711", nil }
				o.OnFailure = func(_ context.Context, f Failed) {
					if _, err := os.Stat(filepath.Join(f.Dir, "kept")); err != nil {
						t.Error(err)
					}
					told <- f
				}
			})
			id, err := b.builds.StartBuild(t.Context(), codebuild.Build{
				IdempotencyToken: "token", Project: "app", Outputs: []codebuild.Output{{Name: "Out"}},
				Sources: []codebuild.Source{{Name: "Source", Object: b.put(t, map[string]string{
					"deep/kept":     "",
					"buildspec.yml": "version: 0.2\nenv: {secrets-manager: {TOKEN: t}}\nphases: {build: {on-failure: ABORT, commands: " + c.commands + "}}\nartifacts: {files: [nothing]}\n",
				})}},
			})
			if err != nil {
				t.Fatal(err)
			}
			d := b.ended(t, id)
			f := <-told
			if f.Project != "app" || f.Failure.String() != c.want || d.Failure.String() != c.want {
				t.Errorf("told %+v, ended with %v; want %s", f, d.Failure, c.want)
			}
			for _, want := range []string{"LEFT=here", "TOKEN=token-4711", "CODEBUILD_BUILD_ID=" + id} {
				if !slices.Contains(f.Environment, want) {
					t.Errorf("the environment lacks %s: %q", want, f.Environment)
				}
			}
			if filepath.Base(f.Dir) != "deep" {
				t.Errorf("folder %s", f.Dir)
			}
			b.holdsNothing(t)
		})
	}
}

func TestOnFailureIsNotToldOfOthers(t *testing.T) {
	b := newBench(t, func(o *Options) {
		o.OnFailure = func(_ context.Context, f Failed) { t.Errorf("told of %+v", f) }
	})
	log := &buildstest.Log{}
	if d := b.ended(t, b.start(t, nil, "phases: {build: {on-failure: CONTINUE, commands: ['false']}}")); d.Status != codebuild.Succeeded {
		t.Errorf("status %s", d.Status)
	}
	id, err := b.builds.StartBuild(t.Context(), codebuild.Build{
		IdempotencyToken: "stopped", Project: "app", Log: log,
		Sources: []codebuild.Source{{Name: "Source", Object: b.put(t, map[string]string{"buildspec.yml": "version: 0.2\nphases: {build: {commands: ['echo ready; exec sleep 1000']}}\n"})}},
	})
	if err != nil {
		t.Fatal(err)
	}
	log.Wait(t.Context(), "\nready\n")
	if err := b.builds.StopBuild(t.Context(), codebuild.Build{}, id); err != nil {
		t.Fatal(err)
	}
	if d := b.ended(t, id); d.Status != codebuild.Stopped {
		t.Errorf("status %s", d.Status)
	}
}

// The time of who looks at a failed build is not the build's; a stop ends the looking.
func TestTheTimeoutEndsWithTheWork(t *testing.T) {
	looking := make(chan struct{})
	b := newBench(t, func(o *Options) {
		o.OnFailure = func(ctx context.Context, _ Failed) {
			close(looking)
			<-ctx.Done()
		}
	})
	id := b.start(t, nil, "phases: {build: {commands: ['exit 3']}}")
	<-looking
	b.clock.advance(2*time.Hour, 1)
	if d, err := b.builds.DescribeBuild(t.Context(), codebuild.Build{}, id); err != nil || d.Status != codebuild.InProgress {
		t.Errorf("status %s, %v; want IN_PROGRESS", d.Status, err)
	}
	if err := b.builds.StopBuild(t.Context(), codebuild.Build{}, id); err != nil {
		t.Fatal(err)
	}
	if d := b.ended(t, id); d.Status != codebuild.Failed || !strings.Contains(d.Failure.String(), "exit status 3") {
		t.Errorf("status %s, failure %v; want that of the command", d.Status, d.Failure)
	}
}
