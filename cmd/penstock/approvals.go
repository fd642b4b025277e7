package main

import (
	"fmt"
	"os/user"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/penstock-ci/penstock/internal/diag"
	"github.com/penstock-ci/penstock/internal/execution"
	"github.com/penstock-ci/penstock/internal/local/bindings"
	"github.com/penstock-ci/penstock/pipeline"
)

// approvalFlags answer manual approvals from the command line.
type approvalFlags struct {
	all             bool
	approve, reject []string // STAGE/ACTION
}

func (f *approvalFlags) add(cmd *cobra.Command) {
	cmd.Flags().BoolVarP(&f.all, "yes", "y", false, "approve every manual approval")
	cmd.Flags().StringArrayVar(&f.approve, "approve", nil, "approve the manual approval `STAGE/ACTION`; may be repeated")
	cmd.Flags().StringArrayVar(&f.reject, "reject", nil, "reject the manual approval `STAGE/ACTION`; may be repeated")
}

// answer is how the flags answer an approval; by is empty where they do not.
func (f *approvalFlags) answer(name string) (approved bool, by string) {
	switch {
	case slices.Contains(f.reject, name):
		return false, "--reject"
	case slices.Contains(f.approve, name):
		return true, "--approve"
	case f.all:
		return true, "--yes"
	}
	return false, ""
}

// approvalNames lists the manual approvals of a pipeline as STAGE/ACTION, but for those that are mocked.
func approvalNames(p *pipeline.Pipeline, b *bindings.Bindings) []string {
	var names []string
	for i := range p.Stages {
		for j := range p.Stages[i].Actions {
			if a := &p.Stages[i].Actions[j]; a.ActionTypeID.Category.Value == "Approval" && !b.Mocked(p.Stages[i].Name.Value, a.Name.Value) {
				names = append(names, p.Stages[i].Name.Value+"/"+a.Name.Value)
			}
		}
	}
	return names
}

// validate refuses flags about approvals that the pipeline does not have, and a run whose approvals nobody could
// answer: better before it starts than after its builds. Names are those of the pipeline, asked those that the run comes
// to.
func (f *approvalFlags) validate(cmd *cobra.Command, names, asked []string, answers bool) error {
	for _, name := range append(slices.Clone(f.approve), f.reject...) {
		if slices.Contains(names, name) {
			continue
		}
		message := fmt.Sprintf("the pipeline has no manual approval %q", name)
		if nearest, ok := diag.Nearest(name, names); ok {
			return usage(cmd, message, fmt.Sprintf("did you mean %q?", nearest))
		}
		if len(names) == 0 {
			return usage(cmd, message, "it has none at all")
		}
		return usage(cmd, message, "it has "+strings.Join(names, ", "))
	}
	var open, flags []string
	for _, name := range asked {
		if _, by := f.answer(name); by == "" {
			open = append(open, name)
			flags = append(flags, "--approve "+quoted(name))
		}
	}
	if len(open) == 0 || answers {
		return nil
	}
	return usage(cmd, fmt.Sprintf("nobody can answer the manual approval %s here: this is not a terminal", strings.Join(open, ", ")),
		"add --yes, or "+strings.Join(flags, " ")+",\nor --leave-approvals to answer with penstock approve in another shell")
}

// approvalResult is the answer to an open approval.
func approvalResult(a *execution.Action, approved bool, by string) execution.Approval {
	return execution.Approval{
		PipelineExecutionID: a.PipelineExecutionID, StageName: a.StageName, ActionName: a.ActionName,
		Token: a.ApprovalToken, Approved: approved, By: by,
	}
}

// userName is who sits at this terminal.
func userName(p process) string {
	if u, err := user.Current(); err == nil && u.Username != "" {
		return u.Username
	}
	if name := p.getenv("USER"); name != "" {
		return name
	}
	return "the user of this terminal"
}
