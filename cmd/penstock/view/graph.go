package view

import (
	"fmt"
	"strings"

	"github.com/penstock-ci/penstock/pipeline"
)

// Graph draws a pipeline as text: stages from top to bottom, the actions of each in the order in which they run, those
// of one runOrder in a bracket, and what each takes and makes.
func (s Style) Graph(p *pipeline.Pipeline) []string {
	title := Fit(p.Name.Value, s.width()-len(p.Mode())-2)
	lines := append([]string{s.in(bold, title) + "  " + p.Mode()}, s.variables(p)...)
	g := graphOf(s, p)
	for i := range p.Stages {
		arrow := ""
		if i > 0 {
			arrow = "  ▼"
		}
		lines = append(lines, arrow, g.in(bold, Fit(p.Stages[i].Name.Value, g.width())))
		for _, group := range p.Stages[i].Groups() {
			for j, a := range group {
				lines = append(lines, g.action(bracket(j, len(group)), a)...)
			}
		}
	}
	return lines
}

// variables lists the pipeline's own variables.
func (s Style) variables(p *pipeline.Pipeline) []string {
	var parts []string
	for _, v := range p.Variables {
		text := v.Name.Value
		if v.DefaultValue.IsSet() {
			text += "=" + firstLine(v.DefaultValue.Value)
		}
		parts = append(parts, text)
	}
	var lines []string
	for _, line := range fill(parts, s.width()) {
		lines = append(lines, s.in(dim, line))
	}
	return lines
}

// graph is a style with the widths of its columns.
type graph struct {
	Style
	name, flow, provider int
}

func graphOf(s Style, p *pipeline.Pipeline) graph {
	var names, flows, providers []string
	for i := range p.Stages {
		for j := range p.Stages[i].Actions {
			a := &p.Stages[i].Actions[j]
			names = append(names, a.Name.Value)
			flows = append(flows, flowOf(a))
			providers = append(providers, a.ActionTypeID.Provider.Value)
		}
	}
	return graph{Style: s, name: NameWidth(names), flow: min(widest(flows), s.width()/2), provider: NameWidth(providers)}
}

// bracket joins the actions that run side by side.
func bracket(i, n int) string {
	switch {
	case n == 1:
		return "  │ "
	case i == 0:
		return "  ┌ "
	case i == n-1:
		return "  └ "
	}
	return "  ├ "
}

// flowOf says which artifacts an action takes and makes.
func flowOf(a *pipeline.Action) string {
	inputs := strings.Join(texts(a.InputArtifacts), ", ")
	var outputs []string
	for _, out := range a.OutputArtifacts {
		outputs = append(outputs, out.Name.Value)
	}
	if len(outputs) == 0 && inputs == "" {
		return ""
	}
	return strings.TrimSpace(inputs + " -> " + strings.Join(outputs, ", "))
}

// action is one line where it fits; what does not fit is on lines below, under the artifacts.
func (g graph) action(bracket string, a *pipeline.Action) []string {
	flow, namespace := flowOf(a), ""
	if a.Namespace.Value != "" {
		namespace = "#{" + a.Namespace.Value + "}"
	}
	line := bracket + pad(Fit(a.Name.Value, g.name), g.name)
	indent := Width(line) + 2
	cells := []cell{{flow, g.flow, plain}, {a.ActionTypeID.Provider.Value, g.provider, plain}, {namespace, 0, dim}}
	if Width(flow) > g.flow { // it has lines of its own, and the columns stay
		cells = cells[1:]
	}
	lines := g.row(line, indent, cells)
	if Width(flow) > g.flow {
		for _, part := range Wrap(flow, g.width()-indent) {
			lines = append(lines, strings.Repeat(" ", indent)+part)
		}
	}
	return lines
}

// cell is a text in a column; a column of width 0 is the last.
type cell struct {
	text  string
	width int
	paint paint
}

// row fills a line with cells, and goes on below where one does not fit.
func (g graph) row(line string, indent int, cells []cell) []string {
	var lines []string
	column := indent - 2
	for _, c := range cells {
		if c.text == "" && c.width == 0 {
			continue
		}
		trimmed := strings.TrimRight(line, " ")
		switch fits := column+2+Width(c.text) <= g.width(); {
		case !fits && Width(trimmed)+3+Width(c.text) <= g.width(): // out of its column
			line, column = trimmed+" ", Width(trimmed)+1
		case !fits && column > indent:
			lines = append(lines, trimmed)
			line, column = strings.Repeat(" ", indent-2), indent-2
		}
		text := pad(Fit(c.text, g.width()-column-2), c.width)
		line += "  " + g.in(c.paint, text)
		column += 2 + Width(text)
	}
	return append(lines, strings.TrimRight(line, " "))
}

func texts(list []pipeline.Text) []string {
	var out []string
	for _, t := range list {
		out = append(out, t.Value)
	}
	return out
}

// GraphAction is one action in the JSON twin of a graph.
type GraphAction struct {
	Name            string   `json:"name"`
	ActionType      string   `json:"actionTypeId"`
	RunOrder        int      `json:"runOrder"`
	InputArtifacts  []string `json:"inputArtifacts"`
	OutputArtifacts []string `json:"outputArtifacts"`
	Namespace       string   `json:"namespace,omitempty"`
}

// GraphStage is one stage in the JSON twin of a graph; its actions are in the order in which they run.
type GraphStage struct {
	Name    string        `json:"name"`
	Actions []GraphAction `json:"actions"`
}

// GraphOf is the JSON twin of Graph.
func GraphOf(p *pipeline.Pipeline) []GraphStage {
	stages := []GraphStage{}
	for i := range p.Stages {
		stage := GraphStage{Name: p.Stages[i].Name.Value, Actions: []GraphAction{}}
		for _, group := range p.Stages[i].Groups() {
			for _, a := range group {
				stage.Actions = append(stage.Actions, graphAction(a))
			}
		}
		stages = append(stages, stage)
	}
	return stages
}

func graphAction(a *pipeline.Action) GraphAction {
	g := GraphAction{
		Name: a.Name.Value, ActionType: fmt.Sprint(a.ActionTypeID), RunOrder: a.RunOrderOrDefault(),
		InputArtifacts: []string{}, OutputArtifacts: []string{}, Namespace: a.Namespace.Value,
	}
	g.InputArtifacts = append(g.InputArtifacts, texts(a.InputArtifacts)...)
	for _, out := range a.OutputArtifacts {
		g.OutputArtifacts = append(g.OutputArtifacts, out.Name.Value)
	}
	return g
}
