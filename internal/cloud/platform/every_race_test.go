//go:build race

package platform

// every says which calls of a release are tried: with the race detector each takes ten times as long, and it is looking for
// something else.
const every = 11
