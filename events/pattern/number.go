package pattern

import (
	"strconv"
	"strings"
)

// EventBridge compares numbers from -5.0e9 to 5.0e9 with six digits after the point ("Numeric matching" in event-ruler's
// README): as millionths they are whole, and exact in 64 bits.
const (
	decimals = 6
	largest  = 5e9 * 1e6 // in millionths
)

// millionths returns the value of a JSON number. ok is false where EventBridge does not compare it: it is too large, or
// has more digits after the point. Such a number only ever equals one that is written the same way.
func millionths(number string) (n int64, ok bool) {
	mantissa, exponent := number, 0
	if at := strings.IndexAny(number, "eE"); at >= 0 {
		mantissa = number[:at]
		exponent = clampedInt(number[at+1:])
	}
	mantissa, negative := strings.CutPrefix(mantissa, "-")
	whole, fraction, _ := strings.Cut(mantissa, ".")
	digits := strings.TrimLeft(whole+fraction, "0")
	if digits == "" {
		return 0, true
	}
	significant := strings.TrimRight(digits, "0")
	shift := decimals - len(fraction) + exponent + len(digits) - len(significant) // zeros to append
	if shift < 0 || len(significant)+shift > len("5000000000000000") {
		return 0, false
	}
	n, err := strconv.ParseInt(significant+strings.Repeat("0", shift), 10, 64)
	if err != nil || n > largest {
		return 0, false
	}
	if negative {
		n = -n
	}
	return n, true
}

// clampedInt reads an exponent. One of more than a million is as good as any other of its sign.
func clampedInt(digits string) int {
	const most = 1_000_000
	n, _ := strconv.Atoi(digits) // beyond its range it returns the end of the range
	return max(-most, min(n, most))
}
