package artifact_test

import (
	"testing"

	"github.com/penstock-ci/penstock/internal/artifact"
)

func TestBytes(t *testing.T) {
	for n, want := range map[int64]string{
		0: "0 B", 999: "999 B", 1000: "1.0 kB", 1234: "1.2 kB", 9949: "9.9 kB", 9951: "10 kB", 14_300: "14 kB", 999_400: "999 kB", 999_600: "1.0 MB", 3_100_000: "3.1 MB", 7 << 30: "7.5 GB", 5e15: "5000 TB",
	} {
		if got := artifact.Bytes(n); got != want {
			t.Errorf("%d bytes are %q, want %q", n, got, want)
		}
	}
}
