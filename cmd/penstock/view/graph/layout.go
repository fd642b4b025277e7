package graph

import "strconv"

// Distances, in pixels.
const (
	margin     = 20
	panelPad   = 16
	sideWidth  = 172 // of a stage's name and conditions
	railOffset = 22  // of the line of runOrders, right of these
	lanePitch  = 12
	boxWidth   = 236
	boxGap     = 20
	levelPitch = 20 // between the lines that run across
	portInset  = 28
	portPitch  = 14
	panelGap   = 14
	rowLimit   = 4 // actions side by side; more go on in the next row
)

// layout is a diagram with a place for everything. Time goes down: stages are panels, groups are rows in them, the
// actions of a group are side by side. An artifact's wire leaves its producer downwards, runs across in the channel
// between two rows, and goes further down only in a lane left of all boxes: so no wire meets a box, and no two wires
// lie on each other.
type layout struct {
	diagram  Diagram
	columns  int
	rows     []row
	place    map[*Action]spot
	wires    []wire
	channels []channel // channel i is above row i; the last is below all rows
	lanes    int
	panels   []panel
	bands    []band
	header   []headerLine
	height   int
}

// row is one row of boxes. A group of many actions has several.
type row struct {
	stage, group int
	first, last  bool // of its group
	actions      []*Action
	top, height  int
}

func (r *row) bottom() int { return r.top + r.height }

// spot is the place of a box.
type spot struct{ row, column int }

// panel is the ground of a stage.
type panel struct{ top, bottom int }

// band is the ground of actions that run in parallel.
type band struct{ top, bottom, columns int }

func layOut(d Diagram) *layout {
	l := &layout{diagram: d, place: map[*Action]spot{}}
	l.addRows()
	l.wire()
	l.stack()
	return l
}

// addRows cuts the groups into rows.
func (l *layout) addRows() {
	for i := range l.diagram.Stages {
		for j := range l.diagram.Stages[i].Groups {
			actions := l.diagram.Stages[i].Groups[j].Actions
			rows := (len(actions) + rowLimit - 1) / rowLimit
			each := (len(actions) + rows - 1) / rows
			for from := 0; from < len(actions); from += each {
				to := min(from+each, len(actions))
				l.addRow(row{stage: i, group: j, first: from == 0, last: to == len(actions), actions: actions[from:to]})
			}
		}
	}
}

func (l *layout) addRow(r row) {
	for column, a := range r.actions {
		l.place[a] = spot{len(l.rows), column}
		r.height = max(r.height, boxHeight(a))
	}
	l.columns = max(l.columns, len(r.actions))
	l.rows = append(l.rows, r)
}

func boxHeight(a *Action) int {
	height := 46
	if a.Namespace != "" {
		height += 15
	}
	if len(a.When) > 0 {
		height += 15
	}
	if len(a.Reads) > 0 {
		height += 15
	}
	return height
}

// stack gives everything its height, from the top down.
func (l *layout) stack() {
	y := l.stackHeader()
	for i := range l.rows {
		r := &l.rows[i]
		c := &l.channels[i]
		if starts := i == 0 || l.rows[i-1].stage != r.stage; starts {
			l.panels = append(l.panels, panel{top: y})
		} else if r.first {
			y += panelGap
		}
		r.top = y + c.lowerHeight()
		if r.first { // the first row is never shorter than the others
			l.bands = append(l.bands, band{top: r.top - 7, columns: len(r.actions)})
		}
		y = r.bottom() + l.channels[i+1].upperHeight()
		if r.last {
			l.bands[len(l.bands)-1].bottom = r.bottom() + 7
		}
		if i == len(l.rows)-1 || l.rows[i+1].stage != r.stage {
			p := &l.panels[len(l.panels)-1]
			p.bottom = max(y, p.top+l.sideHeight(&l.diagram.Stages[r.stage]))
			y = p.bottom + panelGap
		}
	}
	l.height = y + 24
	l.level()
}

// sideHeight is how much room a stage's name and conditions need.
func (l *layout) sideHeight(s *Stage) int {
	height := 22 + 18*len(stageFace.wrap(s.Name, sideWidth, 2))
	for _, c := range s.Conditions {
		height += 18
		if len(c.details()) > 0 {
			height += 15
		}
	}
	return height
}

func (l *layout) railX() int { return margin + panelPad + sideWidth + railOffset }

// laneX is where a lane runs: the nearest to the boxes first.
func (l *layout) laneX(lane int) int { return l.boxX(0) - 14 - lane*lanePitch }

func (l *layout) boxX(column int) int {
	return l.railX() + 28 + l.lanes*lanePitch + column*(boxWidth+boxGap)
}

func (l *layout) right() int { return l.boxX(l.columns-1) + boxWidth + panelPad }

func (l *layout) width() int { return l.right() + margin }

// headerLine is a line of text above the stages.
type headerLine struct {
	y     int
	label string // what the line says: "variables"
	text  string
	full  string
}

const headerInset = 84 // of what follows a label

// stackHeader places the variables and triggers, and returns where the stages begin.
func (l *layout) stackHeader() int {
	y := 66
	add := func(name string, texts []string) {
		for i, text := range texts {
			h := headerLine{y: y, text: smallFace.fit(text, l.right()-margin-headerInset), full: text}
			if i == 0 {
				h.label = name
			}
			l.header = append(l.header, h)
			y += 16
		}
	}
	add("variables", smallFace.fill(l.diagram.Variables, l.right()-margin-headerInset))
	add("triggers", l.diagram.Triggers)
	return y + 2
}

// fill joins words to lines.
func (f face) fill(words []string, width int) []string {
	const between = " · "
	var rows []string
	for _, word := range words {
		if n := len(rows); n > 0 && f.width(rows[n-1]+between+word) <= width {
			rows[n-1] += between + word
			continue
		}
		rows = append(rows, word)
	}
	return rows
}

func itoa(n int) string { return strconv.Itoa(n) }
