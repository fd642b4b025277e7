package builds

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws/arn"

	"github.com/penstock-ci/penstock/internal/action"
	"github.com/penstock-ci/penstock/internal/action/codebuild"
	"github.com/penstock-ci/penstock/internal/action/source"
	"github.com/penstock-ci/penstock/internal/cloud"
	"github.com/penstock-ci/penstock/internal/cloud/wire"
)

// Connections performs source actions of CodeStarSourceConnection: a build of the platform's project fetches the commit, which
// may use connections, and stores it as the output artifact. It is an action.Describer; the end of the build is an event.
type Connections struct {
	builds  *Builds
	project string
}

// NewConnections are those of account, which a project fetches through.
func NewConnections(account *cloud.Account, project string, options Options) *Connections {
	return &Connections{builds: New(account, options), project: project}
}

// Start is that of action.Provider. A repeated call finds the build of the first.
func (c *Connections) Start(ctx context.Context, r action.Request) (action.Outcome, error) {
	in, err := c.input(r)
	if err != nil {
		return action.Outcome{}, err
	}
	id, err := c.builds.begin(ctx, c.build(r), func(ctx context.Context) (string, error) {
		var out started
		err := c.builds.call(ctx, "StartBuild", in, &out)
		return out.Build.ID, err
	})
	if err != nil {
		return action.Outcome{}, cloud.Failure(err, action.ConfigurationError)
	}
	return action.Outcome{Pending: true, ExternalExecutionID: id}, r.Log.Close() // its lines are in CloudWatch Logs
}

// Describe is that of action.Describer.
func (c *Connections) Describe(ctx context.Context, r action.Request, id string) (action.Outcome, error) {
	d, err := c.builds.DescribeBuild(ctx, c.build(r), id)
	var unknown *codebuild.NotFoundError
	switch {
	case errors.As(err, &unknown):
		return action.Outcome{}, &action.LostError{ExternalExecutionID: id}
	case err != nil:
		return action.Outcome{}, cloud.Failure(err, action.JobFailed)
	case d.Status == codebuild.InProgress:
		return action.Outcome{Pending: true, ExternalExecutionID: id, ExternalExecutionURL: d.URL}, nil
	case d.Failure != nil:
		return action.Outcome{ExternalExecutionID: id, ExternalExecutionURL: d.URL}, notFetched(r, id, d)
	}
	object, stored := d.Artifacts[r.Outputs[0].Name]
	if !stored {
		return action.Outcome{ExternalExecutionID: id, ExternalExecutionURL: d.URL}, nothingStored(r, id)
	}
	outcome := source.Found(r, source.Fetched{Commit: commitOf(r, d.ExportedVariables), Clone: cloned(r)}, object)
	outcome.ExternalExecutionID, outcome.ExternalExecutionURL = id, d.URL
	return outcome, nil
}

// Stop is that of action.Describer.
func (c *Connections) Stop(ctx context.Context, r action.Request, id string) error {
	err := c.builds.StopBuild(ctx, c.build(r), id)
	var unknown *codebuild.NotFoundError
	if errors.As(err, &unknown) {
		return nil
	}
	return err
}

func cloned(r action.Request) bool {
	return r.Configuration["OutputArtifactFormat"] == source.CloneFormat
}

// build is what the port of builds knows of it.
func (c *Connections) build(r action.Request) codebuild.Build {
	b := codebuild.Build{IdempotencyToken: r.ActionExecutionID, Project: c.project, PipelineName: r.PipelineName, Started: r.Started}
	for _, o := range r.Outputs {
		b.Outputs = append(b.Outputs, codebuild.Output{Name: o.Name, Location: o.Location})
	}
	return b
}

// Variables of the build, from the action to its commands and back.
const (
	fetchURL     = "PENSTOCK_URL"
	fetchRef     = "PENSTOCK_REF"
	fetchCommit  = "PENSTOCK_COMMIT"
	fetchHistory = "PENSTOCK_HISTORY"
	foundCommit  = "COMMIT_ID"
	foundAuthor  = "AUTHOR_DATE"
	foundMessage = "COMMIT_MESSAGE"
)

// fetchBuildspec fetches with the helper by which the AWS command line signs for git; the address is that of connections, which
// is the same whatever is behind one. What users wrote comes in variables and is never part of a command. The message goes
// back encoded, as far as a summary shows it.
const fetchBuildspec = `version: 0.2
env:
  exported-variables: [` + foundCommit + `, ` + foundAuthor + `, ` + foundMessage + `]
phases:
  build:
    commands:
      - git config --global credential.helper '!aws codecommit credential-helper $@' && git config --global credential.UseHttpPath true
      - git init -q source && cd source && git remote add origin "$` + fetchURL + `"
      - ` + askRepository + `
      - ` + askBranch + `
      - ` + askCommit + `
      - git -c advice.detachedHead=false checkout -q FETCH_HEAD
      - export ` + foundCommit + `="$(git rev-parse HEAD)" ` + foundAuthor + `="$(git log -1 --format=%aI)"
      - export ` + foundMessage + `="$(git log -1 --format=%B | head -c 2048 | base64 -w0)"
      - if [ -z "$` + fetchHistory + `" ]; then rm -rf .git; fi
artifacts:
  base-directory: source
  files: ['**/*']
`

// searchCommit looks for a commit in all branches, which is not given out by its name: Bitbucket tells the first digits only of that
// of a pull request.
const searchCommit = `git fetch -q origin "+refs/heads/*:refs/remotes/origin/*" && found="$(git rev-parse --verify -q "$` + fetchCommit + `^{commit}")" && git fetch -q . "$found"`

// The commands that ask the other end, by which of them failed one knows why.
const (
	askRepository = `git ls-remote -q origin > /dev/null`
	askBranch     = `if [ -z "$` + fetchCommit + `" ]; then git ls-remote -q --exit-code origin "$` + fetchRef + `" > /dev/null; fi`
	askCommit     = `git fetch -q ${` + fetchHistory + `:---depth=1} origin "${` + fetchCommit + `:-$` + fetchRef + `}" || { ` + searchCommit + `; }`
)

func (c *Connections) input(r action.Request) (startBuild, error) {
	if len(r.Outputs) != 1 {
		return startBuild{}, action.Fail(action.ConfigurationError, "a source action has one output artifact, this one has %d", len(r.Outputs))
	}
	at, err := connectionURL(r)
	if err != nil {
		return startBuild{}, err
	}
	asked := source.Asked(r.Stage, r.Action, r.Configuration, r.Overrides)
	o := overrides{run: &run{builds: c.builds, build: c.build(r), project: c.project}}
	in := startBuild{
		ProjectName: c.project, IdempotencyToken: r.ActionExecutionID, SourceType: noSource,
		Buildspec: fetchBuildspec, Artifacts: o.stored(r.Outputs[0].Location, namespaceNone),
		EncryptionKey: c.builds.options.Artifacts.KMSKeyID, ServiceRole: c.builds.options.ServiceRole,
	}
	history := ""
	if cloned(r) {
		history = "--tags"
	}
	for _, v := range []struct{ name, value string }{
		{buildMark, r.ActionExecutionID},
		{fetchURL, at},
		{fetchRef, "refs/heads/" + r.Configuration["BranchName"]},
		{fetchCommit, asked.CommitID},
		{fetchHistory, history},
	} {
		if v.value != "" {
			in.EnvironmentVariables = append(in.EnvironmentVariables, environmentVariable{Name: v.name, Value: v.value, Type: codebuild.Plaintext})
		}
	}
	return in, nil
}

// connectionURL is the address of a repository behind a connection (EKS user guide, repository access of Argo CD).
func connectionURL(r action.Request) (string, error) {
	connection, err := arn.Parse(r.Configuration["ConnectionArn"])
	id, is := strings.CutPrefix(connection.Resource, "connection/")
	if err != nil || !is {
		return "", noConnection(r)
	}
	return fmt.Sprintf("https://%s.%s.%s/git-http/%s/%s/%s/%s.git", connection.Service, connection.Region, wire.Domain(connection.Region),
		connection.AccountID, connection.Region, id, strings.TrimSuffix(r.Configuration["FullRepositoryId"], ".git")), nil
}

// commitOf is what the build has found.
func commitOf(r action.Request, found map[string]string) *source.Commit {
	c := &source.Commit{ID: found[foundCommit], Branch: r.Configuration["BranchName"]}
	if message, err := base64.StdEncoding.DecodeString(found[foundMessage]); err == nil {
		c.Message = strings.ToValidUTF8(string(message), "")
	}
	if at, err := time.Parse(time.RFC3339, found[foundAuthor]); err == nil {
		c.Author, c.Committer = at, at
	}
	return c
}
