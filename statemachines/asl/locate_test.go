package asl_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/penstock-ci/penstock/statemachines/asl"
)

const misplaced = `{
  "QueryLanguage": "JSONata",
  "StartAt": "A.1",
  "States": {
    "A.1": {"Type": "Task", "Resource": "r",
      "Catch": [{"ErrorEquals": ["E"],
        "Next": "nowhere"}], "End": true},
    "B": {"Type": "Pass"}
  }
}`

func TestLocate(t *testing.T) {
	m, err := asl.Decode([]byte(misplaced))
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		`7:17 States."A.1".Catch[0].Next`,
		`8:10 States.B`, `8:10 States.B`, `8:10 States.B`,
	}
	if diff := cmp.Diff(want, places(m.Validate().Locate([]byte(misplaced)))); diff != "" {
		t.Errorf("Validate (-want +got):\n%s", diff)
	}
	_, err = asl.Decode([]byte(strings.Replace(misplaced, `"Resource": "r"`, `"Colour": 1`, 1)))
	var problems asl.Problems
	if !errors.As(err, &problems) {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{`5:39 States."A.1".Colour`, `5:12 States."A.1".Resource`}, places(problems)); diff != "" {
		t.Errorf("Decode (-want +got):\n%s", diff)
	}
	for _, text := range []string{"", "{", "[[[", `{"States": nonsense`, strings.Repeat("[", 1000)} {
		for _, p := range m.Validate().Locate([]byte(text)) {
			if p.Line != 1 || p.Column < 1 {
				t.Errorf("%q: %d:%d", text, p.Line, p.Column)
			}
		}
	}
}

func places(problems asl.Problems) []string {
	var list []string
	for _, p := range problems {
		list = append(list, fmt.Sprintf("%d:%d %s", p.Line, p.Column, p.Path))
	}
	return list
}
