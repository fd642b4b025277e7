package pipeline

import "github.com/penstock-ci/penstock/internal/diag"

// checkConfigurationValues holds values against the catalogue, as far as they are known before variables have values.
func checkConfigurationValues(d *definition, list *diag.List) {
	for a := range d.performers() {
		for _, entry := range a.Configuration {
			property, known := a.actionType.Property(entry.Key.Value)
			if !known || !isLiteral(entry.Value) {
				continue
			}
			if reads, right := property.Accepts(entry.Value.Value); !right {
				list.Add(invalidConfiguration(entry, property, reads))
			}
		}
	}
}
