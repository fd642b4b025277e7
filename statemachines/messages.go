package statemachines

import (
	"fmt"

	"github.com/penstock-ci/penstock/internal/diag"
	"github.com/penstock-ci/penstock/pipeline"
)

func errConditions(s *pipeline.Stage, field string, at diag.Range) error {
	return fmt.Errorf("%sstage %q: %s conditions cannot be compiled yet", place(at), s.Name.Value, field)
}

func errReference(a *pipeline.Action, field string, text pipeline.Text) error {
	return fmt.Errorf("%saction %q: variables in %s cannot be compiled yet: %q", place(text.At), a.Name.Value, field, text.Value)
}

func errCategory(a *pipeline.Action) error {
	return fmt.Errorf("%saction %q: no function runs actions of category %q", place(a.ActionTypeID.At), a.Name.Value, a.ActionTypeID.Category.Value)
}

// place is the beginning of a message about a known place.
func place(at diag.Range) string {
	if !at.IsKnown() {
		return ""
	}
	return at.Start.String() + ": "
}
