package functions_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"

	"github.com/penstock-ci/penstock/internal/cloud/functions"
	"github.com/penstock-ci/penstock/internal/cloud/providers"
	"github.com/penstock-ci/penstock/internal/cloud/providers/approvals"
	"github.com/penstock-ci/penstock/internal/cloud/providers/builds"
	"github.com/penstock-ci/penstock/internal/cloud/providers/deploys"
	"github.com/penstock-ci/penstock/internal/cloud/providers/invokes"
	"github.com/penstock-ci/penstock/internal/cloud/providers/sources"
	"github.com/penstock-ci/penstock/internal/cloud/providers/waiting"
	"github.com/penstock-ci/penstock/internal/resources"
	"github.com/penstock-ci/penstock/internal/resources/machines"
	"github.com/penstock-ci/penstock/pipeline"
	"github.com/penstock-ci/penstock/pipeline/catalogue"
)

// performers are the providers of which the mains make the functions that perform actions.
var performers = map[string]providers.Providers{
	resources.FetchSource:     sources.Providers(nil).And(builds.Connections()),
	resources.StartBuild:      builds.Providers(),
	resources.Deploy:          deploys.Providers(),
	resources.Invoke:          invokes.Providers(functions.Invoke),
	resources.RequestApproval: approvals.Providers(),
}

// Every action type that runs on AWS is performed by the function that a compiled machine calls for it, and looked at by those
// that look at work outside, where it waits for that.
func TestProviders(t *testing.T) {
	ran := 0
	for _, actionType := range catalogue.ActionTypes() {
		if !resources.Runs(actionType) {
			continue
		}
		ran++
		t.Run(actionType.String(), func(t *testing.T) {
			id, called := calledFor(t, actionType)
			row, known := providers.Lookup(id)
			if !known {
				t.Fatal("it is in no family")
			}
			if len(called) == 0 {
				t.Fatal("no state calls a function for it")
			}
			for _, handler := range called {
				function := resources.Lambda()[handler]
				if performers[function][row.Family] == nil {
					t.Errorf("the machine calls %s for it, which has no provider of %s", function, row.Family)
				}
			}
			if row.Waits && waiting.Providers()[row.Family] == nil {
				t.Errorf("its work outlasts the call, and those that look at such work have no provider of %s", row.Family)
			}
		})
	}
	if ran == 0 {
		t.Error("nothing runs on AWS")
	}
}

// calledFor compiles a pipeline with an action of the type, and returns the handlers that its state calls.
func calledFor(t *testing.T, actionType catalogue.ActionType) (id pipeline.ActionTypeID, handlers []string) {
	t.Helper()
	source := fmt.Sprintf(`{"name": "Act", "actionTypeId": %q, "outputArtifacts": [{"name": "Out"}], "configuration": {}}`, actionType.String())
	if actionType.Category != "Source" {
		source = `{"name": "Get", "actionTypeId": "Source/AWS/S3/1", "outputArtifacts": [{"name": "Got"}], "configuration": {}}, ` +
			fmt.Sprintf(`{"name": "Act", "runOrder": 2, "actionTypeId": %q, "inputArtifacts": [{"name": "Got"}], "configuration": {}}`, actionType.String())
	}
	p, diagnostics := pipeline.Parse("p.json", fmt.Appendf(nil, `{"name": "p", "stages": [{"name": "S", "actions": [%s]}]}`, source))
	if diagnostics.HasErrors() {
		t.Fatal(diagnostics)
	}
	parts, err := machines.Compile(p)
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range parts {
		var machine any
		if err := json.Unmarshal(part.Definition, &machine); err != nil {
			t.Fatal(err)
		}
		handlers = append(handlers, payloads(machine)...)
	}
	actions := p.Stages[0].Actions
	return actions[len(actions)-1].ActionTypeID, slices.Compact(handlers)
}

// payloads are the functions of every payload about the action "Act".
func payloads(in any) []string {
	var found []string
	switch in := in.(type) {
	case map[string]any:
		if about, is := in["action"].(map[string]any); is && about["name"] == "Act" {
			found = append(found, fmt.Sprint(in["function"]))
		}
		for _, inside := range in {
			found = append(found, payloads(inside)...)
		}
	case []any:
		for _, inside := range in {
			found = append(found, payloads(inside)...)
		}
	}
	return found
}
