package view

import "testing"

func TestProgress(t *testing.T) {
	for line, want := range map[string]string{
		"compiling": "compiling",
		"[Container] Running command go build ./...":     "$ go build ./...",
		"[Container] Entering phase BUILD":               "",
		"[one] compiling":                                "[one] compiling",
		"[one] [Container] Running command go test":      "[one] $ go test",
		"[one] [Container] Entering phase BUILD":         "",
		"[INFO] done [x] [Container] of what is printed": "[INFO] done [x] [Container] of what is printed",
	} {
		if got := Progress(line); got != want {
			t.Errorf("Progress(%q) is %q; want %q", line, got, want)
		}
	}
}

func TestBeginsTail(t *testing.T) {
	for line, want := range map[string]bool{
		"[Container] Last lines of build one:": true, "Last lines of build one:": false, "[Container] Entering phase BUILD": false,
	} {
		if got := BeginsTail(line); got != want {
			t.Errorf("BeginsTail(%q) is %v", line, got)
		}
	}
}
