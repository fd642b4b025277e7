package pipeline

import (
	"encoding/json"
	"slices"

	"github.com/penstock-ci/penstock/internal/diag"
)

// readersOfEnvironment are the action types that are known to read environmentVariables.
var readersOfEnvironment = []string{"Compute/AWS/Commands/1", "Deploy/AWS/EKS/1"}

const secretVariable = "SECRETS_MANAGER"

// checkEnvironment holds environment variables, those of the API's member and those in CodeBuild's configuration,
// against who reads them.
func checkEnvironment(d *definition, list *diag.List) {
	for i := range d.actions {
		a := &d.actions[i]
		if variables := a.EnvironmentVariables; len(variables) > 0 && a.known {
			if !slices.Contains(readersOfEnvironment, a.ActionTypeID.String()) {
				list.Add(environmentNotRead(a))
			}
			checkVariables(list, a)
		}
	}
	for a := range d.performers() {
		if text, there := a.Setting("EnvironmentVariables"); there && a.ActionTypeID.Provider.Value == "CodeBuild" {
			checkBuildVariables(list, text)
		}
	}
}

func checkVariables(list *diag.List, a *placedAction) {
	seen := map[string]Text{}
	for _, v := range a.EnvironmentVariables {
		once(list, seen, v.Name, func(first Text) diag.Diagnostic { return duplicateEnvironmentVariable(v.Name, first) })
		if v.Type.Value == secretVariable && !a.runsCommands() {
			list.Add(secretsOnlyForCommands(v.Type, a))
		}
	}
}

// buildVariable is one environment variable of a CodeBuild action, as its configuration writes it.
type buildVariable struct {
	Name  *string `json:"name"`
	Value *string `json:"value"`
	Type  string  `json:"type"`
}

var buildVariableTypes = []string{"PLAINTEXT", "PARAMETER_STORE", secretVariable}

// checkBuildVariables reads the JSON text of a CodeBuild action's EnvironmentVariables.
func checkBuildVariables(list *diag.List, text Text) {
	if !json.Valid([]byte(text.Value)) || !text.IsKnown() {
		return // reported with the other values, or not to be judged
	}
	variables, ok := readBuildVariables(text.Value)
	if !ok {
		list.Add(notBuildVariables(text))
		return
	}
	for _, v := range variables {
		if v.Type != "" && !slices.Contains(buildVariableTypes, v.Type) && len(References(v.Type)) == 0 {
			list.Add(unknownBuildVariableType(text, *v.Name, v.Type, buildVariableTypes))
		}
	}
}

// readBuildVariables reports whether the text is a list of variables, each with a name and a value.
func readBuildVariables(text string) (variables []buildVariable, ok bool) {
	if json.Unmarshal([]byte(text), &variables) != nil {
		return nil, false
	}
	for _, v := range variables {
		if v.Name == nil || v.Value == nil {
			return nil, false
		}
	}
	return variables, true
}
