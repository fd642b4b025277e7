package main

import (
	"context"
	"time"

	"github.com/penstock-ci/penstock/cmd/penstock/view"
	"github.com/penstock-ci/penstock/internal/local"
	"github.com/penstock-ci/penstock/pipeline"
)

func actionNames(p *pipeline.Pipeline) []string {
	var names []string
	for i := range p.Stages {
		for j := range p.Stages[i].Actions {
			names = append(names, p.Stages[i].Actions[j].Name.Value)
		}
	}
	return names
}

// measured says whether there are figures of a run. Of one that had ended before it was followed there are none.
func measured(f local.Figures) bool { return f.Transitions > 0 }

// perAction is the engine's time for each action that ran.
func perAction(f local.Figures) time.Duration {
	return f.EngineTime / time.Duration(max(1, f.Actions))
}

// stopping says that the run is being stopped, and what that abandons.
func (d *drawing) stopping() {
	d.stops = true
	line := "Stopping the run"
	for i, id := range d.open {
		a := d.rows[id].Action
		line += []string{"; abandoned: ", ", "}[min(i, 1)] + a.StageName + "/" + a.ActionName
	}
	d.screen.Show(view.Screen{}) // a question that is open goes away
	d.screen.Print(append([]string{""}, view.Wrap(line, d.lines.Width)...))
	d.show()
}

// end ends the drawing with the files that the run deployed, and its figures.
func (d *drawing) end(_ context.Context, e ended) error {
	if err := d.close(); err != nil {
		return err
	}
	var lines []string
	if deployed := d.lines.Deployed(d.deployed, e.objects); len(deployed) > 0 {
		lines = append(append(lines, ""), deployed...)
	}
	ending := view.Ending{Execution: e.run, Stages: e.stages, Actions: len(e.actions)}
	if measured(e.figures) {
		ending.Engine = &view.Engine{Transitions: e.figures.Transitions, PerAction: perAction(e.figures)}
		ending.Cost = costOf(e.figures.Transitions, e.actions, e.v1).String()
	}
	lines = append(append(lines, ""), d.lines.Ending(ending)...)
	if e.help != "" {
		lines = append(lines, view.Wrap("help: "+e.help, d.lines.Width)...)
	}
	return printLines(d.out, lines)
}

func (d *drawing) close() error { return d.screen.Close() }
