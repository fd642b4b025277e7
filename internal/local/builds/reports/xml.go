package reports

import (
	"encoding/xml"
	"io"
	"strings"

	"github.com/penstock-ci/penstock/internal/action/codebuild"
)

// countJUnit counts the testcase elements of a JUnit file: failed with a failure or an error in it, skipped with a
// skipped in it, passed otherwise. The attributes of testsuite are not trusted; tools disagree on them.
func countJUnit(r io.Reader) (codebuild.Tests, error) {
	var tests codebuild.Tests
	now := passed
	err := document(r, func(e xml.StartElement) bool {
		switch e.Name.Local {
		case "testsuites", "testsuite":
			return true
		case "testcase":
			now = passed
		case "failure", "error":
			now = failed
		case "skipped":
			if now == passed {
				now = skipped
			}
		}
		return false
	}, func(name string) {
		if name == "testcase" {
			add(&tests, now)
		}
	})
	return tests, err
}

// attributed is a format in which each test case is one element with its outcome in an attribute.
type attributed struct {
	root, element, attribute string
	// outcomes has the words for passed and skipped, in lower case; every other one is a failure.
	outcomes map[string]outcome
	// other says that an element is no test case after all.
	other func(xml.StartElement) bool
}

func (a attributed) count(r io.Reader) (codebuild.Tests, error) {
	var tests codebuild.Tests
	err := document(r, func(e xml.StartElement) bool {
		if e.Name.Local == a.element && (a.other == nil || !a.other(e)) {
			o, known := a.outcomes[strings.ToLower(attribute(e, a.attribute))]
			if !known {
				o = failed
			}
			add(&tests, o)
		}
		return e.Name.Local == a.root
	}, func(string) {})
	return tests, err
}

var (
	nunit = attributed{
		root: "test-results", element: "test-case", attribute: "result",
		outcomes: map[string]outcome{"success": passed, "ignored": skipped, "skipped": skipped, "inconclusive": skipped},
	}
	nunit3 = attributed{
		root: "test-run", element: "test-case", attribute: "result",
		outcomes: map[string]outcome{"passed": passed, "warning": passed, "skipped": skipped, "inconclusive": skipped},
	}
	// testNG writes the methods that set tests up, too.
	testNG = attributed{
		root: "testng-results", element: "test-method", attribute: "status",
		outcomes: map[string]outcome{"pass": passed, "skip": skipped},
		other:    func(e xml.StartElement) bool { return attribute(e, "is-config") == "true" },
	}
	// trx counts the results of data-driven tests, which lie inside the one of the whole test, and that as well.
	trx = attributed{
		root: "TestRun", element: "UnitTestResult", attribute: "outcome",
		outcomes: map[string]outcome{
			"passed": passed, "passedbutrunaborted": passed, "warning": passed, "completed": passed,
			"notexecuted": skipped, "notrunnable": skipped, "inconclusive": skipped, "disconnected": skipped, "pending": skipped,
		},
	}
)
