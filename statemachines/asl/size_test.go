package asl_test

import (
	"strings"
	"testing"

	"github.com/penstock-ci/penstock/statemachines/asl"
)

// A definition is valid up to 1,048,576 bytes, and not with one more.
func TestDefinitionSize(t *testing.T) {
	m := &asl.StateMachine{QueryLanguage: asl.JSONata, StartAt: "S"}
	m.States.Add("S", &asl.Succeed{})
	text, err := m.MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	m.Comment = strings.Repeat("x", asl.MaxDefinitionBytes-len(text)-len(`"Comment":"",`))
	if found := m.Validate(); found != nil {
		t.Errorf("at the limit: %v", found)
	}
	m.Comment += "x"
	if found := m.Validate(); len(found) != 1 || !strings.Contains(found[0].Message, "1048577 bytes") {
		t.Errorf("one byte over the limit: %v", found)
	}
}
