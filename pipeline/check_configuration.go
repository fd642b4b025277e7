package pipeline

import (
	"github.com/penstock-ci/penstock/internal/diag"
	"github.com/penstock-ci/penstock/pipeline/catalogue"
)

// checkConfigurationKeys holds the keys of a configuration against the catalogue.
func checkConfigurationKeys(d *definition, list *diag.List) {
	for a := range d.performers() {
		if !a.known {
			continue
		}
		var missing []string
		for _, property := range a.actionType.Properties {
			if _, there := a.Setting(property.Name); !there && isRequired(property, a.Action) {
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

// isRequired leaves keys that depend on the number of input artifacts to the checks of artifacts.
func isRequired(p catalogue.Property, a *Action) bool {
	return p.Required || p.RequiredWhen.Applies(func(key string) (string, bool) {
		value, there := a.Setting(key)
		if !value.IsKnown() {
			return "", there
		}
		return value.Value, there
	}, 0)
}
