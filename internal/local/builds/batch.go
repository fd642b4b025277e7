package builds

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/penstock-ci/penstock/internal/action/codebuild"
	"github.com/penstock-ci/penstock/internal/action/codebuild/buildspec"
	"github.com/penstock-ci/penstock/internal/artifact"
)

// batch is a batch of builds: a build to whoever asked for it, whose own phases run the others. Its goroutine is the only
// one that begins builds and hears of their end.
type batch struct {
	*build
	builds  *Builds
	out     *sharedLog
	members []*member
	ended   chan *member
	// running bounds the builds; ending it stops those in progress.
	running context.Context
	stop    context.CancelCauseFunc
}

// member is one build of a batch.
type member struct {
	buildspec.BatchBuild
	build *build
	// status is empty before the build begins.
	status string
}

// part is what a build knows of the batch that it belongs to.
type part struct {
	identifier, image string
	// gather says that the batch combines artifacts: the build names its files in gathered, and its folder stays.
	gather   bool
	gathered []artifact.Entry
}

func (p *part) keeps() bool { return p != nil && p.gather }

// batchTimeout is CodeBuild's default for a batch.
const batchTimeout = 8 * time.Hour

var errFastFail = errors.New("another build of the batch failed, and the batch has fast-fail")

// newBatch makes a batch of a build that was prepared.
func newBatch(b *Builds, own *build) *batch {
	t := &batch{build: own, builds: b, out: &sharedLog{to: own.request.Log}, ended: make(chan *member)}
	t.request.Log, t.work = t.out, t.phases
	t.project.Timeout = batchTimeout
	t.running, t.stop = context.WithCancelCause(t.ctx)
	return t
}

func (t *batch) phases() {
	defer t.removeFolders()
	defer t.stop(nil)
	if !t.phase(codebuild.PhaseDownloadBatchspec, t.downloadBatchspec) {
		return
	}
	passed := t.phase(codebuild.PhaseInProgress, t.runBuilds)
	t.merge()
	if passed && t.request.CombineArtifacts && len(t.request.Outputs) > 0 {
		t.phase(codebuild.PhaseCombineArtifacts, t.combine)
	}
}

// downloadBatchspec reads the buildspec of the project from the primary source, and what its batch is.
func (t *batch) downloadBatchspec() *failure {
	if err := t.makeArea(); err != nil {
		return clientError(err)
	}
	source := t.request.Sources[0]
	if err := t.options.Artifacts.Unpack(t.ctx, source.Object, t.area.source(primary)); err != nil {
		return clientError(fmt.Errorf("unpack input artifact %s: %w", source.Name, err))
	}
	spec, err := t.buildspec()
	if err != nil {
		return clientError(err)
	}
	t.spec = spec
	if err := t.declare(); err != nil {
		return clientError(err)
	}
	return nil
}

// declare makes the members, and gives each its outputs.
func (t *batch) declare() error {
	if t.spec.Batch == nil {
		return errors.New(noBatch(cmp.Or(t.project.Buildspec, defaultBuildspec)))
	}
	if err := t.tell(t.spec.Batch.NotRun, nil); err != nil {
		return err
	}
	if first, count := firstError(t.spec.Batch.NotRun); count > 0 {
		return buildspecError(first, count)
	}
	var identifiers []string
	for _, declared := range t.spec.Batch.Builds {
		t.members = append(t.members, &member{BatchBuild: declared})
		identifiers = append(identifiers, declared.Identifier.Value)
	}
	t.mu.Lock()
	t.state.Builds = len(t.members)
	t.mu.Unlock()
	for _, output := range t.request.Outputs {
		if !t.request.CombineArtifacts && t.owner(output) == nil {
			return errors.New(outputOfNoBuild(output.Name, identifiers))
		}
	}
	return nil
}

// owner is the build whose identifier an output artifact is named after; of several the one with the longest.
func (t *batch) owner(output codebuild.Output) (owner *member) {
	for _, m := range t.members {
		identifier := m.Identifier.Value
		named := output.Name == identifier || strings.HasPrefix(output.Name, identifier+"_")
		if named && (owner == nil || len(identifier) > len(owner.Identifier.Value)) {
			owner = m
		}
	}
	return owner
}

// runBuilds runs the builds, each after those that it depends on, and as many at the same time as this machine may.
func (t *batch) runBuilds() *failure {
	running := 0
	for {
		for _, m := range t.members {
			if running < t.options.Parallel && t.ready(m) {
				t.begin(m)
				running++
			}
		}
		if running == 0 {
			break
		}
		t.settle(<-t.ended)
		running--
	}
	for _, m := range t.members {
		if m.status == "" && t.ctx.Err() == nil {
			t.log.container("%s", notBegun(m.Identifier.Value, t.waitsFor(m)))
		}
	}
	return t.failure()
}

// ready reports whether a build may begin.
func (t *batch) ready(m *member) bool {
	return m.status == "" && t.running.Err() == nil && t.waitsFor(m) == ""
}

// waitsFor is the first build that keeps one from beginning; empty where none does.
func (t *batch) waitsFor(m *member) string {
	for _, on := range m.DependOn {
		for _, other := range t.members {
			if other.Identifier.Value == on.Value && !other.done() {
				return on.Value
			}
		}
	}
	return ""
}

// done reports whether what depends on a build may begin.
func (m *member) done() bool {
	return m.status == codebuild.Succeeded || m.ended() && m.IgnoreFailure
}

func (m *member) ended() bool { return m.status != "" && m.status != codebuild.InProgress }

// failed reports whether the batch fails by a build.
func (m *member) failed() bool {
	return m.ended() && m.status != codebuild.Succeeded && !m.IgnoreFailure
}

func (t *batch) begin(m *member) {
	request := t.memberRequest(m)
	id := request.Project + ":" + uuidOf("build", request.Project, request.IdempotencyToken, m.Identifier.Value)
	m.build, m.status = newBuild(t.builds, id, request), codebuild.InProgress
	m.build.number = t.builds.number(request.Project)
	m.build.under(t.running)
	m.build.options.Ended = nil
	m.build.part = &part{identifier: m.Identifier.Value, image: m.Image.Value, gather: t.request.CombineArtifacts && len(t.request.Outputs) > 0}
	if m.Buildspec.Value != "" {
		m.build.project.Buildspec = m.Buildspec.Value
	} else {
		m.build.spec = t.spec
	}
	t.log.container("Build %s begins: %s", m.Identifier.Value, id)
	go func() { // runBuilds hears of its end
		m.build.run()
		t.ended <- m
	}()
}

// memberRequest is what a build is asked for. The variables of the batch are nearer to it than those of the action: a
// matrix would be none otherwise. The deadline is the batch's, which ends its builds then: a build with the same one would
// now and then be the first to notice, and the batch would have failed by it.
func (t *batch) memberRequest(m *member) codebuild.Build {
	request := t.request
	request.Batch, request.Outputs, request.Deadline = false, nil, time.Time{}
	request.Log = &prefixed{to: t.out, prefix: "[" + m.Identifier.Value + "] "}
	request.Environment = slices.Clone(request.Environment)
	for _, v := range m.Variables {
		request.Environment = append(request.Environment, codebuild.EnvironmentVariable{
			Name: v.Name.Value, Value: v.Value.Value, Type: codebuild.Plaintext,
		})
	}
	for _, output := range t.request.Outputs {
		if !t.request.CombineArtifacts && t.owner(output) == m {
			request.Outputs = append(request.Outputs, output)
		}
	}
	return request
}

// settle takes notice of the end of a build.
func (t *batch) settle(m *member) {
	d := m.build.describe()
	m.status = d.Status
	t.log.container("%s", settled(m, d.Failure))
	if m.failed() && t.spec.Batch.FastFail {
		t.stop(errFastFail)
	}
}

// failure is that of the batch: of the first build of the file that failed by itself.
func (t *batch) failure() *failure {
	if t.ctx.Err() != nil {
		return t.interrupted(codebuild.PhaseInProgress)
	}
	var first *member
	others := -1
	for _, m := range t.members {
		if !m.failed() {
			continue
		}
		switch {
		case m.status == codebuild.Stopped:
		case first == nil:
			first, others = m, 0
		default:
			others++
		}
	}
	if first == nil {
		return nil
	}
	f := &failure{status: codebuild.Failed, statusCode: "CLIENT_ERROR"}
	if reason := first.build.describe().Failure; reason != nil {
		f.BuildFailure = *reason
	}
	f.Build, f.Others = first.Identifier.Value, others
	t.repeat(f)
	f.message = f.String()
	return f
}

// repeat writes the last lines of the command that failed again, where a reader of the log looks for them.
func (t *batch) repeat(f *failure) {
	if len(f.Log) == 0 {
		return
	}
	t.log.container("Last lines of build %s:", f.Build)
	_, _ = io.WriteString(t.out, strings.Join(f.Log, "\n")+"\n") // the log's next line fails in the same way, and says so
}

// merge makes what the builds have made the batch's own.
func (t *batch) merge() {
	exported, differ := map[string]string{}, map[string]bool{}
	artifacts := map[string]artifact.Object{}
	var tests *codebuild.Tests
	for _, m := range t.members {
		if !m.ended() {
			continue
		}
		d := m.build.describe()
		maps.Copy(artifacts, d.Artifacts)
		tests = plus(tests, d.Tests)
		for name, value := range d.ExportedVariables {
			if other, twice := exported[name]; twice && other != value {
				differ[name] = true
			}
			exported[name] = value
		}
	}
	for _, name := range slices.Sorted(maps.Keys(differ)) {
		t.log.container("%s", differs(name))
		delete(exported, name)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.state.ExportedVariables, t.state.Artifacts, t.state.Tests = exported, artifacts, tests
}

// combine stores the primary artifacts of all builds as one. Of two files of one name it has that of the first build.
func (t *batch) combine() *failure {
	var entries []artifact.Entry
	taken := map[string]string{}
	for _, m := range t.members {
		if m.build == nil {
			continue
		}
		folder := filepath.ToSlash(filepath.Join(filepath.Base(m.build.area.root), filepath.Base(m.build.area.sources())))
		for _, e := range m.build.part.gathered {
			if first, twice := taken[e.To]; twice {
				t.log.container("%s", combinedTwice(e.To, first, m.Identifier.Value))
				continue
			}
			taken[e.To] = m.Identifier.Value
			entries = append(entries, artifact.Entry{From: folder + "/" + e.From, To: e.To})
		}
	}
	if len(entries) == 0 {
		return clientError(errors.New(nothingToCombine))
	}
	output := t.request.Outputs[0]
	stored, err := t.options.Artifacts.Pack(t.ctx, artifact.Tree{Dir: t.options.Work, Entries: entries}, output.Location)
	if err != nil {
		return clientError(fmt.Errorf("store output artifact %s: %w", output.Name, err))
	}
	t.log.container("Stored output artifact %s: %d file(s)", output.Name, len(entries))
	t.mu.Lock()
	defer t.mu.Unlock()
	t.state.Artifacts[output.Name] = stored
	return nil
}

// removeFolders removes the folders of builds that were kept for combine.
func (t *batch) removeFolders() {
	for _, m := range t.members {
		if m.build == nil || !m.build.part.keeps() || m.build.area.root == "" {
			continue
		}
		if err := removeAll(m.build.area.root); err != nil {
			t.log.container("Could not remove the folder of build %s: %v", m.Identifier.Value, err)
		}
	}
}
