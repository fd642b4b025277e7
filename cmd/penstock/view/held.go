package view

// Held keeps lines back while the terminal is somebody else's. The zero Held keeps none back. Whoever has one locks it.
type Held struct {
	holding bool
	lines   []string
}

// Begin keeps lines back from now on.
func (h *Held) Begin() { h.holding = true }

// Add returns the lines to print: none while they are kept back.
func (h *Held) Add(lines []string) []string {
	if !h.holding {
		return lines
	}
	h.lines = append(h.lines, lines...)
	return nil
}

// End returns what was kept back, and keeps nothing back any more.
func (h *Held) End() []string {
	lines := h.lines
	h.holding, h.lines = false, nil
	return lines
}
