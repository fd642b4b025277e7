package graph

// label is the name of a wire in one channel: at who makes it, or at the first who takes it.
type label struct {
	x, y       int // of the beginning of its base line
	text, full string
}

func (l *layout) label(c *channel, t *track) label {
	at := t.labelPort()
	text := label{x: c.labelStart(t, at), y: t.y + 4, full: l.wires[t.wire].artifact.Name}
	if t.lastX() > at.x {
		text.y = t.y - 4 // the wire goes on below its name
	}
	text.text = smallFace.fit(text.full, l.labelEnd(at.column)-text.x)
	return text
}

// labelPort is the port that bears the name.
func (t *track) labelPort() port {
	first := t.ports[0]
	for _, p := range t.ports {
		if p.above {
			return p
		}
		if p.column < first.column {
			first = p
		}
	}
	return first
}

// labelEnd is where a label in a column ends: before the ports of the next one.
func (l *layout) labelEnd(column int) int {
	if column == l.columns-1 {
		return l.boxX(column) + boxWidth
	}
	return l.boxX(column+1) + portInset - 8
}

// labelStart is where the label of a track begins: right of its port, and of all that pass there.
func (c *channel) labelStart(of *track, at port) int {
	x := at.x
	for _, t := range c.tracks {
		for _, p := range t.ports {
			if p.column == at.column && p.x > x && c.passes(t, p, of.y) {
				x = p.x
			}
		}
	}
	return x + 7
}

// passes reports whether the way between a port and its track comes near a height.
func (c *channel) passes(t *track, p port, y int) bool {
	const near = 8
	if p.above {
		return y <= t.y+near
	}
	return y >= t.y-near
}
