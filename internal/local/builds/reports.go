package builds

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"slices"

	"github.com/penstock-ci/penstock/internal/action/codebuild"
	"github.com/penstock-ci/penstock/internal/action/codebuild/buildspec"
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
		if report.Format != buildspec.FormatJUnit {
			b.log.container("Report %s is not counted: its format %s is not read here", report.Group, report.Format)
			continue
		}
		tests, files := b.readReport(report)
		if files == 0 {
			b.log.container("Report %s: no report files found", report.Group)
			continue
		}
		b.log.container("Report %s: %s in %d file(s)", report.Group, tests, files)
		if total == nil {
			total = &codebuild.Tests{}
		}
		total.Passed, total.Failed, total.Skipped = total.Passed+tests.Passed, total.Failed+tests.Failed, total.Skipped+tests.Skipped
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
			counted, err := countFile(filepath.Join(b.area.sources(), filepath.FromSlash(path.Join(base, name))))
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

func countFile(name string) (codebuild.Tests, error) {
	f, err := os.Open(name)
	if err != nil {
		return codebuild.Tests{}, err
	}
	defer f.Close()
	return countJUnit(f)
}

// countJUnit counts the testcase elements of a JUnit XML file: failed with a failure or an error in it, skipped with a
// skipped in it, passed otherwise. The attributes of testsuite are not trusted; tools disagree on them.
func countJUnit(r io.Reader) (codebuild.Tests, error) {
	var tests codebuild.Tests
	decoder := xml.NewDecoder(r)
	suites, outcome := 0, ""
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) && suites > 0 {
			return tests, nil
		}
		if err != nil {
			return codebuild.Tests{}, fmt.Errorf("not JUnit XML: %w", err)
		}
		switch element := token.(type) {
		case xml.StartElement:
			switch name := element.Name.Local; name {
			case "testsuites", "testsuite":
				suites++
			case "testcase":
				outcome = ""
			case "failure", "error", "skipped":
				outcome = name
			}
		case xml.EndElement:
			if element.Name.Local == "testcase" {
				count(&tests, outcome)
			}
		}
	}
}

func count(tests *codebuild.Tests, outcome string) {
	switch outcome {
	case "":
		tests.Passed++
	case "skipped":
		tests.Skipped++
	default:
		tests.Failed++
	}
}
