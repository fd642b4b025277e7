// Package tree reads JSON and YAML documents as trees in which every value keeps its place.
//
// In go the bytes of a file; out come a [Value] and diagnostics about the file's syntax. What encoding libraries lose
// is kept: places, the order of keys, repeated keys, YAML's tags. Aliases and merge keys are resolved. The package
// does not know what a document means: packages pipeline and template do.
package tree
