package main

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/penstock-ci/penstock/cmd/penstock/view"
	"github.com/penstock-ci/penstock/internal/execution"
	"github.com/penstock-ci/penstock/internal/local/logs"
	"github.com/penstock-ci/penstock/internal/local/owner"
	"github.com/penstock-ci/penstock/pipeline"
)

func showCommand(p process) *cobra.Command {
	var flags sideFlags
	var output outputFlags
	cmd := &cobra.Command{
		Use:   "show [EXECUTION]",
		Short: "Show a run again",
		Long: `Show a run again: its stages and actions, what they made, and why they failed.
EXECUTION is its identity or the beginning of it; without one the latest is
shown. With --platform it is one of a platform on AWS, without logs.`,
		Example: "  penstock show\n  penstock show 4f3c9a1e -f examples/go-service/pipeline.yaml",
		Args:    atMost(1, "name one execution"),

		ValidArgsFunction: completeFrom(&flags.placeFlags, executionCandidates),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := output.validate(cmd); err != nil {
				return err
			}
			request := showRequest{execution: first(args), json: output.wantsJSON()}
			return flags.either(cmd, p, func(l looking) error { return show(cmd.Context(), p, l, request) },
				func(r *remote) error { return showOnPlatform(cmd.Context(), p, r, request) })
		},
	}
	flags.add(cmd)
	flags.platform.addPipeline(cmd)
	output.add(cmd)
	return cmd
}

type showRequest struct {
	execution string
	json      bool
}

func first(args []string) string {
	if len(args) == 0 {
		return ""
	}
	return args[0]
}

func show(ctx context.Context, p process, l looking, request showRequest) error {
	shown, err := readShown(ctx, l.Session, request.execution)
	if err != nil {
		return err
	}
	if request.json {
		return printJSON(p.stdout, shown.masked())
	}
	id := view.ShortID(shown.Execution.PipelineExecutionID)
	lines := view.Lines{
		Style: l.console.style, NameWidth: shown.nameWidth(),
		Hints: view.Hints{
			Logs:   func(stage, action string) string { return l.place.command(p, "logs", id, stage+"/"+action) },
			TakeUp: l.place.command(p, "watch", id),
		},
	}
	ran, err := registered(ctx, l.Records(), shown.Execution)
	if err != nil {
		return err
	}
	drawn, err := shown.draw(lines, ran, l.Logs())
	if err != nil {
		return err
	}
	lost, err := lostLine(ctx, l, shown)
	if err != nil {
		return err
	}
	return printLines(p.stdout, append(drawn, lost...))
}

// lostLine says that artifacts of an execution are gone, for who would use it again. Where something runs nobody looks.
func lostLine(ctx context.Context, l looking, s shown) ([]string, error) {
	if !l.Owns() {
		return nil, nil
	}
	lost, err := l.Platform().LostArtifacts(ctx, s.Actions)
	if err != nil || len(lost) == 0 {
		return nil, err
	}
	var names []string
	for _, a := range lost {
		names = append(names, view.Clean(a.Name))
	}
	return l.console.style.Sentence("no longer stored: " + strings.Join(names, ", ")), nil
}

// shown is everything that is recorded of one execution.
type shown struct {
	Execution *execution.Execution `json:"execution"`
	Stages    []*execution.Stage   `json:"stages"`
	Actions   []*execution.Action  `json:"actions"`
}

func readShown(ctx context.Context, session *owner.Session, prefix string) (shown, error) {
	records := session.Records()
	e, err := lookup(ctx, records, prefix)
	if err != nil {
		return shown{}, err
	}
	stages, err := records.Stages(ctx, e)
	if err != nil {
		return shown{}, err
	}
	actions, err := records.ListActionExecutions(ctx, e.PipelineExecutionID)
	return shown{Execution: e, Stages: stages, Actions: actions}, err
}

// registered is the definition that an execution ran.
func registered(ctx context.Context, records *execution.Records, e *execution.Execution) (*pipeline.Pipeline, error) {
	d, err := records.Definition(ctx, e.PipelineName, e.DefinitionDigest)
	if err != nil {
		return nil, err
	}
	p, _ := pipeline.Parse(e.PipelineName, d.Source) // it was checked before it was registered
	return p, nil
}

// masked is a copy without tokens and without the values of secret configuration keys.
func (s shown) masked() shown {
	actions := []*execution.Action{}
	for _, a := range s.Actions {
		actions = append(actions, a.Masked())
	}
	stages := []*execution.Stage{}
	for _, st := range s.Stages {
		copied := *st
		copied.TaskToken = ""
		stages = append(stages, &copied)
	}
	e := *s.Execution
	if e.Inbound != nil {
		copied := *e.Inbound
		copied.TaskToken = ""
		e.Inbound = &copied
	}
	return shown{Execution: &e, Stages: stages, Actions: actions}
}

func (s shown) nameWidth() int {
	var names []string
	for _, a := range s.Actions {
		names = append(names, a.ActionName)
	}
	return view.NameWidth(names)
}

// draw is what run showed, stage by stage.
func (s shown) draw(lines view.Lines, p *pipeline.Pipeline, all *logs.Logs) ([]string, error) {
	e := s.Execution
	out := []string{lines.Header(e)}
	out = append(out, lines.Sentence("started "+e.StartTime.Local().Format("2006-01-02 15:04:05")+variablesLine(e)+revisionsLine(e))...)
	if e.From != nil {
		out = append(out, view.Wrap(reusing(e.From), lines.Width)...)
	}
	for _, stage := range s.Stages {
		out = append(out, "", lines.Stage(stage.Name))
		for _, a := range s.Actions {
			if a.StageName != stage.Name {
				continue
			}
			tail, err := readTail(all, a)
			if err != nil {
				return nil, err
			}
			out = append(out, lines.Action(explained(a, p, s.Actions), tail)...)
		}
	}
	return append(append(out, ""), lines.Ending(view.Ending{Execution: e, Stages: len(s.Stages), Actions: len(performed(s.Actions))})...), nil
}

func variablesLine(e *execution.Execution) string {
	var out strings.Builder
	for _, name := range slices.Sorted(maps.Keys(e.Variables)) {
		out.WriteString("   " + name + "=" + view.Clean(e.Variables[name]))
	}
	return out.String()
}

func revisionsLine(e *execution.Execution) string {
	var out strings.Builder
	for _, o := range e.SourceRevisions {
		out.WriteString("   " + o.ActionName + "=" + view.Clean(shortRevision(o)))
	}
	return out.String()
}

// readTail reads the end of a failed action's log.
func readTail(all *logs.Logs, a *execution.Action) ([]string, error) {
	var tail []string
	if a.Status != execution.ActionFailed || all == nil {
		return tail, nil
	}
	err := eachLine(all, a, func(line string) error {
		tail = addTail(tail, line)
		return nil
	})
	return tail, err
}
