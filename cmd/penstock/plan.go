package main

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/penstock-ci/penstock/cmd/penstock/view"
	"github.com/penstock-ci/penstock/statemachines"
)

func planCommand(p process) *cobra.Command {
	var output outputFlags
	var template templateFlags
	var at siteFlags
	cmd := &cobra.Command{
		Use:   "plan FILE",
		Short: "Tell what a pipeline takes on AWS: cost, limits, permissions",
		Long: "Tell what a pipeline takes on AWS, before anything is there: the states of its\n" +
			"machine, the transitions and the cost of a run, how much of Step Functions'\n" +
			"limits the worst run may use, in which everything is retried as often as it may\n" +
			"be; the resources of its stack, what its roles may do, the events that start it\n" +
			"or tell of ends, and what must be done elsewhere for it.",
		Example: "  penstock plan pipeline.yaml\n  penstock plan pipeline.yaml --account 111122223333 --region eu-central-1",
		Args:    exactlyOneFile,
		RunE: func(cmd *cobra.Command, files []string) error {
			if err := cmp.Or(output.validate(cmd), at.validate(cmd)); err != nil {
				return err
			}
			c, err := consoleOf(cmd, p, p.stdout)
			if err != nil {
				return err
			}
			options, err := template.options(cmd)
			if err != nil {
				return err
			}
			d, err := validDefinition(cmd, p, files[0], options)
			if err != nil {
				return err
			}
			figures, err := statemachines.Measure(d.pipeline)
			if err != nil {
				return fmt.Errorf("plan %s: %w", d.file, err)
			}
			pl, exceeded := planOf(d, figures), figures.Exceeded()
			if exceeded == nil { // what breaks a limit has no machine
				if pl.Deployment, err = deploymentOf(d, at); err != nil {
					return fmt.Errorf("plan %s: %w", d.file, err)
				}
			}
			if err := printPlan(p, output, c.style, pl); err != nil {
				return err
			}
			if exceeded != nil {
				return fmt.Errorf("plan %s: %w", d.file, exceeded)
			}
			return nil
		},
	}
	output.add(cmd)
	template.add(cmd)
	at.add(cmd)
	return cmd
}

// plan is what penstock plan --json prints.
type plan struct {
	Pipeline         string      `json:"pipeline"`
	Mode             string      `json:"executionMode"`
	Stages           int         `json:"stages"`
	Actions          int         `json:"actions"`
	Machines         int         `json:"stateMachines"`
	States           int         `json:"states"`
	Transitions      int         `json:"transitions"`
	WorstTransitions int         `json:"worstTransitions"`
	Events           int         `json:"historyEvents"`
	Cost             plannedCost `json:"cost"`
	Limits           []planLimit `json:"limits"`
	Deployment       *deployment `json:"deployment,omitempty"`
}

// planLimit is what the worst run takes of one limit of Step Functions.
type planLimit struct {
	Name    string  `json:"name"`
	InBytes bool    `json:"inBytes"`
	Most    int     `json:"most"`
	Limit   int     `json:"limit"`
	Percent float64 `json:"percent"`
	Stage   string  `json:"stage,omitempty"`
	Action  string  `json:"action,omitempty"`
}

func planOf(d definition, f statemachines.Figures) plan {
	out := plan{
		Pipeline: d.pipeline.Name.Value, Mode: d.pipeline.Mode(), Stages: f.Stages, Actions: f.Actions, States: f.States, Machines: f.Machines,
		Transitions: f.Transitions, WorstTransitions: f.WorstTransitions, Events: f.Events, Cost: costPlanned(f, d.pipeline),
	}
	for _, u := range f.Uses {
		tenths := (u.Most*1000 + u.Limit - 1) / u.Limit // rounded up: what is used is never shown as nothing
		out.Limits = append(out.Limits, planLimit{
			Name: u.Name, InBytes: u.InBytes, Most: u.Most, Limit: u.Limit, Percent: float64(tenths) / 10,
			Stage: u.Stage, Action: u.Action,
		})
	}
	return out
}

func printPlan(p process, output outputFlags, style view.Style, pl plan) error {
	if output.wantsJSON() {
		return printJSON(p.stdout, pl)
	}
	lines := pl.lines()
	for i := range lines {
		lines[i] = view.Fit(lines[i], style.Width)
	}
	if pl.Deployment != nil {
		lines = append(lines, pl.Deployment.lines(style)...)
	}
	return printLines(p.stdout, lines)
}

func (pl plan) lines() []string {
	row := func(what, succeeds, worst, remark string) string {
		return strings.TrimRight(fmt.Sprintf("%-17s %10s %10s  %s", what, succeeds, worst, remark), " ")
	}
	counts := []string{countOf(pl.Stages, "stage"), countOf(pl.Actions, "action"), countOf(pl.States, "state")}
	if pl.Machines > 1 {
		counts = append(counts, fmt.Sprintf("%d state machines, one after another", pl.Machines))
	}
	lines := []string{
		pl.Pipeline + "  " + pl.Mode,
		strings.Join(counts, ", "),
		"",
		row("A run", "succeeds", "at worst", ""),
		row("  transitions", strconv.Itoa(pl.Transitions), strconv.Itoa(pl.WorstTransitions), ""),
	}
	for _, c := range pl.Cost.rows() {
		lines = append(lines, row("  "+c.what, c.succeeds, c.worst, c.remark))
	}
	lines = append(lines, "  prices of us-east-1, "+pl.Cost.PricesOf+", free tiers left out", "")
	lines = append(lines, "Limits of Step Functions, and what the worst run takes of them")
	for _, l := range pl.Limits {
		if l.Most > 0 {
			lines = append(lines, l.line())
		}
	}
	return lines
}

func (l planLimit) line() string {
	line := fmt.Sprintf("  %-23s %6.1f %%  %s of %s", l.Name, l.Percent, l.amount(l.Most), l.amount(l.Limit))
	switch {
	case l.Action != "":
		line += ", most in " + l.Stage + "/" + l.Action
	case l.Stage != "":
		line += ", most in " + l.Stage
	}
	return line
}

func (l planLimit) amount(n int) string {
	if l.InBytes {
		return view.Bytes(int64(n))
	}
	return strconv.Itoa(n)
}
