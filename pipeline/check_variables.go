package pipeline

import "github.com/penstock-ci/penstock/internal/diag"

// checkVariableDeclarations wants every pipeline variable to be declared once.
func checkVariableDeclarations(d *definition, list *diag.List) {
	seen := map[string]Text{}
	for i := range d.Variables {
		name := d.Variables[i].Name
		once(list, seen, name, func(first Text) diag.Diagnostic { return duplicateVariable(name, first) })
	}
}
