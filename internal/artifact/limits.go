package artifact

// Limits bounds what a zip may expand to. A zip beyond one of them is refused before anything of it is written.
type Limits struct {
	// Entries is the largest number of entries, folders included.
	Entries int
	// Bytes is the largest sum of the expanded sizes.
	Bytes int64
	// Ratio is how many times larger than the zip its expanded files may be together, once they exceed RatioFrom
	// bytes: a small zip may well be very dense.
	Ratio     int64
	RatioFrom int64
	// DirectoryBytes is the largest size of the zip's table of contents, the only part that is held in memory.
	DirectoryBytes int64
}

// DefaultLimits are those of CodePipeline on the files of a zip, where one of just 100,000 entries counts as made to reach
// it, and on a source artifact; a ratio that real trees stay far below while the known zip bombs start above it; and a
// table of contents with long names for all entries.
func DefaultLimits() Limits {
	return Limits{
		Entries:        99_999,
		Bytes:          7 << 30,
		Ratio:          250,
		RatioFrom:      64 << 20,
		DirectoryBytes: 32 << 20,
	}
}
