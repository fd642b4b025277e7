package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/penstock-ci/penstock/cmd/penstock/view"
	"github.com/penstock-ci/penstock/internal/diag"
	"github.com/penstock-ci/penstock/internal/execution"
	"github.com/penstock-ci/penstock/internal/local/owner"
)

func approveCommand(p process) *cobra.Command {
	return answerCommand(p, true, &cobra.Command{
		Use:   "approve [EXECUTION] [STAGE/ACTION]",
		Short: "Approve a manual approval that waits",
		Long: `Approve a manual approval that waits, of a run in another shell or of one that
was interrupted; with --platform one of a platform on AWS, as whom IAM
identifies. Where only one waits it need not be named.`,
		Example: "  penstock approve\n  penstock approve 4f3c9a1e Approve/Release --summary 'looks good'",
	})
}

func rejectCommand(p process) *cobra.Command {
	return answerCommand(p, false, &cobra.Command{
		Use:   "reject [EXECUTION] [STAGE/ACTION]",
		Short: "Reject a manual approval that waits",
		Long: `Reject a manual approval that waits, of a run in another shell or of one that
was interrupted: its stage fails. With --platform it is one of a platform on
AWS. Where only one waits it need not be named.`,
		Example: "  penstock reject\n  penstock reject 4f3c9a1e Approve/Release --summary 'not on a Friday'",
	})
}

// answerRequest is what the command line of approve and reject says.
type answerRequest struct {
	execution, action string
	approved          bool
	summary           string
	json              bool
}

func answerCommand(p process, approved bool, cmd *cobra.Command) *cobra.Command {
	var flags sideFlags
	var output outputFlags
	request := answerRequest{approved: approved}
	cmd.Args = atMost(2, "name an execution, an action, or both")
	cmd.ValidArgsFunction = completeFrom(&flags.placeFlags, approvalCandidates)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if err := output.validate(cmd); err != nil {
			return err
		}
		if n := len([]rune(request.summary)); n > execution.MaxApprovalSummary {
			return usage(cmd, fmt.Sprintf("--summary has %d characters", n), fmt.Sprintf("write at most %d", execution.MaxApprovalSummary))
		}
		var err error
		if request.execution, request.action, err = executionAndAction(cmd, args); err != nil {
			return err
		}
		request.json = output.wantsJSON()
		return flags.either(cmd, p, func(l looking) error { return answerApproval(cmd.Context(), p, l, request) },
			func(r *remote) error { return answerOnPlatform(cmd.Context(), p, r, request) })
	}
	flags.add(cmd)
	flags.platform.addPipeline(cmd)
	output.add(cmd)
	cmd.Flags().StringVar(&request.summary, "summary", "", "say why, in `TEXT` that is kept with the answer")
	return cmd
}

// executionAndAction tells the words of a command apart: an action has a slash.
func executionAndAction(cmd *cobra.Command, args []string) (id, action string, err error) {
	for _, arg := range args {
		switch {
		case strings.Contains(arg, "/") && action == "":
			action = arg
		case !strings.Contains(arg, "/") && id == "":
			id = arg
		case strings.Contains(arg, "/"):
			return "", "", usage(cmd, fmt.Sprintf("two actions are named, %s and %s", action, arg), "name one")
		default:
			return "", "", usage(cmd, fmt.Sprintf("%q names no action", arg), "name it as STAGE/ACTION")
		}
	}
	return id, action, nil
}

func answerApproval(ctx context.Context, p process, l looking, request answerRequest) error {
	waiting, err := openApprovals(ctx, l, request.execution)
	if err != nil {
		return err
	}
	a, err := request.choose(p, l.place, waiting)
	if err != nil {
		return err
	}
	answer := approvalResult(a, request.approved, userName(p))
	answer.Summary = request.summary
	answered, err := l.PutApprovalResult(ctx, answer)
	if err != nil {
		return err
	}
	if request.json {
		return printJSON(p.stdout, answered.Masked())
	}
	lines := []string{request.done(a)}
	if l.Owns() {
		lines = append(lines, view.Wrap("Nothing runs that execution now. Where it was, it goes on with:", l.console.style.Width)...)
		lines = append(lines, l.place.command(p, "watch", view.ShortID(a.PipelineExecutionID)))
	}
	return printLines(p.stdout, lines)
}

func (r answerRequest) done(a *execution.Action) string {
	return fmt.Sprintf("%s %s/%s of execution %s", r.word(), a.StageName, a.ActionName, view.ShortID(a.PipelineExecutionID))
}

func (r answerRequest) word() string {
	if r.approved {
		return "approved"
	}
	return "rejected"
}

func (r answerRequest) command() string {
	if r.approved {
		return "approve"
	}
	return "reject"
}

// openApprovals are the approvals that wait, of one execution or of all.
func openApprovals(ctx context.Context, l looking, prefix string) ([]*execution.Action, error) {
	var of []*execution.Execution
	if prefix != "" {
		e, err := lookup(ctx, l.Records(), prefix)
		if err != nil {
			return nil, err
		}
		of = append(of, e)
	} else {
		all, err := l.Records().OpenExecutions(ctx)
		if err != nil {
			return nil, err
		}
		of = all
	}
	var waiting []*execution.Action
	for _, e := range of {
		actions, err := l.Records().ListActionExecutions(ctx, e.PipelineExecutionID)
		if err != nil {
			return nil, err
		}
		for _, a := range actions {
			if a.IsApproval() && !a.Ended() {
				waiting = append(waiting, a)
			}
		}
	}
	return waiting, nil
}

// choose finds the approval that is meant.
func (r answerRequest) choose(p process, pl place, waiting []*execution.Action) (*execution.Action, error) {
	var names, commands []string
	var chosen []*execution.Action
	for _, a := range waiting {
		name := a.StageName + "/" + a.ActionName
		if r.action == "" || r.action == name {
			chosen = append(chosen, a)
			commands = append(commands, "  "+pl.command(p, r.command(), view.ShortID(a.PipelineExecutionID), name))
		}
		names = append(names, name)
	}
	switch {
	case len(chosen) == 1:
		return chosen[0], nil
	case len(chosen) > 1:
		return nil, withHelp(fmt.Errorf("%d approvals wait", len(chosen)), "name one:\n%s", strings.Join(commands, "\n"))
	case len(names) == 0:
		return nil, withHelp(errors.New("no approval waits"+r.where()), "see what ran: %s", pl.command(p, "executions"))
	}
	slices.Sort(names)
	names = slices.Compact(names)
	err := fmt.Errorf("no approval %s waits%s", r.action, r.where())
	if nearest, ok := diag.Nearest(r.action, names); ok {
		return nil, withHelp(err, "did you mean %s?", nearest)
	}
	return nil, withHelp(err, "what waits is %s", strings.Join(names, ", "))
}

func (r answerRequest) where() string {
	if r.execution == "" {
		return " here"
	}
	return " in execution " + r.execution
}

// approvalCandidates are executions whose approvals wait, and behind one those approvals.
func approvalCandidates(ctx context.Context, session *owner.Session, before []string) []cobra.Completion {
	waiting, err := openApprovals(ctx, looking{Session: session}, first(before))
	if err != nil || len(before) > 1 {
		return nil
	}
	var out []cobra.Completion
	for _, a := range waiting {
		word, other := view.ShortID(a.PipelineExecutionID), a.StageName+"/"+a.ActionName
		if len(before) == 1 {
			word, other = other, word
		}
		out = append(out, cobra.CompletionWithDesc(word, other))
	}
	return out
}
