package format

import "github.com/penstock-ci/penstock/pipeline/tree"

// Same reports whether two trees mean the same: places and the order of keys aside, they are equal.
func Same(a, b *tree.Value) bool {
	if a.Kind != b.Kind || a.Tag != b.Tag || a.Text != b.Text {
		return false
	}
	if len(a.Items) != len(b.Items) || len(a.Entries) != len(b.Entries) {
		return false
	}
	for i := range a.Items {
		if !Same(a.Items[i], b.Items[i]) {
			return false
		}
	}
	return sameEntries(a.Entries, b.Entries)
}

// sameEntries compares entries key by key; repeated keys in their order.
func sameEntries(a, b []tree.Entry) bool {
	others := make(map[string][]*tree.Value, len(b))
	for _, e := range b {
		others[e.Key.Value] = append(others[e.Key.Value], e.Value)
	}
	for _, e := range a {
		values := others[e.Key.Value]
		if len(values) == 0 || !Same(e.Value, values[0]) {
			return false
		}
		others[e.Key.Value] = values[1:]
	}
	return true
}
