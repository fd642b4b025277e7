package builds

import (
	"cmp"
	"errors"
	"os"
	"path"
	"path/filepath"
	"slices"

	"github.com/penstock-ci/penstock/internal/action/codebuild"
	"github.com/penstock-ci/penstock/internal/action/codebuild/buildspec"
	"github.com/penstock-ci/penstock/internal/local/builds/reports"
)

// readReports counts the test cases of the build's reports. Failed tests do not fail a build, and nor does a report
// that cannot be read: it is told in the log.
func (b *build) readReports(values map[string]string) {
	if b.ctx.Err() != nil {
		return
	}
	var total *codebuild.Tests
	for _, report := range b.spec.Reports {
		report.BaseDirectory = expand(report.BaseDirectory, values)
		report.Files = expandAll(report.Files, values)
		if !reports.Counts(report.Format) {
			b.log.container("Report %s is not read here: %s is code coverage", report.Group, report.Format)
			continue
		}
		tests, files := b.readReport(report)
		if files == 0 {
			b.log.container("Report %s: no report files found", report.Group)
			continue
		}
		b.log.container("Report %s: %s in %d file(s)", report.Group, tests, files)
		total = plus(total, &tests)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.state.Tests = total
}

func (b *build) readReport(report buildspec.Report) (tests codebuild.Tests, files int) {
	bases, err := b.baseDirectories(report.BaseDirectory.Value)
	if err != nil {
		b.log.container("Report %s: %v", report.Group, err)
		return tests, 0
	}
	for _, base := range bases {
		for name, err := range b.files(base) {
			matches := func(pattern buildspec.Text) bool { return matchesPath(pattern.Value, b.area.source(base), name) }
			if err != nil || !slices.ContainsFunc(report.Files, matches) {
				continue
			}
			counted, err := countFile(report.Format, filepath.Join(b.area.sources(), filepath.FromSlash(path.Join(base, name))))
			if err != nil {
				b.log.container("Report %s: %s: %v", report.Group, name, err)
				continue
			}
			files++
			tests.Passed, tests.Failed, tests.Skipped = tests.Passed+counted.Passed, tests.Failed+counted.Failed, tests.Skipped+counted.Skipped
		}
	}
	return tests, files
}

// plus adds counts, nil being none.
func plus(a, b *codebuild.Tests) *codebuild.Tests {
	if a == nil || b == nil {
		return cmp.Or(a, b)
	}
	return &codebuild.Tests{Passed: a.Passed + b.Passed, Failed: a.Failed + b.Failed, Skipped: a.Skipped + b.Skipped}
}

func countFile(format, name string) (codebuild.Tests, error) {
	// Opening a pipe would wait for its other end.
	if info, err := os.Stat(name); err != nil || !info.Mode().IsRegular() {
		return codebuild.Tests{}, errors.Join(err, errNoFile)
	}
	f, err := os.Open(name)
	if err != nil {
		return codebuild.Tests{}, err
	}
	defer f.Close()
	return reports.Count(format, f)
}

var errNoFile = errors.New("it is no regular file")
