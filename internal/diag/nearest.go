package diag

import "strings"

// Nearest returns the candidate that the author of word probably meant: the one with the fewest typing errors
// between them (a letter too many, missing, wrong, or two swapped), if those are at most a third of the word. Case
// does not count as an error. Among equals the first candidate wins.
func Nearest(word string, candidates []string) (nearest string, found bool) {
	folded := []rune(strings.ToLower(word))
	best := max(1, len(folded)/3) + 1
	var rows editRows
	for _, candidate := range candidates {
		if candidate == "" || candidate == word {
			continue
		}
		if d := rows.distance(folded, []rune(strings.ToLower(candidate)), best); d < best {
			nearest, best, found = candidate, d, true
		}
	}
	return nearest, found
}

// editRows are the last three rows of the table of edits. They are used again for every candidate: a definition with
// a thousand mistakes asks about a thousand names each time.
type editRows struct{ before, above, row []int }

// distance is the number of edits between a and b (optimal string alignment), or limit if it is not less. It looks
// only at the diagonal of the table as far as limit reaches to both sides, and stops where two rows are beyond it.
func (r *editRows) distance(a, b []rune, limit int) int {
	if len(a)-len(b) >= limit || len(b)-len(a) >= limit {
		return limit
	}
	r.start(len(b)+1, limit)
	least := 0
	for i := range a {
		from, to := max(0, i-limit), min(len(b), i+limit+1)
		r.row[from] = limit
		if from == 0 {
			r.row[0] = i + 1
		}
		above := least
		least = r.row[from]
		for j := from; j < to; j++ {
			r.row[j+1] = min(r.above[j+1]+1, r.row[j]+1, r.above[j]+cost(a[i], b[j]), limit)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				r.row[j+1] = min(r.row[j+1], r.before[j-1]+1)
			}
			least = min(least, r.row[j+1])
		}
		if to < len(b) {
			r.row[to+1] = limit
		}
		if least >= limit && above >= limit {
			return limit
		}
		r.before, r.above, r.row = r.above, r.row, r.before
	}
	return min(r.above[len(b)], limit)
}

// start makes the rows so long, above them the cost of leaving out what stands before a column.
func (r *editRows) start(length, limit int) {
	for len(r.above) < length {
		r.before, r.above, r.row = append(r.before, limit), append(r.above, limit), append(r.row, limit)
	}
	for j := range length {
		r.before[j], r.above[j], r.row[j] = limit, min(j, limit), limit
	}
}

func cost(a, b rune) int {
	if a == b {
		return 0
	}
	return 1
}
