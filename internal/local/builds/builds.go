package builds

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"time"

	"github.com/penstock-ci/penstock/events"
	"github.com/penstock-ci/penstock/internal/action/codebuild"
	"github.com/penstock-ci/penstock/internal/artifact"
)

// Project is what stands in on this machine for one CodeBuild project.
type Project struct {
	// Buildspec is the path of the buildspec in the primary source; buildspec.yml where it is empty.
	Buildspec   string
	Environment map[string]string
	// Timeout is how long a build may take; 60 minutes, CodeBuild's default, where it is zero.
	Timeout time.Duration
	// AWSCredentials passes the AWS credentials of Environ on, and where the shared files with credentials are. Their
	// values are masked in the log.
	AWSCredentials bool
}

// Artifacts reads source artifacts and stores outputs; *artifact.Store is one.
type Artifacts interface {
	Unpack(ctx context.Context, o artifact.Object, dir string) error
	Pack(ctx context.Context, tree artifact.Tree, to artifact.Location) (artifact.Object, error)
}

// Clock is the port to time.
type Clock interface {
	Now() time.Time
	// After sends the time once, when d has passed.
	After(d time.Duration) <-chan time.Time
}

// ErrNotBound is the answer of a Lookup that has no value for a name.
var ErrNotBound = errors.New("not bound")

// Lookup finds the value of a parameter or a secret by its name.
type Lookup func(ctx context.Context, name string) (string, error)

// Options is what builds on this machine need.
type Options struct {
	// Work is the folder for the folders of builds; each is removed when its build has ended.
	Work string
	// Home is HOME of every build, kept between builds.
	Home string
	// Cache is the folder of what buildspecs declare as their cache, on the disk of Work; nothing is kept where it is empty.
	Cache string
	// Environ is the host's environment, `NAME=value` each; builds see PATH, LANG, and the settings of proxies and
	// package registries from it.
	Environ []string
	// Projects are the bound projects by name. One that is not bound uses buildspec.yml of its primary source.
	Projects   map[string]Project
	Parameters Lookup
	Secrets    Lookup
	// BindingFile is the name of the file that binds projects, parameters and secrets, for messages.
	BindingFile string
	// Parallel is how many builds of a batch run at the same time; as many as this machine has CPUs where it is zero.
	Parallel int
	// Shell runs the commands of buildspecs that name none: bash where it is empty, or sh where there is no bash.
	Shell     string
	Artifacts Artifacts
	Clock     Clock
	// Ended takes the event about a build that has ended, on the build's goroutine: it may call all methods but Close.
	// An error is written to the build's log.
	Ended func(ctx context.Context, e events.Envelope) error
	// OnFailure is told of a build that a failure has ended, while its folder and what it left running are still there, on
	// the build's goroutine: the build ends when it returns. Its time is not the build's. A build that was stopped, or has
	// failed before its first command, is not told. ctx ends when the build is stopped or Builds are closed.
	OnFailure func(ctx context.Context, f Failed)
	// Region and Account are what builds believe to run in; us-east-1 and 000000000000 where they are empty.
	Region  string
	Account string
}

// Failed is a build that a failure has ended.
type Failed struct {
	// Project is empty in a build without one, Identifier in one that is of no batch.
	Project, Identifier string
	Failure             codebuild.BuildFailure
	// Dir is the folder in which the next command would have begun.
	Dir string
	// Environment is what it would have seen, secrets among it, `NAME=value` each.
	Environment []string
}

// Builds runs builds. It owns one goroutine for each build in progress; Close ends them.
type Builds struct {
	options Options
	ctx     context.Context
	cancel  context.CancelCauseFunc
	running sync.WaitGroup

	mu      sync.Mutex
	closed  bool
	byID    map[string]*build
	numbers map[string]int
}

var _ codebuild.Builds = (*Builds)(nil)

// Why a build is ended before its last command.
var (
	errStopped = errors.New("the build was stopped")
	errClosed  = errors.New("the process that runs the build is ending")
)

// timedOutError is why a build is ended that takes too long, or whose batch does.
type timedOutError struct{ after time.Duration }

func (e *timedOutError) Error() string { return timedOut(e.after) }

// New makes Builds, and the folders that they need.
func New(o Options) (*Builds, error) {
	if o.Region == "" {
		o.Region = "us-east-1"
	}
	if o.Parallel == 0 {
		o.Parallel = runtime.NumCPU()
	}
	if o.Account == "" {
		o.Account = "000000000000"
	}
	for _, dir := range []*string{&o.Work, &o.Home} {
		if err := makeFolder(dir); err != nil {
			return nil, fmt.Errorf("make folder for builds: %w", err)
		}
	}
	ctx, cancel := context.WithCancelCause(context.Background())
	return &Builds{options: o, ctx: ctx, cancel: cancel, byID: map[string]*build{}, numbers: map[string]int{}}, nil
}

// makeFolder makes a folder, and its path the one that a shell prints for it.
func makeFolder(dir *string) error {
	if err := os.MkdirAll(*dir, 0o700); err != nil {
		return err
	}
	return resolve(dir)
}

func resolve(dir *string) (err error) {
	if *dir, err = filepath.Abs(*dir); err == nil {
		*dir, err = filepath.EvalSymlinks(*dir)
	}
	return err
}

// withoutProject stands for the project in the ID of a build that has none. CodePipeline's own name for it is not in the
// reference.
const withoutProject = "codepipeline-commands"

// project is what is bound for the project of a build: nothing where it has none.
func (b *Builds) project(request codebuild.Build) Project {
	if request.Buildspec != nil {
		return Project{}
	}
	return b.options.Projects[request.Project]
}

// StartBuild starts a build, or finds the one that its token started.
func (b *Builds) StartBuild(_ context.Context, request codebuild.Build) (string, error) {
	if len(request.Sources) == 0 {
		return "", fmt.Errorf("build %s has no source", request.IdempotencyToken)
	}
	if (request.Project == "") == (request.Buildspec == nil) {
		return "", fmt.Errorf("build %s must have either a project or a buildspec", request.IdempotencyToken)
	}
	if request.Batch && request.Project == "" {
		return "", fmt.Errorf("batch %s must have a project", request.IdempotencyToken)
	}
	name := cmp.Or(request.Project, withoutProject)
	id := name + ":" + uuidOf("build", request.Project, request.IdempotencyToken)
	b.mu.Lock()
	defer b.mu.Unlock()
	if _, known := b.byID[id]; known {
		return id, nil
	}
	if b.closed {
		return "", errClosed
	}
	started := newBuild(b, id, request)
	started.number = b.next(name)
	if request.Batch {
		started = newBatch(b, started).build
	}
	b.byID[id] = started
	b.running.Go(started.run)
	return id, nil
}

// next is the number of the next build of a project, for whoever holds the lock.
func (b *Builds) next(name string) int {
	b.numbers[name]++
	return b.numbers[name]
}

// number is next for whoever does not.
func (b *Builds) number(name string) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.next(name)
}

// DescribeBuild answers a build as it stands.
func (b *Builds) DescribeBuild(_ context.Context, _ codebuild.Build, id string) (codebuild.Description, error) {
	found, err := b.find(id)
	if err != nil {
		return codebuild.Description{}, err
	}
	return found.describe(), nil
}

// StopBuild ends a build: its processes get SIGTERM, and SIGKILL where they go on.
func (b *Builds) StopBuild(_ context.Context, _ codebuild.Build, id string) error {
	found, err := b.find(id)
	if err != nil {
		return err
	}
	found.cancel(errStopped)
	return nil
}

func (b *Builds) find(id string) (*build, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	found, ok := b.byID[id]
	if !ok {
		return nil, &codebuild.NotFoundError{BuildID: id}
	}
	return found, nil
}

// Close ends the builds in progress without an event, as if the process had died, and waits for them.
func (b *Builds) Close() error {
	b.mu.Lock()
	b.closed = true
	b.mu.Unlock()
	b.cancel(errClosed)
	b.running.Wait()
	return nil
}
