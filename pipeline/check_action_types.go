package pipeline

import (
	"slices"

	"github.com/penstock-ci/penstock/internal/diag"
	"github.com/penstock-ci/penstock/pipeline/catalogue"
)

// checkActionTypes wants action types that exist. Those of other owners are declared elsewhere: a note.
func checkActionTypes(d *definition, list *diag.List) {
	for i := range d.actions {
		id := d.actions[i].ActionTypeID
		if _, known := LookupActionType(id); known || !isComplete(id) {
			continue
		}
		if _, declared := d.declaredType(id); declared {
			continue
		}
		if _, declared := d.declaredType(id); declared {
			continue
		}
		if id.Owner.Value == "AWS" {
			list.Add(unknownActionType(id, alternatives(id)))
		} else if slices.Contains(actionOwner.values, id.Owner.Value) {
			list.Add(foreignActionType(id))
		}
	}
}

// isComplete reports whether all parts are there and the category exists: what is not is reported elsewhere.
func isComplete(id ActionTypeID) bool {
	return id.IsKnown() && id.Owner.Value != "" && id.Provider.Value != "" && id.Version.Value != "" &&
		slices.Contains(actionCategory.values, id.Category.Value)
}

// alternatives returns the action types that the author may have meant: the same provider in another category, of
// another owner or version; else the one with the nearest name; else all of the category.
func alternatives(id ActionTypeID) []string {
	var same, category []string
	var providers []string
	for _, t := range catalogue.ActionTypes() {
		if t.Provider == id.Provider.Value {
			same = append(same, t.String())
		}
		if t.Category == id.Category.Value {
			category = append(category, t.String())
		}
		providers = append(providers, t.Provider)
	}
	if len(same) > 0 {
		return same
	}
	if near, found := diag.Nearest(id.Provider.Value, providers); found {
		meant := id
		meant.Provider.Value = near
		if _, exact := LookupActionType(meant); exact {
			return []string{meant.String()}
		}
		return alternatives(meant)
	}
	return category
}
