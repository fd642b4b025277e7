package builds

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/penstock-ci/penstock/internal/action/codebuild"
	"github.com/penstock-ci/penstock/internal/action/codebuild/buildspec"
	"github.com/penstock-ci/penstock/internal/artifact"
)

// build is one build. Its fields below mu are what others see; the rest belongs to its goroutine.
type build struct {
	options Options
	id      string
	number  int
	request codebuild.Build
	project Project
	started time.Time
	ctx     context.Context
	cancel  context.CancelCauseFunc
	// work is what the build does between its start and its end: its phases, or those of a batch.
	work func()
	// part is set in a build of a batch.
	part *part

	area        area
	log         *logWriter
	spec        *buildspec.Buildspec
	environment environment
	session     *session
	succeeding  bool
	cache       *cached

	mu    sync.Mutex
	state codebuild.Description
}

// area is the folder of one build.
type area struct{ root string }

func (a area) sources() string           { return filepath.Join(a.root, "sources") }
func (a area) source(name string) string { return filepath.Join(a.sources(), name) }
func (a area) temporary() string         { return filepath.Join(a.root, "tmp") }
func (a area) commands() string          { return filepath.Join(a.root, "commands") }

// defaultTimeout is CodeBuild's.
const defaultTimeout = time.Hour

func newBuild(b *Builds, id string, request codebuild.Build) *build {
	if request.Log == nil {
		request.Log = io.Discard
	}
	ctx, cancel := context.WithCancelCause(b.ctx)
	now := b.options.Clock.Now()
	started := &build{
		options: b.options, id: id, request: request, project: b.project(request),
		started: now, ctx: ctx, cancel: cancel, succeeding: true,
		state: codebuild.Description{
			ID: id, Project: request.Project, Status: codebuild.InProgress, Start: now,
			ExportedVariables: map[string]string{}, Artifacts: map[string]artifact.Object{},
		},
	}
	started.work = started.phases
	return started
}

// under makes a build one that ends with its parent.
func (b *build) under(parent context.Context) {
	b.cancel(nil)
	b.ctx, b.cancel = context.WithCancelCause(parent)
}

// run is the build's goroutine.
func (b *build) run() {
	defer b.cancel(nil)
	expired := b.options.Clock.After(b.timeout())
	worked, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		select {
		case <-expired:
			b.cancel(&timedOutError{b.timeout()})
		case <-worked:
		case <-b.ctx.Done():
		}
	}()
	b.log = newLogWriter(b.request.Log)
	b.work()
	close(worked)
	<-done
	b.tellFailure()
	b.finish()
}

func (b *build) timeout() time.Duration {
	timeout := b.project.Timeout
	if timeout == 0 {
		timeout = defaultTimeout
	}
	if left := b.request.Deadline.Sub(b.started); !b.request.Deadline.IsZero() && left < timeout {
		timeout = left
	}
	return timeout
}

// tellFailure lets somebody look at a build that has failed.
func (b *build) tellFailure() {
	if b.options.OnFailure == nil || b.session == nil || b.ctx.Err() != nil || !b.hasFailed() {
		return
	}
	b.mu.Lock()
	f := Failed{Project: b.request.Project, Failure: *b.state.Failure}
	b.mu.Unlock()
	if b.part != nil {
		f.Identifier = b.part.identifier
	}
	f.Dir, f.Environment = b.session.surroundings(b.ctx)
	b.options.OnFailure(b.ctx, f)
}

// finish tidies up, and tells that the build has ended.
func (b *build) finish() {
	b.tidy()
	if errors.Is(context.Cause(b.ctx), errClosed) {
		return
	}
	b.end()
	if b.options.Ended == nil {
		return
	}
	// The build's own context is over by now.
	if err := b.options.Ended(context.WithoutCancel(b.ctx), b.event()); err != nil {
		b.log.container("Could not tell that the build has ended: %v", err)
		b.log.flush()
	}
}

// phases follows CodeBuild's transitions: where DOWNLOAD_SOURCE, INSTALL or PRE_BUILD fails, the build ends; after
// BUILD comes POST_BUILD whether BUILD failed or not; UPLOAD_ARTIFACTS is attempted even if BUILD failed.
func (b *build) phases() {
	if !b.phase(codebuild.PhaseDownloadSource, b.downloadSource) {
		return
	}
	toTheEnd := b.buildspecPhases()
	// After post_build no exported variable changes.
	values := b.values()
	if !toTheEnd {
		return
	}
	b.readReports(values)
	b.saveCache()
	if upload := b.uploading(); upload != nil {
		b.phase(codebuild.PhaseUploadArtifacts, func() *failure { return upload(values) })
	}
}

// buildspecPhases runs the declared phases; false where a failure has ended the build before the last.
func (b *build) buildspecPhases() bool {
	for _, p := range b.spec.Phases {
		name := phaseType(p.Name)
		passed := b.phase(name, func() *failure { return b.commands(name, p) })
		if !passed && b.endsBuild(p) {
			return false
		}
	}
	return true
}

func phaseType(name string) string {
	return map[string]string{
		buildspec.Install: codebuild.PhaseInstall, buildspec.PreBuild: codebuild.PhasePreBuild,
		buildspec.Build: codebuild.PhaseBuild, buildspec.PostBuild: codebuild.PhasePostBuild,
	}[name]
}

// endsBuild reports whether a failed phase is the last one.
func (b *build) endsBuild(p buildspec.Phase) bool {
	switch {
	case b.ctx.Err() != nil || p.OnFailure == buildspec.OnFailureAbort:
		return true
	case p.OnFailure == buildspec.OnFailureContinue:
		return false
	}
	return p.Name == buildspec.Install || p.Name == buildspec.PreBuild
}

// failure is why a phase failed. Where tolerated is set, the build does not fail by it.
type failure struct {
	codebuild.BuildFailure
	status     string
	statusCode string
	message    string
	tolerated  bool
}

// phase runs one phase and records it.
func (b *build) phase(name string, work func() *failure) (passed bool) {
	if b.ctx.Err() != nil {
		b.fail(b.interrupted(name))
		return false
	}
	b.log.container("Entering phase %s", name)
	p := codebuild.Phase{Type: name, Status: codebuild.InProgress, Start: b.options.Clock.Now()}
	at := b.add(p)
	f := work()
	if f != nil && b.ctx.Err() != nil {
		interrupted := b.interrupted(name)
		interrupted.Command, interrupted.Number, interrupted.Of, interrupted.Finally = f.Command, f.Number, f.Of, f.Finally
		f = interrupted
	}
	p.Status, p.End = codebuild.Succeeded, b.options.Clock.Now()
	if f != nil {
		f.Phase, f.message = cmp.Or(f.Phase, name), b.log.mask.Clean(f.message)
		p.Status, p.StatusCode, p.Message = f.status, f.statusCode, f.message
		b.fail(f)
	}
	b.set(at, p)
	b.log.container("Phase complete: %s State: %s", name, p.Status)
	if p.Message != "" {
		b.log.container("Phase context status code: %s Message: %s", p.StatusCode, p.Message)
	}
	return f == nil
}

// interrupted is the failure of a build that was stopped or has timed out.
func (b *build) interrupted(phase string) *failure {
	f := &failure{status: codebuild.Stopped, statusCode: "STOPPED"}
	cause := context.Cause(b.ctx)
	f.Phase, f.Reason = phase, cause.Error()
	if late := (*timedOutError)(nil); errors.As(cause, &late) {
		f.status, f.statusCode = codebuild.TimedOut, "BUILD_TIMED_OUT"
	}
	f.message = f.Reason
	return f
}

func clientError(err error) *failure {
	f := &failure{status: codebuild.Failed, statusCode: "CLIENT_ERROR", message: err.Error()}
	f.Reason = err.Error()
	return f
}

func (b *build) add(p codebuild.Phase) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.state.Phases = append(b.state.Phases, p)
	return len(b.state.Phases) - 1
}

func (b *build) set(at int, p codebuild.Phase) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.state.Phases[at] = p
}

// fail records the first failure that counts; a stop or a timeout counts over all others.
func (b *build) fail(f *failure) {
	b.mu.Lock()
	defer b.mu.Unlock()
	first := b.state.Failure == nil
	if f.tolerated || (!first && f.status == codebuild.Failed) {
		return
	}
	f.Reason, f.Command = b.log.mask.Clean(f.Reason), b.log.mask.Clean(f.Command)
	b.state.Failure = &f.BuildFailure
	b.state.Status = f.status
}

// end settles the status. Until then a failed build is still in progress to others.
func (b *build) end() {
	now := b.options.Clock.Now()
	b.mu.Lock()
	defer b.mu.Unlock()
	b.state.End = now
	b.state.Phases = append(b.state.Phases, codebuild.Phase{Type: codebuild.PhaseCompleted, Start: now})
	if b.state.Failure == nil {
		b.state.Status = codebuild.Succeeded
	}
}

func (b *build) describe() codebuild.Description {
	b.mu.Lock()
	defer b.mu.Unlock()
	d := b.state
	if d.End.IsZero() {
		d.Status, d.Failure = codebuild.InProgress, nil
	}
	d.Phases = slices.Clone(d.Phases)
	d.ExportedVariables = maps.Clone(d.ExportedVariables)
	d.Artifacts = maps.Clone(d.Artifacts)
	return d
}

// tidy ends what the build has started, removes its folder and writes out its log. What fails here fails the build
// only where it has not failed before.
func (b *build) tidy() {
	if b.session != nil {
		b.session.close()
	}
	if b.area.root != "" && !b.part.keeps() {
		if err := removeAll(b.area.root); err != nil {
			b.log.container("Could not remove the folder of the build: %v", err)
		}
	}
	b.log.flush()
	if err := b.log.failed(); err != nil {
		b.fail(clientError(fmt.Errorf("write the log of the build: %w", err)))
	}
}

// removeAll removes a folder also where a build has made folders in it read-only, as Go's module cache is.
func removeAll(root string) error {
	if os.RemoveAll(root) == nil {
		return nil
	}
	walkErr := filepath.WalkDir(root, func(path string, d os.DirEntry, err error) error {
		if d != nil && d.IsDir() {
			return os.Chmod(path, 0o700) //nolint:gosec // a folder that is about to be removed
		}
		return err
	})
	return errors.Join(os.RemoveAll(root), walkErr)
}
