//go:build !race

package platform

// tried says which calls are tried where nobody asks for another number: each fifth, with every fault from another one on.
const tried = 5
