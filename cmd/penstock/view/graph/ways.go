package graph

// point is a corner of a wire.
type point struct{ x, y int }

const (
	round      = 6 // radius of a corner
	headLength = 6 // of an arrow, beyond its line
)

// start is where a wire leaves who makes its artifact, down to its track.
func (l *layout) start(wire int) []point {
	from := l.wires[wire].from
	first := l.trackOf(from.row+1, wire)
	x := first.port(from.column, true)
	return []point{{x, l.rows[from.row].bottom()}, {x, first.y}}
}

// way is a wire's way to one place.
func (l *layout) way(wire int, to spot) []point {
	way := l.start(wire)
	t := l.trackOf(to.row, wire)
	if t != l.trackOf(l.wires[wire].from.row+1, wire) {
		lane := l.laneX(l.wires[wire].lane)
		way = append(way, point{lane, way[1].y}, point{lane, t.y})
	}
	x := t.port(to.column, false)
	return distinct(append(way, point{x, t.y}, point{x, l.rows[to.row].top - headLength}))
}

func (l *layout) trackOf(channel, wire int) *track {
	for _, t := range l.channels[channel].tracks {
		if t.wire == wire {
			return t
		}
	}
	return &track{} // cannot happen: addWire made one wherever a wire goes
}

// port returns where the track meets the box in a column.
func (t *track) port(column int, above bool) int {
	for _, p := range t.ports {
		if p.column == column && p.above == above {
			return p.x
		}
	}
	return 0
}

// distinct leaves out points that are no corners.
func distinct(way []point) []point {
	out := way[:1:1]
	for _, q := range way[1:] {
		last := len(out) - 1
		if q == out[last] {
			continue
		}
		if last > 0 && (out[last-1].x == out[last].x) == (out[last].x == q.x) {
			out = out[:last]
		}
		out = append(out, q)
	}
	return out
}

// sharedLength is how far two ways that begin at one point are the same.
func sharedLength(a, b []point) int {
	shared := 0
	for i := 1; i < min(len(a), len(b)); i++ {
		if a[i] == b[i] {
			shared += length(a[i-1], a[i])
			continue
		}
		from := a[i-1]
		if toward(from, a[i], 1) == toward(from, b[i], 1) {
			shared += min(length(from, a[i]), length(from, b[i]))
		}
		break
	}
	return shared
}

// cut leaves out the beginning of a way.
func cut(way []point, distance int) []point {
	for len(way) > 2 && distance >= length(way[0], way[1]) {
		distance -= length(way[0], way[1])
		way = way[1:]
	}
	if distance <= 0 {
		return way
	}
	return append([]point{toward(way[0], way[1], distance)}, way[1:]...)
}

// length is the distance of two points, one right above or beside the other.
func length(a, b point) int { return max(a.x-b.x, b.x-a.x) + max(a.y-b.y, b.y-a.y) }

// toward returns the point that is so far from one on the way to another.
func toward(from, to point, distance int) point {
	return point{from.x + sign(to.x-from.x)*distance, from.y + sign(to.y-from.y)*distance}
}

func sign(n int) int {
	switch {
	case n > 0:
		return 1
	case n < 0:
		return -1
	}
	return 0
}
