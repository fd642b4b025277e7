package builds

import (
	"context"
	"slices"

	"github.com/penstock-ci/penstock/internal/action/codebuild"
	"github.com/penstock-ci/penstock/internal/execution"
)

// mostReports is how many reports BatchGetReports answers at once.
const mostReports = 100

// count counts the test cases of the reports of a build that has ended, into its description. Failed tests do not fail a
// build, and nor do reports that cannot be read: then nothing is counted, rather than a part, and a note says why.
//
// CodeBuild makes the reports while a build goes on, in UPLOAD_ARTIFACTS. Nothing says that each is made when the build
// ends, and no event would tell of it: the end does not wait for one that is not.
func (r *run) count(ctx context.Context, d *codebuild.Description, arns []string) error {
	var tests *codebuild.Tests
	for some := range slices.Chunk(arns, mostReports) {
		var out describedReports
		err := r.builds.call(ctx, "BatchGetReports", theseReports{some}, &out)
		if err != nil {
			return r.uncounted(d, err)
		}
		if len(out.ReportsNotFound) > 0 {
			d.Notes = append(d.Notes, lostReport(d.ID, out.ReportsNotFound[0]))
			return nil
		}
		for _, report := range out.Reports {
			if report.Status == reportGenerating {
				d.Notes = append(d.Notes, unmadeReport(d.ID, report.ARN))
				return nil
			}
			tests = report.add(d, tests)
		}
	}
	d.Tests = tests
	return nil
}

// uncounted takes an error of BatchGetReports, unless it passes.
func (r *run) uncounted(d *codebuild.Description, err error) error {
	err = r.builds.account.Failed("read the test reports of build "+d.ID, err)
	switch execution.CodeOf(err) {
	case execution.NotAllowed, execution.Invalid, execution.NotFound:
		d.Notes = append(d.Notes, uncountedTests(d.ID, err))
		return nil
	}
	return err
}

// add adds the test cases of a report to what others have, nil where there is none yet. A report of coverage has no test cases, and for an
// incomplete one without any CodeBuild has found no file: it is none.
func (report describedReport) add(d *codebuild.Description, tests *codebuild.Tests) *codebuild.Tests {
	all := report.TestSummary
	if report.Type != reportOfTests || report.Status == reportIncomplete && all.Total == 0 {
		return tests
	}
	if tests == nil {
		tests = &codebuild.Tests{}
	}
	counted := 0
	for status, n := range all.StatusCounts {
		counted += n
		switch status {
		case "SUCCEEDED":
			tests.Passed += n
		case "FAILED", "ERROR":
			tests.Failed += n
		default: // SKIPPED; and UNKNOWN, as inconclusive ones
			tests.Skipped += n
		}
	}
	if beyond := all.Total - counted; beyond > 0 {
		d.Notes = append(d.Notes, truncatedReport(report.ARN, beyond))
	}
	return tests
}
