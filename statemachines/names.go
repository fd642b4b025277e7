package statemachines

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"

	"github.com/penstock-ci/penstock/statemachines/asl"
)

// Names of the states around those of the stages.
const (
	nameStart     = "Start"
	nameRoute     = "Route"
	nameResume    = "Resume"
	nameResumed   = "Resumed"
	nameContinue  = "Continue"
	nameContinued = "Continued"
	nameFinish    = "Finish"
	nameSucceeded = "Succeeded"
	nameFailed    = "Failed"
	nameEnded     = "Ended"
)

// reserved are the names that no stage or action may get, whether or not a machine has such a state.
var reserved = []string{
	nameStart, nameRoute, nameResume, nameResumed, nameContinue, nameContinued, nameFinish, nameSucceeded, nameFailed, nameEnded,
}

// names hands out state names that are unique in the whole machine, branches included.
type names struct{ taken map[string]bool }

func newNames() names {
	n := names{taken: map[string]bool{}}
	for _, name := range reserved {
		n.taken[name] = true
	}
	return n
}

// unique returns the wanted name, shortened and numbered as far as needed. The names of a checked pipeline's stages
// and actions hold no slash, colon or space, so only shortened ones can meet.
func (n names) unique(want string) string {
	name := shorten(plainText(want))
	for i := 2; n.taken[name]; i++ {
		name = shorten(plainText(want) + " (" + strconv.Itoa(i) + ")")
	}
	n.taken[name] = true
	return name
}

// shorten keeps both ends of a name that is too long, because one names the stage and the other the action, around
// the beginning of its SHA-256.
func shorten(name string) string {
	runes := []rune(name)
	if len(runes) <= asl.MaxNameLength {
		return name
	}
	sum := sha256.Sum256([]byte(name))
	middle := "~" + hex.EncodeToString(sum[:4]) + "~"
	keep := (asl.MaxNameLength - len(middle)) / 2
	return string(runes[:keep]) + middle + string(runes[len(runes)-keep:])
}

// plainText takes from a text what names and comments, which cannot be written as literals of an expression, must not
// hold: the beginning of a substitution.
func plainText(text string) string { return strings.ReplaceAll(text, "${", "$") }
