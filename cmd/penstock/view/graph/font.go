package graph

import "strings"

// face is how a text is set. Its widths are those of the widest font among the usual ones, so that a text which fits
// here fits everywhere.
type face struct {
	size int // in pixels
	bold bool
}

var (
	titleFace  = face{20, true}
	stageFace  = face{14, true}
	nameFace   = face{13, true}
	normalFace = face{12, false}
	smallFace  = face{11, false}
)

// em returns how wide a character is, in thousandths of the size.
func em(r rune) int {
	switch {
	case strings.ContainsRune("ijlI'", r):
		return 300
	case strings.ContainsRune(" .,:;/|-·", r):
		return 370
	case strings.ContainsRune("frt()[]\"!", r):
		return 460
	case strings.ContainsRune("cksvxyz_ELFTJ", r):
		return 620
	case strings.ContainsRune("wDGHNOQU#+=<>~&^", r):
		return 840
	case strings.ContainsRune("mMW@%", r):
		return 1010
	case r >= 'A' && r <= 'Z':
		return 700
	case r < 0x80:
		return 640
	case r < 0x1100:
		return 850
	}
	return 1300 // East Asian letters and pictures
}

// width returns how wide a text is at most, in pixels.
func (f face) width(text string) int {
	total := 0
	for _, r := range text {
		total += em(r)
	}
	if f.bold {
		total += total / 8
	}
	return (total*f.size + 999) / 1000
}

const ellipsis = "…"

// fit cuts a text that is too wide, and says so with an ellipsis.
func (f face) fit(text string, width int) string {
	if f.width(text) <= width {
		return text
	}
	runes := []rune(text)
	for len(runes) > 1 && f.width(string(runes)+ellipsis) > width {
		runes = runes[:len(runes)-1]
	}
	return strings.TrimRight(string(runes), " ") + ellipsis
}

// wrap breaks a name into at most n lines, after a mark where there is one late in the line.
func (f face) wrap(text string, width, n int) []string {
	var rows []string
	for len(rows) < n-1 && f.width(text) > width {
		head := f.head(text, width)
		rows = append(rows, strings.TrimRight(head, " "))
		text = text[len(head):]
	}
	return append(rows, f.fit(text, width))
}

// head returns as much of a text as fits in a line.
func (f face) head(text string, width int) string {
	end := len(text)
	for i := range text {
		if i > 0 && f.width(text[:i]) > width {
			break
		}
		end = i
	}
	if mark := strings.LastIndexAny(text[:end], "-_./@ "); mark > end/2 {
		return text[:mark+1]
	}
	return text[:max(end, 1)]
}

// list joins as many words as fit, and counts the others: "A, B +3".
func (f face) list(before string, words []string, width int) string {
	for n := len(words); n > 0; n-- {
		text := before + strings.Join(words[:n], ", ")
		if n < len(words) {
			text += " +" + itoa(len(words)-n)
		}
		if n == 1 || f.width(text) <= width {
			return f.fit(text, width)
		}
	}
	return ""
}
