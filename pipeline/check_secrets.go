package pipeline

import (
	"strings"

	"github.com/penstock-ci/penstock/internal/diag"
)

// checkSecrets finds secrets that are written out. Asterisks are what AWS prints instead of them.
func checkSecrets(d *definition, list *diag.List) {
	for i := range d.actions {
		a := &d.actions[i]
		for _, entry := range a.Configuration {
			property, _ := a.actionType.Property(entry.Key.Value)
			if property.Secret && strings.Trim(entry.Value.Value, "*") != "" && !isIndirect(entry.Value) {
				list.Add(literalSecret(entry, d.options.severity(diag.Warning)))
			}
		}
	}
}

// isIndirect reports whether a value only says where the secret is.
func isIndirect(value Text) bool {
	return !value.IsKnown() || len(References(value.Value)) > 0 || strings.Contains(value.Value, "{{resolve:")
}
