package graph

import (
	"fmt"
	"strings"
)

// colours is how many colours wires have. Two wires may share one: names tell them apart.
const colours = 8

func colour(wire int) string { return "w" + itoa(wire%colours) }

// wire draws an artifact's ways from who makes it to each who takes it. What two ways share is drawn once.
func (p *svg) wire(i int) {
	w := &p.wires[i]
	p.linef(`<g class="wire %s"><title>%s</title>`, colour(i), escape(w.describe()))
	if len(w.to) == 0 {
		start := p.start(i)
		p.linef(`<path d="%s"/><circle class="end" cx="%d" cy="%d" r="3"/>`, path(start), start[1].x, start[1].y)
	}
	var drawn [][]point
	for _, to := range w.to {
		way := p.way(i, to)
		shared := 0
		for _, other := range drawn {
			shared = max(shared, sharedLength(way, other))
		}
		drawn = append(drawn, way)
		end := way[len(way)-1]
		p.linef(`<path d="%s"/><path class="head" d="M%d %dl-4 -8h8z"/>`, path(cut(way, shared-round)), end.x, end.y+headLength)
	}
	p.linef("</g>")
}

func (w *wire) describe() string {
	names := make([]string, len(w.artifact.To))
	for i, a := range w.artifact.To {
		names[i] = a.Name
	}
	if len(names) == 0 {
		return fmt.Sprintf("%s, made by %s, taken by nobody", w.artifact.Name, w.artifact.From.Name)
	}
	return fmt.Sprintf("%s, made by %s, taken by %s", w.artifact.Name, w.artifact.From.Name, strings.Join(names, ", "))
}

// path draws a way of straight parts with round corners.
func path(way []point) string {
	var b strings.Builder
	fmt.Fprintf(&b, "M%d %d", way[0].x, way[0].y)
	for i := 1; i < len(way)-1; i++ {
		corner, before, after := way[i], way[i-1], way[i+1]
		r := min(round, length(before, corner), length(corner, after)/2)
		in, out := toward(corner, before, r), toward(corner, after, r)
		fmt.Fprintf(&b, "L%d %dQ%d %d %d %d", in.x, in.y, corner.x, corner.y, out.x, out.y)
	}
	last := way[len(way)-1]
	fmt.Fprintf(&b, "L%d %d", last.x, last.y)
	return b.String()
}

// labels names every wire in each channel where it has a track.
func (p *svg) labels() {
	for i := range p.channels {
		for _, t := range p.channels[i].tracks {
			at := p.label(&p.channels[i], t)
			p.text(textAt{at.x, at.y, "small " + colour(t.wire), at.full}, at.text)
		}
	}
}
