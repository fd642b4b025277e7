package pipeline

import (
	"slices"

	"github.com/penstock-ci/penstock/internal/diag"
)

// checkConfigurationKeys holds the keys of a configuration against the catalogue.
func checkConfigurationKeys(d *definition, list *diag.List) {
	for i := range d.actions {
		a := &d.actions[i]
		if !a.known {
			continue
		}
		var missing []string
		for _, property := range a.actionType.Properties {
			if _, there := a.Setting(property.Name); !there && property.isRequired(a.Action) {
				missing = append(missing, property.Name)
			}
		}
		if len(missing) > 0 {
			list.Add(missingConfiguration(a, missing))
		}
		for _, entry := range a.Configuration {
			if _, known := a.actionType.Property(entry.Key.Value); !known && !a.actionType.OpenProperties {
				list.Add(unknownConfiguration(entry.Key, a))
			}
		}
	}
}

func (p ActionProperty) isRequired(a *Action) bool {
	decisive, _ := a.Setting(p.RequiredWhen.Key)
	return p.Required || slices.Contains(p.RequiredWhen.Values, decisive.Value)
}
