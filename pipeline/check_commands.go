package pipeline

import (
	"strings"

	"github.com/penstock-ci/penstock/internal/diag"
)

// checkCommands keeps the members of Commands actions and rules there, wants these to have commands, and each command
// to be one line.
func checkCommands(d *definition, list *diag.List) {
	for a := range d.performers() {
		switch {
		case a.runsCommands():
			checkCommandLines(list, a)
			checkComputeType(d, list, a)
			checkOutputVariables(list, a)
		case a.known:
			keepForCommands(list, a)
		}
	}
}

// runsCommands reports whether it is a Commands action or rule.
func (a *placedAction) runsCommands() bool {
	if a.condition != nil {
		return a.ActionTypeID.Provider.Value == "Commands"
	}
	return a.ActionTypeID.Category.Value == "Compute"
}

func checkCommandLines(list *diag.List, a *placedAction) {
	if len(a.Commands) == 0 {
		list.Add(missingCommands(a))
	}
	for _, command := range a.Commands {
		if strings.Contains(strings.TrimRight(command.Value, "\n"), "\n") {
			list.Add(multiLineCommand(command))
		}
	}
}

// checkComputeType finds Windows on the smallest machine, which is also the default: the service refuses it at run
// time.
func checkComputeType(d *definition, list *diag.List, a *placedAction) {
	environment, _ := a.Setting("EnvironmentType")
	size, there := a.Setting("ComputeType")
	if strings.HasPrefix(environment.Value, "WINDOWS") && (!there || size.Value == "BUILD_GENERAL1_SMALL") {
		list.Add(as(d.options.severity(diag.Warning), windowsNeedsMedium(environment)))
	}
}

func checkOutputVariables(list *diag.List, a *placedAction) {
	seen := map[string]Text{}
	for _, name := range a.OutputVariables {
		once(list, seen, name, func(first Text) diag.Diagnostic { return duplicateOutputVariable(name, first) })
	}
}

func keepForCommands(list *diag.List, a *placedAction) {
	if len(a.Commands) > 0 {
		list.Add(onlyForCommands(a.Commands[0].At, "commands", a))
	}
	if len(a.OutputVariables) > 0 {
		list.Add(onlyForCommands(a.OutputVariables[0].At, "outputVariables", a))
	}
	for _, output := range a.OutputArtifacts {
		if len(output.Files) > 0 {
			list.Add(onlyForCommands(output.Files[0].At, "files of an output artifact", a))
		}
	}
}
