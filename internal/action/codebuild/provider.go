package codebuild

import (
	"context"
	"errors"
	"fmt"

	"github.com/penstock-ci/penstock/internal/action"
)

// Provider performs actions through a Builds port.
type Provider struct {
	builds Builds
	// ask reads a request into the build that it asks for.
	ask func(action.Request) (Build, error)
}

var _ action.Describer = (*Provider)(nil)

// NewProvider makes a Provider of CodeBuild actions.
func NewProvider(builds Builds) *Provider { return &Provider{builds: builds, ask: buildOf} }

// NewCommandsProvider makes a Provider of Commands actions.
func NewCommandsProvider(builds Builds) *Provider { return &Provider{builds: builds, ask: commandsOf} }

// Start starts the build of an action execution, or finds the one that was started before. The outcome is always
// Pending: the build's end arrives as an event.
func (p *Provider) Start(ctx context.Context, r action.Request) (action.Outcome, error) {
	build, err := p.ask(r)
	if err != nil {
		return action.Outcome{}, err
	}
	id, err := p.builds.StartBuild(ctx, build)
	if err != nil {
		return action.Outcome{}, fmt.Errorf("start build of action %s: %w", r.ActionExecutionID, err)
	}
	return action.Outcome{Pending: true, ExternalExecutionID: id, Summary: summary(build.Project, Description{})}, nil
}

// Describe looks at the build once. A build that did not succeed is a *action.Failure with JobFailed, one that is not
// known a *action.LostError.
func (p *Provider) Describe(ctx context.Context, r action.Request, externalExecutionID string) (action.Outcome, error) {
	build, err := p.asked(r)
	if err != nil {
		return action.Outcome{}, err
	}
	d, err := p.builds.DescribeBuild(ctx, build, externalExecutionID)
	var unknown *NotFoundError
	if errors.As(err, &unknown) {
		return action.Outcome{}, &action.LostError{ExternalExecutionID: externalExecutionID}
	}
	if err != nil {
		return action.Outcome{}, err
	}
	return outcome(r, d)
}

// Stop stops the build. One that has ended, or is not known, is no error.
func (p *Provider) Stop(ctx context.Context, r action.Request, externalExecutionID string) error {
	build, err := p.asked(r)
	if err != nil {
		return err
	}
	err = p.builds.StopBuild(ctx, build, externalExecutionID)
	var unknown *NotFoundError
	if errors.As(err, &unknown) {
		return nil
	}
	return err
}

// asked is what the build was started with.
func (p *Provider) asked(r action.Request) (Build, error) {
	build, err := p.ask(r)
	build.Log = nil
	return build, err
}

func outcome(r action.Request, d Description) (action.Outcome, error) {
	switch d.Status {
	case InProgress:
		return action.Outcome{
			Pending: true, ExternalExecutionID: d.ID, ExternalExecutionURL: d.URL, Summary: summary(d.Project, d),
		}, nil
	case Succeeded:
		return succeeded(r, d)
	}
	ended := action.Outcome{ExternalExecutionURL: d.URL, Notes: d.Notes}
	if d.Failure == nil {
		return ended, fail(r, d, "the build ended as "+d.Status)
	}
	return ended, fail(r, d, d.Failure.String())
}

func succeeded(r action.Request, d Description) (action.Outcome, error) {
	for _, o := range r.Outputs {
		if _, ok := d.Artifacts[o.Name]; !ok {
			return action.Outcome{}, fail(r, d, fmt.Sprintf("the build succeeded without storing output artifact %q", o.Name))
		}
	}
	return action.Outcome{
		ExternalExecutionID: d.ID, ExternalExecutionURL: d.URL, Summary: summary(d.Project, d),
		Artifacts: d.Artifacts, Variables: d.ExportedVariables, Notes: d.Notes,
	}, nil
}

func fail(r action.Request, d Description, message string) *action.Failure {
	f := action.Fail(action.JobFailed, "%s", message)
	f.ExternalExecutionID = d.ID
	f.Summary = summary(d.Project, d)
	if d.Project == "" {
		f.Summary = summary(r.Configuration[ProjectName], d)
	}
	return f
}

// summary is `CodeBuild go-service`, or `Commands` of a build without a project, with how many builds a batch has and the
// count of tests where there is one.
func summary(project string, d Description) string {
	text := "Commands"
	if project != "" {
		text = "CodeBuild " + project
	}
	switch {
	case d.Builds == 1:
		text += "  1 build"
	case d.Builds > 1:
		text += fmt.Sprintf("  %d builds", d.Builds)
	}
	if d.Tests != nil {
		text += "  " + d.Tests.String()
	}
	return text
}
