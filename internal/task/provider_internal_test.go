package task

import (
	"bytes"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/penstock-ci/penstock/internal/execution"
)

// FuzzGitEvent holds that whatever is sent under whichever name of an event is refused as invalid, or says of each change either
// why it starts nothing or the one thing that has changed.
func FuzzGitEvent(f *testing.F) {
	files, err := filepath.Glob(filepath.Join("testdata", "webhooks", "*.txtar"))
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		samples, err := txtar.ParseFile(file)
		if err != nil {
			f.Fatal(err)
		}
		for _, sample := range samples.Files {
			header, body, is := bytes.Cut(sample.Data, []byte("\n\n"))
			for i, p := range gitProviders {
				if _, event, named := strings.Cut(string(header), p.header+": "); is && named {
					event, _, _ = strings.Cut(event, "\n")
					f.Add(i, event, body)
				}
			}
		}
	}
	f.Fuzz(func(t *testing.T, which int, event string, body []byte) {
		p := gitProviders[max(0, which)%len(gitProviders)]
		e := gitEventOf(http.Header{http.CanonicalHeaderKey(p.header): {event}}, body)
		if event != "" && e.header != p.header {
			t.Fatalf("an event of %s is taken for one of %s", p.name, e.name)
		}
		all, err := e.changes()
		if err != nil && execution.CodeOf(err) != execution.Invalid {
			t.Errorf("the error is %v", err)
		}
		for _, c := range all {
			isPull := slices.Contains([]string{"OPEN", "UPDATED", "CLOSED"}, c.PullRequest)
			if c.ignored == "" && (c.Branch != "" && c.Tag != "" || c.PullRequest != "" && !isPull || isPull && c.Tag != "") {
				t.Errorf("%s: event %q with %s changes %+v", p.name, event, body, c)
			}
			_ = c.String()
		}
	})
}
