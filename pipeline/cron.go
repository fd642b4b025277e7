package pipeline

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// cronField is one of the fields of a deployment window's cron expression, in the dialect of Quartz: what numbers and
// names it takes, and which letters beyond them.
type cronField struct {
	name     string
	min, max int
	names    string // of min and the numbers after it, in upper case
	letters  string // that the field takes: ? L W #
}

var cronFields = []cronField{
	{"seconds", 0, 59, "", ""},
	{"minutes", 0, 59, "", ""},
	{"hours", 0, 23, "", ""},
	{"day-of-month", 1, 31, "", "?LW"},
	{"month", 1, 12, "JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC", ""},
	{"day-of-week", 1, 7, "SUN MON TUE WED THU FRI SAT", "?L#"},
	{"year", 1970, 2199, "", ""},
}

const (
	dayOfMonth = 3
	dayOfWeek  = 5
	leastCron  = 6 // fields; the year may be left out
)

// cronProblem says what is wrong with a cron expression, and where in it: bytes from start to end. An empty problem
// means that the expression is right.
func cronProblem(expression string) (problem string, start, end int) {
	words := wordsOf(expression)
	if n := len(words); n < leastCron || n > len(cronFields) {
		return fmt.Sprintf("the cron expression has %s; it needs 6, or 7 with a year", count(n, "field")), 0, len(expression)
	}
	for i, w := range words {
		for _, item := range strings.Split(strings.ToUpper(w.text), ",") {
			if !cronFields[i].accepts(item) {
				return fmt.Sprintf("%s is not right for %s", quote(w.text), cronFields[i].describe()), w.start, w.start + len(w.text)
			}
		}
	}
	if day, weekday := words[dayOfMonth], words[dayOfWeek]; (day.text == "?") == (weekday.text == "?") {
		return `"?" must stand in exactly one of day-of-month and day-of-week`, day.start, weekday.start + len(weekday.text)
	}
	return "", 0, 0
}

// word is a stretch of text between spaces.
type word struct {
	text  string
	start int
}

func wordsOf(text string) []word {
	var words []word
	for from := 0; from < len(text); {
		rest := text[from:]
		skip := len(rest) - len(strings.TrimLeft(rest, " \t"))
		length := strings.IndexAny(rest[skip:]+" ", " \t")
		if length > 0 {
			words = append(words, word{rest[skip : skip+length], from + skip})
		}
		from += skip + length + 1
	}
	return words
}

func (f cronField) describe() string {
	text := fmt.Sprintf("%s: %d to %d", f.name, f.min, f.max)
	if f.names != "" {
		names := strings.Fields(f.names)
		text += ", " + names[0] + " to " + names[len(names)-1]
	}
	return text + `, "*", ranges and lists`
}

// accepts reports whether one entry of a list is right: *, 5, 1-5, */10, MON-FRI, and what the letters allow.
func (f cronField) accepts(item string) bool {
	if item == "?" {
		return strings.Contains(f.letters, "?")
	}
	base, every, stepped := strings.Cut(item, "/")
	if n, err := strconv.Atoi(every); stepped && (err != nil || n < 1 || n > f.max) {
		return false
	}
	from, to, ranged := strings.Cut(base, "-")
	switch {
	case base == "*":
		return true
	case f.acceptsLetters(base):
		return !stepped
	case ranged:
		return f.number(from) >= 0 && f.number(to) >= 0
	}
	return f.number(base) >= 0
}

// acceptsLetters reports whether an entry is one of L, L-3, LW, 15W, 6L and 6#3, where the field takes them.
func (f cronField) acceptsLetters(item string) bool {
	last, nearest := strings.Contains(f.letters, "L"), strings.Contains(f.letters, "W")
	day, nth, counted := strings.Cut(item, "#")
	switch {
	case counted:
		n, err := strconv.Atoi(nth)
		return strings.Contains(f.letters, "#") && f.number(day) >= 0 && err == nil && n >= 1 && n <= 5
	case item == "L":
		return last
	case item == "LW":
		return last && nearest
	case strings.HasPrefix(item, "L-"):
		n, err := strconv.Atoi(item[2:])
		return last && nearest && err == nil && n >= 1 && n <= 30
	case strings.HasSuffix(item, "W"):
		return nearest && f.number(strings.TrimSuffix(item, "W")) >= 0
	case strings.HasSuffix(item, "L"):
		return last && !nearest && f.number(strings.TrimSuffix(item, "L")) >= 0
	}
	return false
}

// number returns what a number or a name stands for, -1 if it is none of this field.
func (f cronField) number(text string) int {
	if i := slices.Index(strings.Fields(f.names), text); i >= 0 {
		return f.min + i
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < f.min || n > f.max || text[0] == '+' {
		return -1
	}
	return n
}

// isTimeZone reports whether a text can name a time zone: Region/City, UTC, UTC+05:30, or an abbreviation of three to
// five letters. Whether there is a city of that name is for the machine that evaluates the rule to know.
func isTimeZone(name string) bool {
	area, city, isPlace := strings.Cut(name, "/")
	if isPlace {
		return isZoneWord(area) && strings.TrimFunc(city, isZoneLetter) == "" && city != ""
	}
	if offset, isOffset := strings.CutPrefix(name, "UTC"); isOffset && offset != "" {
		_, err := time.Parse("-07:00", offset)
		return err == nil
	}
	return len(name) >= 3 && len(name) <= 5 && isZoneWord(name)
}

func isZoneWord(text string) bool {
	return text != "" && strings.TrimFunc(text, func(r rune) bool { return r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' }) == ""
}

func isZoneLetter(r rune) bool {
	return r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || strings.ContainsRune("/_-+", r)
}
