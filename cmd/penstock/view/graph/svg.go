package graph

import (
	"encoding/xml"
	"fmt"
	"strings"
)

// SVG returns the diagram as a picture: one file that needs no other, as wide as it must be, that follows the light
// and dark scheme of whoever shows it.
func (d Diagram) SVG() []byte {
	l := layOut(d)
	p := &svg{layout: l}
	p.linef(`<svg xmlns="http://www.w3.org/2000/svg" class="penstock" viewBox="0 0 %d %d" width="%d" height="%d" role="img" aria-labelledby="penstock-title penstock-desc">`,
		l.width(), l.height, l.width(), l.height)
	p.linef(`<title id="penstock-title">Pipeline %s</title>`, escape(d.Name))
	p.linef(`<desc id="penstock-desc">%s</desc>`, escape(d.describe()))
	p.linef("<style>\n%s</style>", stylesheet)
	p.linef(`<rect class="page" width="%d" height="%d" rx="10"/>`, l.width(), l.height)
	p.header()
	for i := range l.panels {
		p.panel(i)
	}
	p.ground()
	p.rail()
	for i := range l.wires {
		p.wire(i)
	}
	p.labels()
	for i := range l.rows {
		for column, a := range l.rows[i].actions {
			p.box(l.boxX(column), &l.rows[i], a)
		}
	}
	p.text(textAt{x: margin, y: l.height - 10, class: "small dim"}, "Numbers are runOrder; actions on shaded ground run in parallel; coloured lines are artifacts.")
	p.linef("</svg>")
	return []byte(p.out.String())
}

// svg writes a picture.
type svg struct {
	*layout
	out strings.Builder
}

func (p *svg) linef(format string, args ...any) {
	fmt.Fprintf(&p.out, format, args...)
	p.out.WriteByte('\n')
}

// textAt is where and how a text is set. A text that was cut keeps its whole in a title.
type textAt struct {
	x, y  int
	class string
	full  string
}

func (p *svg) text(at textAt, text string) {
	title := ""
	if at.full != "" && at.full != text {
		title = "<title>" + escape(at.full) + "</title>"
	}
	p.linef(`<text x="%d" y="%d" class="%s">%s%s</text>`, at.x, at.y, at.class, title, escape(text))
}

func escape(text string) string {
	var b strings.Builder
	if err := xml.EscapeText(&b, []byte(text)); err != nil {
		return "" // cannot happen: a Builder takes everything
	}
	return b.String()
}

func (p *svg) header() {
	d := p.diagram
	facts := strings.Join(append(d.facts(), counted(len(d.Stages), "stage"), counted(d.Actions(), "action")), " · ")
	room := p.right() - margin
	p.text(textAt{margin, 32, "title", d.Name}, titleFace.fit(d.Name, room))
	p.text(textAt{margin, 50, "normal dim", facts}, normalFace.fit(facts, room))
	for _, h := range p.layout.header {
		p.text(textAt{x: margin, y: h.y, class: "small dim"}, h.label)
		p.text(textAt{margin + headerInset, h.y, "small", h.full}, h.text)
	}
}

func counted(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return itoa(n) + " " + noun + "s"
}

// panel is a stage's ground, with its name and conditions.
func (p *svg) panel(i int) {
	at, stage := p.panels[i], &p.diagram.Stages[i]
	p.linef(`<rect class="panel" x="%d" y="%d" width="%d" height="%d" rx="8"/>`, margin, at.top, p.right()-margin, at.bottom-at.top)
	y := at.top + 26
	for _, row := range stageFace.wrap(stage.Name, sideWidth, 2) {
		p.text(textAt{margin + panelPad, y, "stage", stage.Name}, row)
		y += 18
	}
	for _, c := range stage.Conditions {
		y = p.condition(y, c)
	}
}

func (p *svg) condition(y int, c Condition) int {
	const inset = 14
	x, room := margin+panelPad, sideWidth-inset
	p.linef(`<path class="condition" d="M%d %dl4 -5l4 5l-4 5z"/>`, x, y-2)
	head := c.When
	if c.Result != "" {
		head += " · " + c.Result
	}
	p.text(textAt{x + inset, y + 2, "small", c.String()}, smallFace.fit(head, room))
	if details := c.details(); len(details) > 0 {
		y += 15
		p.text(textAt{x + inset, y + 2, "small dim", c.String()}, smallFace.list("", details, room))
	}
	return y + 18
}

// ground shades actions that run in parallel.
func (p *svg) ground() {
	group := -1
	for i := range p.rows {
		r := &p.rows[i]
		if !r.first {
			continue
		}
		group++
		if r.last && len(r.actions) == 1 {
			continue
		}
		at := p.bands[group]
		p.linef(`<rect class="band" x="%d" y="%d" width="%d" height="%d" rx="8"/>`,
			p.railX()+16, at.top, p.boxX(at.columns-1)+boxWidth+8-p.railX()-16, at.bottom-at.top)
	}
}

// rail is the line of runOrders: what comes after what.
func (p *svg) rail() {
	x, before := p.railX(), 0
	for i := range p.rows {
		r := &p.rows[i]
		if !r.first {
			continue
		}
		y := r.top + r.height/2
		if before > 0 {
			p.linef(`<path class="rail" d="M%d %dV%d"/><path class="railhead" d="M%d %dl-4 -7h8z"/>`, x, before+10, y-14, x, y-11)
		}
		before = y
		group := p.diagram.Stages[r.stage].Groups[r.group]
		title := "runOrder " + itoa(group.RunOrder)
		if n := len(group.Actions); n > 1 {
			title += ", " + itoa(n) + " actions in parallel"
		}
		p.linef(`<g><title>%s</title><circle class="order" cx="%d" cy="%d" r="10"/><text class="number" x="%d" y="%d">%d</text></g>`,
			title, x, y, x, y+4, group.RunOrder)
	}
}

// box is an action.
func (p *svg) box(x int, r *row, a *Action) {
	const inset = 14
	p.linef(`<g><title>%s</title>`, escape(a.describe()))
	p.linef(`<rect class="box" x="%d" y="%d" width="%d" height="%d" rx="6"/>`, x, r.top, boxWidth, r.height)
	p.linef(`<path class="%s" d="M%d %da6 6 0 0 1 6 -6v%da6 6 0 0 1 -6 -6z"/>`, categoryClass(a.Category), x, r.top+6, r.height)
	left, room, y := x+inset, boxWidth-inset-8, r.top+20
	p.text(textAt{x: left, y: y, class: "name"}, nameFace.fit(a.Name, room))
	y += 17
	p.text(textAt{x: left, y: y, class: "normal dim"}, a.shortKind(room))
	if a.Namespace != "" {
		y += 15
		p.text(textAt{x: left, y: y, class: "small sets"}, smallFace.fit("sets "+a.Namespace, room))
	}
	if len(a.When) > 0 {
		y += 15
		p.text(textAt{x: left, y: y, class: "small dim"}, smallFace.list("when ", a.When, room))
	}
	if len(a.Reads) > 0 {
		y += 15
		p.text(textAt{x: left, y: y, class: "small dim"}, smallFace.list("reads ", a.Reads, room))
	}
	p.linef("</g>")
}

// shortKind leaves the category to the edge's colour and the title where there is no room for it.
func (a *Action) shortKind(room int) string {
	if normalFace.width(a.kind()) <= room {
		return a.kind()
	}
	return normalFace.fit(a.Provider, room)
}

// categoryClass is the class of an action's edge; categories that nobody knows have the plain one.
func categoryClass(category string) string {
	switch category {
	case "Source", "Build", "Test", "Deploy", "Approval", "Invoke", "Compute":
		return "edge " + strings.ToLower(category)
	}
	return "edge"
}

// describe says all about an action that a picture may have cut.
func (a *Action) describe() string {
	parts := []string{a.Name + " (" + a.kind() + ")"}
	if len(a.Inputs) > 0 {
		parts = append(parts, "takes "+strings.Join(a.Inputs, ", "))
	}
	if len(a.Outputs) > 0 {
		parts = append(parts, "makes "+strings.Join(a.Outputs, ", "))
	}
	if a.Namespace != "" {
		parts = append(parts, "sets variables "+a.Namespace)
	}
	if len(a.When) > 0 {
		parts = append(parts, "when "+strings.Join(a.When, " and "))
	}
	if len(a.Reads) > 0 {
		parts = append(parts, "reads "+strings.Join(a.Reads, ", "))
	}
	return strings.Join(parts, "; ")
}

// describe says the whole diagram in words, for who cannot see it.
func (d Diagram) describe() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s, %s mode.", counted(len(d.Stages), "stage"), d.Mode)
	for _, trigger := range d.Triggers {
		b.WriteString(" Trigger: " + trigger + ".")
	}
	for _, stage := range d.Stages {
		b.WriteString(" Stage " + stage.Name + ": ")
		for i, group := range stage.Groups {
			if i > 0 {
				b.WriteString(", then ")
			}
			b.WriteString(group.describe())
		}
		for _, c := range stage.Conditions {
			b.WriteString(", " + c.String())
		}
		b.WriteByte('.')
	}
	return b.String()
}

func (g *Group) describe() string {
	names := make([]string, len(g.Actions))
	for i, a := range g.Actions {
		names[i] = a.describe()
	}
	if len(names) == 1 {
		return names[0]
	}
	return "in parallel " + strings.Join(names, " and ")
}
