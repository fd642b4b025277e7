package builds

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/penstock-ci/penstock/internal/action/codebuild"
	"github.com/penstock-ci/penstock/internal/cloud/cloudtest"
	"github.com/penstock-ci/penstock/internal/execution"
)

const reportARN = "arn:aws:codebuild:eu-central-1:111122223333:report/app-unit:"

// reportOf is a report as CodeBuild describes it, of a type and a status: "TEST FAILED".
func reportOf(name, is string, total int, counts map[string]int) map[string]any {
	kind, status, _ := strings.Cut(is, " ")
	return map[string]any{"arn": reportARN + name, "type": kind, "status": status, "testSummary": map[string]any{"total": total, "statusCounts": counts}}
}

// reporting answers a build that has ended with n reports, and the reports by answer.
func reporting(status string, n int, answer func(map[string]any) any) *cloudtest.Answers {
	var arns []string
	for i := range n {
		arns = append(arns, fmt.Sprint(reportARN, i))
	}
	a := describing(map[string]any{"id": "app:1", "buildStatus": status, "reportArns": arns})
	a.JSON["BatchGetReports"] = answer
	return a
}

func answering(reports ...map[string]any) func(map[string]any) any {
	return func(map[string]any) any { return map[string]any{"reports": reports} }
}

// What the reports of a build count is in its description, or nothing is, and a note says why.
func TestReportsOfABuild(t *testing.T) {
	unit := reportOf("1", "TEST FAILED", 10, map[string]int{"SUCCEEDED": 4, "FAILED": 2, "ERROR": 1, "SKIPPED": 2, "UNKNOWN": 1})
	for name, c := range map[string]struct {
		reports func(map[string]any) any
		want    *codebuild.Tests
		notes   string
	}{
		"one":        {answering(unit), &codebuild.Tests{Passed: 4, Failed: 3, Skipped: 3}, ""},
		"two":        {answering(unit, reportOf("2", "TEST SUCCEEDED", 5, map[string]int{"SUCCEEDED": 5})), &codebuild.Tests{Passed: 9, Failed: 3, Skipped: 3}, ""},
		"coverage":   {answering(reportOf("1", "CODE_COVERAGE SUCCEEDED", 0, nil)), nil, ""},
		"no file":    {answering(reportOf("1", "TEST INCOMPLETE", 0, nil)), nil, ""},
		"incomplete": {answering(reportOf("1", "TEST INCOMPLETE", 1, map[string]int{"SUCCEEDED": 1})), &codebuild.Tests{Passed: 1}, ""},
		"truncated": {
			answering(reportOf("1", "TEST SUCCEEDED", 600, map[string]int{"SUCCEEDED": 500})), &codebuild.Tests{Passed: 500},
			"note: " + reportARN + "1 has 100 more test cases than CodeBuild keeps, which are not counted",
		},
		"being made": {
			answering(unit, reportOf("2", "TEST GENERATING", 0, nil)), nil,
			"note: the test cases of build app:1 are not counted: CodeBuild had not made " + reportARN + "2 when the build ended",
		},
		"deleted": {
			func(map[string]any) any {
				return map[string]any{"reports": []any{unit}, "reportsNotFound": []any{reportARN + "2"}}
			},
			nil, "note: the test cases of build app:1 are not counted: CodeBuild does not know " + reportARN + "2",
		},
		"denied": {
			func(map[string]any) any {
				return cloudtest.Refuse(400, "AccessDeniedException", "User: arn:aws:sts::1:assumed-role/r/s is not authorized to perform: codebuild:BatchGetReports on resource: arn:aws:codebuild:eu-central-1:1:report-group/x because no policy allows it")
			}, nil,
			"note: the test cases of build app:1 are not counted: read the test reports of build app:1: " +
				"arn:aws:sts::1:assumed-role/r/s needs codebuild:BatchGetReports on arn:aws:codebuild:eu-central-1:1:report-group/x",
		},
	} {
		t.Run(name, func(t *testing.T) {
			for _, status := range []string{"SUCCEEDED", "FAILED"} {
				d, err := buildsAt(reporting(status, 2, c.reports), begun).DescribeBuild(t.Context(), aBuild(), "app:1")
				if err != nil || d.Status != status {
					t.Fatalf("%+v, %v", d, err)
				}
				if diff := cmp.Diff(c.want, d.Tests); diff != "" {
					t.Errorf("tests (-want +got):\n%s", diff)
				}
				if got := strings.Join(d.Notes, "\n"); !strings.HasPrefix(got, c.notes) || c.notes == "" && got != "" {
					t.Errorf("notes %q, want %q", got, c.notes)
				}
			}
		})
	}
}

// Reports that cannot be read for now are asked for again with the build, and those of a build that goes on are not asked for.
func TestReportsThatWait(t *testing.T) {
	slow := func(map[string]any) any { return cloudtest.Refuse(400, "ThrottlingException", "slow down") }
	_, err := buildsAt(reporting("SUCCEEDED", 1, slow), begun).DescribeBuild(t.Context(), aBuild(), "app:1")
	if execution.CodeOf(err) != execution.Throttled || !strings.Contains(err.Error(), "build app:1") {
		t.Errorf("error %v", err)
	}
	a := reporting("IN_PROGRESS", 1, slow)
	if _, err := buildsAt(a, begun).DescribeBuild(t.Context(), aBuild(), "app:1"); err != nil || slices.Contains(a.Asked, "BatchGetReports") {
		t.Errorf("error %v after %v", err, a.Asked)
	}
}

// More reports than one call answers are asked for in several, and those of a batch are its builds'.
func TestManyReports(t *testing.T) {
	var asked []int
	each := func(in map[string]any) any {
		arns, _ := in["reportArns"].([]any)
		asked = append(asked, len(arns))
		var all []any
		for range arns {
			all = append(all, reportOf("1", "TEST SUCCEEDED", 1, map[string]int{"SUCCEEDED": 1}))
		}
		return map[string]any{"reports": all}
	}
	d, err := buildsAt(reporting("SUCCEEDED", 101, each), begun).DescribeBuild(t.Context(), aBuild(), "app:1")
	if err != nil || d.Tests == nil || d.Tests.Passed != 101 {
		t.Errorf("%+v, %v", d.Tests, err)
	}
	if diff := cmp.Diff([]int{100, 1}, asked); diff != "" {
		t.Errorf("reports asked for (-want +got):\n%s", diff)
	}
	a := batchOf("FAILED", map[string]any{"id": "app:1", "buildStatus": "FAILED", "reportArns": []any{"a"}}, map[string]any{"id": "app:2", "buildStatus": "SUCCEEDED", "reportArns": []any{"b", "c"}})
	a.JSON["BatchGetReports"] = each
	b := aBuild()
	b.Batch = true
	if d, err = buildsAt(a, begun).DescribeBuild(t.Context(), b, "app:b"); err != nil || d.Tests == nil || d.Tests.Passed != 3 {
		t.Errorf("a batch: %+v, %v", d.Tests, err)
	}
}
