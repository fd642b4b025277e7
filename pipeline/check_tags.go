package pipeline

import (
	"strings"

	"github.com/penstock-ci/penstock/internal/diag"
)

// checkTags wants tags with keys that are unique and not AWS's own.
func checkTags(d *definition, list *diag.List) {
	seen := map[string]Text{}
	for i := range d.Tags {
		key := d.Tags[i].Key
		once(list, seen, key, func(first Text) diag.Diagnostic { return duplicateTag(key, first) })
		if strings.HasPrefix(strings.ToLower(key.Value), "aws:") {
			list.Add(reservedTag(key))
		}
	}
}
