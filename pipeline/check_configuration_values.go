package pipeline

import (
	"encoding/json"
	"slices"
	"strconv"

	"github.com/penstock-ci/penstock/internal/diag"
)

// checkConfigurationValues holds values against the catalogue, as far as they are known before variables have values.
func checkConfigurationValues(d *definition, list *diag.List) {
	for i := range d.actions {
		a := &d.actions[i]
		for _, entry := range a.Configuration {
			property, known := a.actionType.Property(entry.Key.Value)
			if !known || entry.Value.Value == "" || len(References(entry.Value.Value)) > 0 {
				continue
			}
			if reads, right := property.accepts(entry.Value.Value); !right {
				list.Add(invalidConfiguration(entry, property, reads))
			}
		}
	}
}

// accepts reports whether a value can be right, and says what would be.
func (p ActionProperty) accepts(value string) (reads string, right bool) {
	if p.Allowed != nil {
		return "one of its values", slices.Contains(p.Allowed, value)
	}
	switch p.Kind {
	case NumberProperty:
		_, err := strconv.Atoi(value)
		return "a whole number", err == nil
	case JSONProperty:
		return "JSON text", json.Valid([]byte(value))
	}
	return "", true
}
