package graph

import (
	"cmp"
	"slices"
)

// wire is the way of one artifact.
type wire struct {
	artifact *Artifact
	from     spot
	to       []spot
	lane     int // none where all who take it are in the next row
}

const noLane = -1

// channel is the room between two rows. The wires that come from the row above run across in its upper half, those
// that only go to the row below in its lower half.
type channel struct {
	above, below *row
	tracks       []*track
	upper, lower int // levels
}

// track is the part of a wire that runs across in one channel.
type track struct {
	wire  int
	lane  bool // it goes on to the wire's lane
	ports []port
	level int
	y     int
}

// port is where a track meets a box.
type port struct {
	column int
	above  bool // the box is above: it makes the artifact
	x      int
}

func (c *channel) upperHeight() int { return max(14, c.upper*levelPitch+14) }

func (c *channel) lowerHeight() int { return max(18, c.lower*levelPitch+20) }

// wire finds a way for every artifact.
func (l *layout) wire() {
	l.channels = make([]channel, len(l.rows)+1)
	for i := range l.rows {
		l.channels[i].below, l.channels[i+1].above = &l.rows[i], &l.rows[i]
	}
	for i := range l.diagram.Artifacts {
		l.addWire(&l.diagram.Artifacts[i])
	}
	l.assignLanes()
	for i := range l.channels {
		l.assignPorts(&l.channels[i])
		l.assignLevels(&l.channels[i])
	}
}

func (l *layout) addWire(a *Artifact) {
	w := wire{artifact: a, from: l.place[a.From], lane: noLane}
	index := len(l.wires)
	first := l.track(w.from.row+1, index)
	first.ports = append(first.ports, port{column: w.from.column, above: true})
	for _, to := range a.To {
		at := l.place[to]
		w.to = append(w.to, at)
		t := l.track(at.row, index)
		t.ports = append(t.ports, port{column: at.column})
		if t != first {
			t.lane, first.lane = true, true
		}
	}
	l.wires = append(l.wires, w)
}

// track returns the wire's track in a channel.
func (l *layout) track(channel, wire int) *track {
	c := &l.channels[channel]
	for _, t := range c.tracks {
		if t.wire == wire {
			return t
		}
	}
	t := &track{wire: wire}
	c.tracks = append(c.tracks, t)
	return t
}

// lastChannel is where a wire ends.
func (w *wire) lastChannel() int {
	last := w.from.row + 1
	for _, to := range w.to {
		last = max(last, to.row)
	}
	return last
}

// assignLanes gives lanes to wires that pass a row: the nearest free one, short wires first.
func (l *layout) assignLanes() {
	var passing []*wire
	for i := range l.wires {
		if w := &l.wires[i]; w.lastChannel() > w.from.row+1 {
			passing = append(passing, w)
		}
	}
	slices.SortStableFunc(passing, func(a, b *wire) int {
		return cmp.Compare(a.lastChannel()-a.from.row, b.lastChannel()-b.from.row)
	})
	var lanes [][]*wire
	for _, w := range passing {
		w.lane = 0
		for w.lane < len(lanes) && slices.ContainsFunc(lanes[w.lane], w.meets) {
			w.lane++
		}
		if w.lane == len(lanes) {
			lanes = append(lanes, nil)
		}
		lanes[w.lane] = append(lanes[w.lane], w)
	}
	l.lanes = len(lanes)
}

// meets reports whether two wires cannot have one lane.
func (w *wire) meets(other *wire) bool {
	return w.from.row+1 <= other.lastChannel() && other.from.row+1 <= w.lastChannel()
}

// assignPorts places the ports along the boxes: every wire has its own place in a column, and the same one above and
// below, so that it goes straight down where it can.
func (l *layout) assignPorts(c *channel) {
	for column := range l.columns {
		var here []*track
		for _, t := range c.tracks {
			if t.sides(column) != 0 {
				here = append(here, t)
			}
		}
		slices.SortStableFunc(here, func(a, b *track) int { return cmp.Compare(b.sides(column), a.sides(column)) })
		pitch := portPitch
		if n := len(here); n > 1 {
			pitch = min(pitch, boxWidth*6/10/(n-1))
		}
		for i, t := range here {
			for j := range t.ports {
				if t.ports[j].column == column {
					t.ports[j].x = l.boxX(column) + portInset + i*pitch
				}
			}
		}
	}
}

// sides says where a track has ports in a column: 0 nowhere, 1 below, 2 above, 3 both.
func (t *track) sides(column int) int {
	sides := 0
	for _, p := range t.ports {
		switch {
		case p.column != column:
		case p.above:
			sides |= 2
		default:
			sides |= 1
		}
	}
	return sides
}

func (t *track) isUpper() bool {
	return slices.ContainsFunc(t.ports, func(p port) bool { return p.above })
}

func (t *track) endsBelow() bool {
	return slices.ContainsFunc(t.ports, func(p port) bool { return !p.above })
}

// extent is how far a track reaches to both sides, its label included.
func (t *track) extent(l *layout) (left, right int) {
	left, right = t.ports[0].x, t.ports[0].x
	for _, p := range t.ports {
		left, right = min(left, p.x), max(right, p.x, l.labelEnd(p.column))
	}
	if t.lane {
		left = l.laneX(l.wires[t.wire].lane)
	}
	return left, right
}

// lastX is the place of the rightmost port.
func (t *track) lastX() int {
	x := 0
	for _, p := range t.ports {
		x = max(x, p.x)
	}
	return x
}

// assignLevels orders the tracks of a channel so that few cross: what leaves to the left is lower the further right
// it comes from; what arrives from the left is higher the further right it goes.
func (l *layout) assignLevels(c *channel) {
	slices.SortStableFunc(c.tracks, func(a, b *track) int {
		if rank := cmp.Compare(a.rank(), b.rank()); rank != 0 {
			return rank
		}
		if a.isUpper() {
			return cmp.Compare(a.lastX(), b.lastX())
		}
		return cmp.Compare(b.lastX(), a.lastX())
	})
	var upper, lower levels
	for _, t := range c.tracks {
		if t.isUpper() {
			t.level = upper.add(t.extent(l))
		} else {
			t.level = lower.add(t.extent(l))
		}
	}
	c.upper, c.lower = len(upper), len(lower)
}

// rank orders the kinds of tracks in a channel.
func (t *track) rank() int {
	switch {
	case !t.endsBelow():
		return 0
	case t.isUpper():
		return 1
	}
	return 2
}

// levels are the extents that are taken on each level.
type levels [][][2]int

// add puts an extent on the last level where it is free there, on a new one otherwise.
func (s *levels) add(left, right int) int {
	const apart = 6
	last := len(*s) - 1
	for i := 0; last >= 0 && i < len((*s)[last]); i++ {
		if taken := (*s)[last][i]; left < taken[1]+apart && taken[0] < right+apart {
			last = -1
		}
	}
	if last < 0 {
		*s = append(*s, nil)
		last = len(*s) - 1
	}
	(*s)[last] = append((*s)[last], [2]int{left, right})
	return last
}

// level gives every track its height.
func (l *layout) level() {
	for i := range l.channels {
		c := &l.channels[i]
		for _, t := range c.tracks {
			if t.isUpper() {
				t.y = c.above.bottom() + levelPitch*(t.level+1)
			} else {
				t.y = c.below.top - levelPitch*(c.lower-t.level)
			}
		}
	}
}
