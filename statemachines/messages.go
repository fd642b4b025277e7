package statemachines

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/penstock-ci/penstock/internal/diag"
	"github.com/penstock-ci/penstock/pipeline"
)

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

func errPass(name string) error {
	return fmt.Errorf("no pass of the compiler is called %q: they are %s", name, strings.Join(Passes(), ", "))
}

// divideStage is what to do about a stage that is too large for a machine of its own: a machine holds whole stages.
const divideStage = "divide the stage in two"

// msgLimit names the limit, the figure, and where most of it is due.
func msgLimit(e *LimitError) string {
	at := ""
	if e.At != "" {
		at = e.At + ": "
	}
	u := e.Use
	return fmt.Sprintf("%sStep Functions allows %s, and this pipeline may need %s; most are due to %s: %s",
		at, msgAmount(u, u.Limit), grouped(u.Most), msgDue(u), u.remedy)
}

func msgAmount(u Use, n int) string {
	if u.InBytes {
		return grouped(n) + " bytes of " + u.Name
	}
	return grouped(n) + " " + u.Name
}

func msgDue(u Use) string {
	if u.Action == "" {
		return fmt.Sprintf("stage %q", u.Stage)
	}
	return fmt.Sprintf("stage %q, there to action %q", u.Stage, u.Action)
}

// grouped writes a number with a comma between thousands.
func grouped(n int) string {
	text := strconv.Itoa(n)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}
