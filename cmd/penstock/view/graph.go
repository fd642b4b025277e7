package view

import (
	"slices"
	"strings"

	"github.com/penstock-ci/penstock/cmd/penstock/view/graph"
)

// Graph draws a pipeline as text: stages from top to bottom, the actions of each in the order in which they run, those
// of one runOrder in a bracket, and which artifacts each takes and makes.
func (s Style) Graph(d graph.Diagram) []string {
	facts := strings.TrimSpace(d.Type + "  " + d.Mode)
	lines := []string{s.in(bold, Fit(d.Name, s.width()-len(facts)-2)) + "  " + facts}
	for _, line := range fill(d.Variables, s.width()) {
		lines = append(lines, s.in(dim, line))
	}
	for _, trigger := range d.Triggers {
		lines = append(lines, s.in(dim, Fit("on "+trigger, s.width())))
	}
	text := graphTextOf(s, d)
	for i, stage := range d.Stages {
		arrow := ""
		if i > 0 {
			arrow = "  ▼"
		}
		lines = append(lines, arrow, s.in(bold, Fit(stage.Name, s.width())))
		for _, c := range stage.Conditions {
			lines = append(lines, s.in(dim, Fit("  ◇ "+c.String(), s.width())))
		}
		for _, group := range stage.Groups {
			lines = append(lines, text.group(group)...)
		}
	}
	return lines
}

// graphText is a style with the widths of the columns.
type graphText struct {
	Style
	name, artifacts, provider int
}

func graphTextOf(s Style, d graph.Diagram) graphText {
	var names, artifacts, providers []string
	for _, stage := range d.Stages {
		for _, group := range stage.Groups {
			for _, a := range group.Actions {
				names = append(names, a.Name)
				artifacts = append(artifacts, artifactsOf(a))
				providers = append(providers, a.Provider)
			}
		}
	}
	g := graphText{Style: s, name: min(NameWidth(names), s.width()*2/5-bracketWidth), provider: NameWidth(providers)}
	room := s.width() - bracketWidth - g.name - 2 - 2 - g.provider
	g.artifacts = widest(slices.DeleteFunc(artifacts, func(text string) bool { return Width(text) > max(room, s.width()/4) }))
	return g
}

// group is the actions of one runOrder: a line each, and lines below for what does not fit, inside the bracket.
func (g graphText) group(group graph.Group) []string {
	var lines []string
	for i, a := range group.Actions {
		action := g.action(a)
		lines = append(lines, bracket(i, len(group.Actions))+action[0])
		for _, below := range action[1:] {
			lines = append(lines, strings.TrimRight(beside(i, len(group.Actions))+below, " "))
		}
	}
	return lines
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

// beside goes on with the bracket below an action.
func beside(i, n int) string {
	if i < n-1 || n == 1 {
		return "  │ "
	}
	return "    "
}

// artifactsOf says which artifacts an action takes and makes.
func artifactsOf(a *graph.Action) string {
	if len(a.Inputs)+len(a.Outputs) == 0 {
		return ""
	}
	return strings.TrimSpace(strings.Join(a.Inputs, ", ") + " -> " + strings.Join(a.Outputs, ", "))
}

const bracketWidth = 4

// action is one line where it fits; what does not fit is on lines below, under the artifacts.
func (g graphText) action(a *graph.Action) []string {
	artifacts, namespace := artifactsOf(a), ""
	if a.Namespace != "" {
		namespace = "#{" + a.Namespace + "}"
	}
	line := pad(Fit(a.Name, g.name), g.name)
	indent := Width(line) + 2
	cells := []cell{{artifacts, g.artifacts, plain}, {a.Provider, g.provider, plain}, {namespace, 0, dim}}
	if Width(artifacts) > g.artifacts { // it has lines of its own, and the columns stay
		cells = cells[1:]
	}
	lines := g.row(line, indent, cells)
	below := func(p paint, text string) {
		for _, part := range Wrap(text, g.width()-bracketWidth-indent) {
			lines = append(lines, strings.Repeat(" ", indent)+g.in(p, part))
		}
	}
	if Width(artifacts) > g.artifacts {
		below(plain, artifacts)
	}
	if len(a.When) > 0 {
		below(dim, "when "+strings.Join(a.When, " and "))
	}
	if len(a.Reads) > 0 {
		below(dim, "reads "+strings.Join(a.Reads, ", "))
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
func (g graphText) row(line string, indent int, cells []cell) []string {
	var lines []string
	width := g.width() - bracketWidth
	column := indent - 2
	for _, c := range cells {
		if c.text == "" && c.width == 0 {
			continue
		}
		trimmed := strings.TrimRight(line, " ")
		switch fits := column+2+Width(c.text) <= width; {
		case !fits && Width(trimmed)+3+Width(c.text) <= width: // out of its column
			line, column = trimmed+" ", Width(trimmed)+1
		case !fits && column > indent:
			lines = append(lines, trimmed)
			line, column = strings.Repeat(" ", indent-2), indent-2
		}
		text := pad(Fit(c.text, width-column-2), c.width)
		line += "  " + g.in(c.paint, text)
		column += 2 + Width(text)
	}
	return append(lines, strings.TrimRight(line, " "))
}
