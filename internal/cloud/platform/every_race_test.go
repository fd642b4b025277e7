//go:build race

package platform

// tried says which calls are tried where nobody asks for another number: with the race detector each takes ten times as
// long, and it looks for something else.
const tried = 23
