// Package pipeline is the definition language: CodePipeline's pipeline structure with AWS's own field names, every
// scalar with its place in the file.
//
// In go the bytes of a definition (JSON or YAML, the API's form or the shorter authoring form); out come a
// [Pipeline] and diagnostics. [Parse] reads, [Check] reports everything that is wrong, [Digest] names a definition
// by its content. [Format] lays out a definition's text, [Convert] writes it in another form. [ActionTypes] is the
// catalogue of action types: what each takes, needs and gives.
//
// The package never runs anything, never talks to AWS and does not know which engine can run what: its caller tells
// Check.
package pipeline
