package pipeline

import "github.com/penstock-ci/penstock/internal/diag"

// checkCommands keeps the members of Commands actions there, and wants them to have commands.
func checkCommands(d *definition, list *diag.List) {
	for i := range d.actions {
		a := &d.actions[i]
		if !isComplete(a.ActionTypeID) {
			continue
		}
		if a.ActionTypeID.Category.Value == "Compute" {
			if len(a.Commands) == 0 {
				list.Add(missingCommands(a))
			}
			continue
		}
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
}
