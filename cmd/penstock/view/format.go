package view

import (
	"fmt"
	"strings"
	"time"
)

// Duration writes a duration as 0.1s, 2m03s or 1h02m.
func Duration(d time.Duration) string {
	d = max(d, 0)
	switch tenths := d.Round(100 * time.Millisecond); {
	case tenths < time.Minute:
		return fmt.Sprintf("%.1fs", tenths.Seconds())
	case d.Round(time.Second) < time.Hour:
		d = d.Round(time.Second)
		return fmt.Sprintf("%dm%02ds", d/time.Minute, d%time.Minute/time.Second)
	}
	d = d.Round(time.Minute)
	return fmt.Sprintf("%dh%02dm", d/time.Hour, d%time.Hour/time.Minute)
}

// wait writes how long something may still take, in its largest unit.
func wait(d time.Duration) string {
	switch {
	case d >= 48*time.Hour:
		return fmt.Sprintf("%d days", d.Round(24*time.Hour)/(24*time.Hour))
	case d >= 2*time.Hour:
		return fmt.Sprintf("%d hours", d.Round(time.Hour)/time.Hour)
	}
	return fmt.Sprintf("%d minutes", max(d.Round(time.Minute), time.Minute)/time.Minute)
}

// Bytes writes a size in decimal units: 14 kB, 3.1 MB.
func Bytes(n int64) string {
	if n < 1000 {
		return fmt.Sprintf("%d B", n)
	}
	value, unit := float64(n), 0
	for value >= 999.5 && unit < len(units)-1 {
		value /= 1000
		unit++
	}
	if value < 9.95 {
		return fmt.Sprintf("%.1f %s", value, units[unit])
	}
	return fmt.Sprintf("%.0f %s", value, units[unit])
}

var units = []string{"B", "kB", "MB", "GB", "TB"}

// count writes a number with its noun in the right form.
func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// ShortID is the part of an identity that people read and type.
func ShortID(id string) string { return head(id, 8) }

func head(text string, n int) string {
	if len(text) <= n {
		return text
	}
	return text[:n]
}

// firstLine is the first line of a message, without what a terminal would act on.
func firstLine(text string) string {
	line, _, _ := strings.Cut(strings.TrimLeft(text, "\r\n "), "\n")
	return Clean(line)
}
