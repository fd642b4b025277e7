package builds

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/penstock-ci/penstock/internal/action/codebuild"
)

const (
	noPhases = "the buildspec has no phases: all builds of its batch have a buildspec of their own; set BatchEnabled of the action to \"true\", " +
		"or add `phases:`"
	batchIgnored     = "The batch of the buildspec is not run: BatchEnabled of the action is not \"true\", so this is one build"
	nothingToCombine = "no build of the batch has a primary artifact to combine; add `artifacts:` with `files:` to the buildspec"
)

// containerIgnored names the settings of a container that have no part here.
func containerIgnored(settings map[string]string) string {
	names := slices.Sorted(maps.Keys(settings))
	return fmt.Sprintf("Ignored on this machine: %s", strings.Join(names, ", "))
}

func noBatch(file string) string {
	return fmt.Sprintf("BatchEnabled of the action is \"true\", and buildspec %q has no batch; add `batch:` with a build-graph, a build-list or a "+
		"build-matrix, or leave BatchEnabled out", file)
}

func outputOfNoBuild(output string, identifiers []string) string {
	return fmt.Sprintf("output artifact %q is of no build of the batch: name it IDENTIFIER, for the primary artifact of a build, or "+
		"IDENTIFIER_ARTIFACT, for a secondary one; the identifiers are %s; or set CombineArtifacts to \"true\"", output, strings.Join(identifiers, ", "))
}

func timedOut(after time.Duration) string {
	return fmt.Sprintf("timed out after %s", after.Round(time.Second))
}

func undeclaredInBatch(identifier, output string) error {
	if output == identifier {
		return errors.New("the buildspec declares no primary artifact, as output artifact " + output + " needs; add `artifacts:` with `files:`")
	}
	name := strings.TrimPrefix(output, identifier+"_")
	return fmt.Errorf("the buildspec declares no secondary artifact %q, as output artifact %s needs", name, output)
}

// settled says how a build of a batch ended.
func settled(m *member, f *codebuild.BuildFailure) string {
	text := fmt.Sprintf("Build %s ended: %s", m.Identifier.Value, m.status)
	if f != nil {
		text += ", " + f.String()
	}
	if m.status != codebuild.Succeeded && m.IgnoreFailure {
		text += "; its failure is ignored"
	}
	return text
}

// notBegun says why a build of a batch is not run; on is the build that it waits for, if there is one.
func notBegun(identifier, on string) string {
	if on != "" {
		return fmt.Sprintf("Build %s is not run: it depends on %s", identifier, on)
	}
	return fmt.Sprintf("Build %s is not run: %v", identifier, errFastFail)
}

func differs(variable string) string {
	return fmt.Sprintf("Variable %s is not exported: the builds of the batch give it different values", variable)
}

func combinedTwice(file, first, second string) string {
	return fmt.Sprintf("Skipping %s of build %s: the combined artifact has that of build %s", file, second, first)
}

// retrying says that a phase is run again, after so many attempts of 1 and retries.
func retrying(phase string, f *failure, attempts, retries int) string {
	return fmt.Sprintf("Running phase %s again, attempt %d of %d: %s", phase, attempts+1, retries+1, f.Reason)
}

func notCached(path, where string) string {
	return fmt.Sprintf("%s is not kept as cache: it is %s", path, where)
}
