// Package source performs the source actions of every provider: it fetches a revision, stores it as the one output
// artifact, and says what was found in the words of that provider. Where the content comes from is the concern of
// Sources; this package knows no git and no SDK.
package source

import (
	"context"
	"fmt"
	"io"
	"maps"
	"strings"
	"time"

	"github.com/penstock-ci/penstock/internal/action"
	"github.com/penstock-ci/penstock/internal/artifact"
	"github.com/penstock-ci/penstock/pipeline"
)

// Sources is the port to where source comes from.
//
// Fetch opens the newest revision of what the request's configuration names, or the one that it asks for, or what stands
// for it. The caller closes what it gets. A revision that does not exist is an *action.Failure with the code RevisionUnavailable, a source that
// cannot be fetched as it is configured one with ConfigurationError.
type Sources interface {
	Fetch(ctx context.Context, r Request) (Fetched, error)
}

// Request names a source: the place of the action in its pipeline, its provider, and its resolved configuration.
// CommitID, ImageDigest and ObjectVersion ask for one revision; empty is the newest.
type Request struct {
	Stage, Action, Provider              string
	Configuration                        map[string]string
	CommitID, ImageDigest, ObjectVersion string
}

// CloneFormat is the OutputArtifactFormat with which CodeBuild clones the repository, its history included.
const CloneFormat = "CODEBUILD_CLONE_REF"

// Asked is the request for the source of an action. Another object key that is asked for is that of the configuration.
func Asked(stage string, a *pipeline.Action, configuration map[string]string, overrides []action.Override) Request {
	r := Request{Stage: stage, Action: a.Name.Value, Provider: a.ActionTypeID.Provider.Value, Configuration: map[string]string{}}
	maps.Copy(r.Configuration, configuration)
	for _, o := range overrides {
		switch o.Type {
		case "COMMIT_ID":
			r.CommitID = o.Value
		case "IMAGE_DIGEST":
			r.ImageDigest = o.Value
		case "S3_OBJECT_VERSION_ID":
			r.ObjectVersion = o.Value
		case "S3_OBJECT_KEY":
			r.Configuration["S3ObjectKey"] = o.Value
		}
	}
	return r
}

// Fetched is a revision, opened. Either Object is set, which is stored as it is, or Files, which become a zip.
type Fetched struct {
	Files  []artifact.File
	Object io.Reader
	// Zipped is how many files Object is a zip of, without those that make a clone a clone, where its maker says that.
	Zipped int
	// Commit is nil where the content comes from no repository.
	Commit *Commit
	// Version is nil where the content is no object of S3 itself.
	Version *Version
	// Modified says that the content is not the commit's: somebody's changes are in it.
	Modified bool
	// Clone says that Files, or Object, hold the .git of a clone.
	Clone bool
	// Notes are what a user should know of the content, a line each; they go to the action's log.
	Notes []string
	// Closer releases what Files and Object read from; nil where there is nothing to release.
	Closer io.Closer
}

// Version is a version of an object of S3. ETag is without quotes; Summary is what its maker says of it, if he does.
type Version struct {
	ID, ETag, Summary string
	Modified          time.Time
}

// Count is how many files there are, without those that make a clone a clone; of an Object as its maker says.
func (f Fetched) Count() int {
	if f.Object != nil {
		return f.Zipped
	}
	files := 0
	for _, file := range f.Files {
		if !f.Clone || !strings.HasPrefix(file.Path, ".git/") {
			files++
		}
	}
	return files
}

// Close releases what was fetched.
func (f Fetched) Close() error {
	if f.Closer == nil {
		return nil
	}
	return f.Closer.Close()
}

// Commit is a commit as git knows it. Branch is empty where no branch is checked out or was asked for.
type Commit struct {
	ID        string
	Branch    string
	Message   string
	Author    time.Time
	Committer time.Time
}

// Provider performs source actions. It is an action.Provider.
type Provider struct {
	sources Sources
	store   *artifact.Store
}

// New makes a Provider.
func New(sources Sources, store *artifact.Store) *Provider { return &Provider{sources, store} }

// Start fetches and stores. A repeated call fetches anew, to the same place; of the two only the recorded one is ever
// read, since its digest is recorded.
func (p *Provider) Start(ctx context.Context, r action.Request) (action.Outcome, error) {
	asked := Asked(r.Stage, r.Action, r.Configuration, r.Overrides)
	if len(r.Outputs) != 1 {
		return action.Outcome{}, wrongOutputs(len(r.Outputs))
	}
	fetched, err := p.sources.Fetch(ctx, asked)
	if err != nil {
		return action.Outcome{}, fmt.Errorf("fetch source %s/%s: %w", r.Stage, r.Action.Name.Value, err)
	}
	defer fetched.Close()
	found := finding{configuration: asked.Configuration, fetched: fetched}
	if asked.Provider == "ECR" {
		if found.image, err = readImage(&found.fetched, asked.ImageDigest); err != nil {
			return action.Outcome{}, err
		}
	}
	return p.keep(ctx, r, found)
}

func (p *Provider) keep(ctx context.Context, r action.Request, f finding) (action.Outcome, error) {
	fetched := f.fetched
	object, err := p.put(ctx, fetched, r.Outputs[0].Location)
	if err != nil {
		return action.Outcome{}, err
	}
	f.object = object
	outcome := f.outcome(r)
	fmt.Fprintf(r.Log, "%s\n%s: %s\n", outcome.Summary, r.Outputs[0].Name, contents(fetched, object))
	if r.Action.ActionTypeID.Provider.Value == "CodeStarSourceConnection" && !fetched.Clone {
		if links := linksOf(fetched.Files); links > 0 {
			fetched.Notes = append(fetched.Notes, noteLinks(links))
		}
	}
	for _, note := range fetched.Notes {
		fmt.Fprintln(r.Log, "note:", note)
	}
	return outcome, nil
}

// Found is the outcome of a source action whose content somebody else has fetched and stored.
func Found(r action.Request, f Fetched, object artifact.Object) action.Outcome {
	return finding{configuration: r.Configuration, fetched: f, object: object}.outcome(r)
}

func (f finding) outcome(r action.Request) action.Outcome {
	describe, known := describers()[r.Action.ActionTypeID.Provider.Value]
	if !known {
		describe = custom
	}
	found := describe(f)
	if r.Configuration["OutputArtifactFormat"] == "CODEBUILD_CLONE_REF" && !f.fetched.Clone {
		found.summary += " (as a zip without .git)"
	}
	return action.Outcome{
		Summary:   found.summary,
		Artifacts: map[string]artifact.Object{r.Outputs[0].Name: f.object},
		Variables: found.variables,
		Revision:  &found.revision,
	}
}

func (p *Provider) put(ctx context.Context, f Fetched, to artifact.Location) (artifact.Object, error) {
	if f.Object != nil {
		return p.store.PutBody(ctx, f.Object, to)
	}
	return p.store.PackFiles(ctx, f.Files, to)
}

func linksOf(files []artifact.File) int {
	links := 0
	for _, f := range files {
		if f.Link != "" {
			links++
		}
	}
	return links
}

// finding is all that the words about a source are made of.
type finding struct {
	configuration map[string]string
	fetched       Fetched
	object        artifact.Object
	image         Image
}

// found is what a provider says of it.
type found struct {
	summary   string
	variables map[string]string
	revision  action.Revision
}

type describer func(finding) found

func describers() map[string]describer {
	return map[string]describer{
		"CodeCommit":               codeCommit,
		"CodeStarSourceConnection": connection,
		"GitHub":                   gitHub,
		"S3":                       s3,
		"ECR":                      ecr,
	}
}
