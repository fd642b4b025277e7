package diag

import "strings"

// Nearest returns the candidate that the author of word probably meant: the one with the fewest typing errors
// between them (a letter too many, missing, wrong, or two swapped), if those are at most a third of the word. Case
// does not count as an error. Among equals the first candidate wins.
func Nearest(word string, candidates []string) (nearest string, found bool) {
	folded := []rune(strings.ToLower(word))
	best := max(1, len(folded)/3) + 1
	for _, candidate := range candidates {
		if candidate == "" || candidate == word {
			continue
		}
		if d := distance(folded, []rune(strings.ToLower(candidate)), best); d < best {
			nearest, best, found = candidate, d, true
		}
	}
	return nearest, found
}

// distance is the number of edits between a and b (optimal string alignment), or limit if it is not less.
func distance(a, b []rune, limit int) int {
	if len(a)-len(b) >= limit || len(b)-len(a) >= limit {
		return limit
	}
	before, above, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range above {
		above[j] = j
	}
	for i := range a {
		row[0] = i + 1
		for j := range b {
			row[j+1] = min(above[j+1]+1, row[j]+1, above[j]+cost(a[i], b[j]))
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
		before, above, row = above, row, before
	}
	return min(above[len(b)], limit)
}

func cost(a, b rune) int {
	if a == b {
		return 0
	}
	return 1
}
