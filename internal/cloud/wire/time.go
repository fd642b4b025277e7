package wire

import (
	"math"
	"strconv"
	"time"
)

// Time is a time in JSON: seconds since 1970, with parts of them.
type Time struct{ time.Time }

// MarshalJSON is that of json.Marshaler, to the millisecond, which is all that AWS keeps.
func (t Time) MarshalJSON() ([]byte, error) {
	return strconv.AppendFloat(nil, float64(t.UnixMilli())/1e3, 'f', -1, 64), nil
}

// UnmarshalJSON is that of json.Unmarshaler.
func (t *Time) UnmarshalJSON(text []byte) error {
	if string(text) == "null" {
		return nil
	}
	seconds, err := strconv.ParseFloat(string(text), 64)
	if err != nil {
		return err
	}
	t.Time = time.UnixMilli(int64(math.Round(seconds * 1e3))).UTC()
	return nil
}
