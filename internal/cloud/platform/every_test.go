//go:build !race

package platform

// every says which calls of a release are tried: all of them.
const every = 1
