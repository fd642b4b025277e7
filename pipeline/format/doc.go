// Package format writes documents: trees as JSON and YAML, and YAML text laid out anew.
//
// In go a [tree.Value], or the text of a YAML file with the [Order] of its keys; out come bytes. [Layout] moves lines
// and never writes a value again, so that comments, quotes, block scalars and anchors stay as they were written. The
// package does not know what a document means: its callers compare what was read before and after.
package format
