package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/penstock-ci/penstock/internal/action"
	"github.com/penstock-ci/penstock/internal/diag"
	"github.com/penstock-ci/penstock/internal/execution"
	"github.com/penstock-ci/penstock/internal/local"
	"github.com/penstock-ci/penstock/internal/local/bindings"
	"github.com/penstock-ci/penstock/pipeline"
)

// revisionsOf reads ACTION=REVISION flags and holds them against the sources of the pipeline and what stands for them.
func revisionsOf(cmd *cobra.Command, ready prepared, flags []string) ([]execution.SourceRevisionOverride, error) {
	if len(flags) == 0 {
		return nil, nil
	}
	p := ready.definition.pipeline
	var asked []execution.SourceRevisionOverride
	for _, flag := range flags {
		o, err := revisionOf(cmd, p, flag)
		if err != nil {
			return nil, err
		}
		asked = append(asked, o)
	}
	if err := execution.CheckSourceRevisions(p, asked); err != nil {
		return nil, usage(cmd, err.Error(), boundInstead(p, asked))
	}
	exact, err := local.ResolveRevisions(cmd.Context(), local.SourcesOf(ready.place.dir, ready.bindings), p, asked)
	var failure *action.Failure
	if errors.As(err, &failure) {
		return nil, usage(cmd, failureMessages(err), "")
	}
	return exact, err
}

// revisionOf reads one flag. The type of the revision is what its source usually takes, unless it is written before
// the revision.
func revisionOf(cmd *cobra.Command, p *pipeline.Pipeline, flag string) (execution.SourceRevisionOverride, error) {
	o := execution.SourceRevisionOverride{}
	name, value, ok := strings.Cut(flag, "=")
	if !ok || name == "" || value == "" {
		return o, usage(cmd, fmt.Sprintf("--revision is %q", flag), "write --revision ACTION=REVISION")
	}
	sources := sourcesOf(p)
	i := slices.IndexFunc(sources, func(s namedSource) bool { return s.full == name || s.action.Name.Value == name })
	if i < 0 {
		return o, unknownSource(cmd, p, name, sources)
	}
	o.ActionName, o.RevisionValue = sources[i].action.Name.Value, value
	kinds := execution.RevisionTypes(sources[i].action)
	if len(kinds) > 0 {
		o.RevisionType = kinds[0]
	}
	if kind, rest, written := strings.Cut(value, ":"); written && kind == strings.ToUpper(kind) && strings.Contains(kind, "_") {
		o.RevisionType, o.RevisionValue = kind, rest
	}
	return o, nil
}

// namedSource is a source action with its name as STAGE/ACTION.
type namedSource struct {
	full   string
	action *pipeline.Action
}

func sourcesOf(p *pipeline.Pipeline) []namedSource {
	var out []namedSource
	for i := range p.Stages {
		for j := range p.Stages[i].Actions {
			if a := &p.Stages[i].Actions[j]; a.ActionTypeID.Category.Value == "Source" {
				out = append(out, namedSource{p.Stages[i].Name.Value + "/" + a.Name.Value, a})
			}
		}
	}
	return out
}

func unknownSource(cmd *cobra.Command, p *pipeline.Pipeline, name string, sources []namedSource) error {
	message := fmt.Sprintf("pipeline %q has no source action %q", p.Name.Value, name)
	var names []string
	for _, s := range sources {
		names = append(names, s.full)
	}
	nearest, ok := diag.Nearest(name, names)
	if !ok {
		var short []string
		for _, s := range sources {
			short = append(short, s.action.Name.Value)
		}
		nearest, ok = diag.Nearest(name, short)
	}
	if ok {
		return usage(cmd, message, fmt.Sprintf("did you mean %q?", nearest))
	}
	return usage(cmd, message, "it has "+strings.Join(names, ", "))
}

// boundInstead says how a revision is chosen for a source for which no start may choose one.
func boundInstead(p *pipeline.Pipeline, asked []execution.SourceRevisionOverride) string {
	for _, s := range sourcesOf(p) {
		for _, o := range asked {
			if o.ActionName == s.action.Name.Value && len(execution.RevisionTypes(s.action)) == 0 {
				return fmt.Sprintf("bind it in %s: %s: {path: ., revision: %s}", bindings.FileName, s.full, quoted(o.RevisionValue))
			}
		}
	}
	return ""
}

// failureMessages are the messages of joined failures, a line each, without their codes.
func failureMessages(err error) string {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		var lines []string
		for _, each := range joined.Unwrap() {
			lines = append(lines, failureMessages(each))
		}
		return strings.Join(lines, "\n")
	}
	var failure *action.Failure
	if errors.As(err, &failure) {
		return failure.Message
	}
	return err.Error()
}

// shortRevision is how a revision that was asked for is shown.
func shortRevision(o execution.SourceRevisionOverride) string {
	switch o.RevisionType {
	case "COMMIT_ID":
		return o.RevisionValue[:min(len(o.RevisionValue), 7)]
	case "S3_OBJECT_KEY":
		return o.RevisionType + ":" + o.RevisionValue
	}
	return o.RevisionValue
}
