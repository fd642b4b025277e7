package graph

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// TestNothingOverlaps lays out diagrams of many shapes and looks for anything that lies on something else.
func TestNothingOverlaps(t *testing.T) {
	for seed := range uint64(300) {
		l := layOut(randomDiagram(rand.New(rand.NewPCG(seed, 1))))
		for _, problem := range overlaps(l) {
			t.Errorf("seed %d: %s", seed, problem)
		}
		if t.Failed() {
			return
		}
	}
}

func randomDiagram(r *rand.Rand) Diagram {
	d := Diagram{Name: "random", Mode: "QUEUED"}
	var made []string
	for range 2 + r.IntN(8) {
		stage := Stage{Name: strings.Repeat("Stage", 1+r.IntN(9))}
		for runOrder := range 1 + r.IntN(3) {
			group := Group{RunOrder: runOrder + 1}
			known := made
			for range 1 + r.IntN(1+r.IntN(9)) {
				action := &Action{Name: "Action", Category: "Build", Provider: "CodeBuild", Reads: known[:min(len(known), r.IntN(2))]}
				for range r.IntN(4) {
					name := fmt.Sprintf("%s%d", strings.Repeat("Artifact", 1+r.IntN(4)), len(made))
					action.Outputs, made = append(action.Outputs, name), append(made, name)
				}
				for range r.IntN(6) {
					if len(known) > 0 {
						action.Inputs = append(action.Inputs, known[r.IntN(len(known))])
					}
				}
				group.Actions = append(group.Actions, action)
			}
			stage.Groups = append(stage.Groups, group)
		}
		d.Stages = append(d.Stages, stage)
	}
	d.Artifacts = artifactsOf(d.Stages)
	return d
}

// area is a rectangle; a line is one without width or height.
type area struct {
	left, top, right, bottom int
	what                     string
	wire                     int
}

func (a area) meets(b area) bool {
	return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom
}

func overlaps(l *layout) []string {
	boxes, labels, lines := boxAreas(l), labelAreas(l), lineAreas(l)
	var problems []string
	check := func(as, bs []area, apart func(a, b area) bool) {
		for i, a := range as {
			for j, b := range bs {
				same := len(as) == len(bs) && &as[0] == &bs[0]
				if same && j <= i || apart(a, b) {
					continue
				}
				problems = append(problems, fmt.Sprintf("%+v and %+v", a, b))
			}
		}
	}
	apart := func(a, b area) bool { return !a.meets(b) }
	check(boxes, boxes, apart)
	check(boxes, labels, apart)
	check(labels, labels, apart)
	check(boxes, lines, apart)
	check(labels, lines, apart)
	check(lines, lines, func(a, b area) bool { return a.wire == b.wire || !onEachOther(a, b) })
	for _, a := range append(append(boxes, labels...), lines...) {
		if a.left < margin || a.right > l.right() || a.bottom > l.height {
			problems = append(problems, fmt.Sprintf("outside: %+v", a))
		}
	}
	return problems
}

// onEachOther reports whether two lines run in one direction, on one another. Crossing is allowed.
func onEachOther(a, b area) bool {
	upright := func(a area) bool { return a.bottom-a.top > a.right-a.left }
	return upright(a) == upright(b) && a.meets(b)
}

func boxAreas(l *layout) []area {
	var areas []area
	for i := range l.rows {
		r := &l.rows[i]
		for column := range r.actions {
			x := l.boxX(column)
			areas = append(areas, area{x, r.top, x + boxWidth, r.bottom(), "box", -1})
		}
	}
	return areas
}

func labelAreas(l *layout) []area {
	var areas []area
	for i := range l.channels {
		for _, t := range l.channels[i].tracks {
			at := l.label(&l.channels[i], t)
			areas = append(areas, area{at.x, at.y - 8, at.x + smallFace.width(at.text), at.y + 3, "label " + at.text, t.wire})
		}
	}
	return areas
}

// lineAreas are the straight parts of all ways, as wide as they are drawn.
func lineAreas(l *layout) []area {
	var areas []area
	for i := range l.wires {
		ways := [][]point{l.start(i)}
		for _, to := range l.wires[i].to {
			ways = append(ways, l.way(i, to))
		}
		for _, way := range ways {
			for j := 1; j < len(way); j++ {
				a, b := way[j-1], way[j]
				areas = append(areas, area{
					min(a.x, b.x) - 1, min(a.y, b.y), max(a.x, b.x) + 1, max(a.y, b.y) + 1, "line", i,
				})
			}
		}
	}
	return areas
}
