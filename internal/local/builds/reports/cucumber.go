package reports

import (
	"encoding/json"
	"errors"
	"io"

	"github.com/penstock-ci/penstock/internal/action/codebuild"
)

// feature is what counts of a feature in Cucumber's JSON.
type feature struct {
	// Name is missing in JSON that is something else.
	Name     *string    `json:"name"`
	Elements []scenario `json:"elements"`
}

type scenario struct {
	Type   string `json:"type"`
	Before []step `json:"before"`
	Steps  []step `json:"steps"`
	After  []step `json:"after"`
}

type step struct {
	Result struct {
		Status string `json:"status"`
	} `json:"result"`
}

// countCucumber counts scenarios: failed where a step or a hook is failed, undefined or ambiguous, skipped where one is
// skipped or pending, passed otherwise. A background belongs to each scenario after it and is none itself.
func countCucumber(r io.Reader) (codebuild.Tests, error) {
	var tests codebuild.Tests
	decoder := json.NewDecoder(r)
	var features []feature
	if err := decoder.Decode(&features); err != nil {
		return tests, err
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return tests, errors.New("more follows after the list of features")
	}
	for _, f := range features {
		if f.Name == nil && f.Elements == nil {
			return codebuild.Tests{}, errNoReport
		}
		background := passed
		for _, s := range f.Elements {
			now := s.outcome()
			if s.Type == "background" {
				background = now
				continue
			}
			add(&tests, worse(now, background))
			background = passed
		}
	}
	return tests, nil
}

func (s scenario) outcome() outcome {
	now := passed
	for _, steps := range [][]step{s.Before, s.Steps, s.After} {
		for _, step := range steps {
			switch step.Result.Status {
			case "failed", "undefined", "ambiguous":
				return failed
			case "skipped", "pending":
				now = skipped
			}
		}
	}
	return now
}

func worse(a, b outcome) outcome {
	switch {
	case a == failed || b == failed:
		return failed
	case a == skipped || b == skipped:
		return skipped
	}
	return passed
}
