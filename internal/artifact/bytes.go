package artifact

import "fmt"

// Bytes prints a size for people, in the decimal units of disks: 14 kB, 3.1 MB.
func Bytes(n int64) string {
	const kilo = 1000
	if n < kilo {
		return fmt.Sprintf("%d B", n)
	}
	value, unit := float64(n), ""
	for _, unit = range []string{"kB", "MB", "GB", "TB"} {
		// Rounding must not print 1000 of a unit.
		if value /= kilo; value < 999.5 {
			break
		}
	}
	if value < 9.95 {
		return fmt.Sprintf("%.1f %s", value, unit)
	}
	return fmt.Sprintf("%.0f %s", value, unit)
}
