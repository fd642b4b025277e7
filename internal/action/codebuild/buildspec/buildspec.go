package buildspec

import (
	"regexp"
	"strings"

	"github.com/penstock-ci/penstock/internal/diag"
)

// Text is a scalar with its place. Numbers and booleans keep the letters they were written with.
type Text struct {
	Value string
	At    diag.Range
}

// Buildspec is a whole buildspec file.
type Buildspec struct {
	Env Env
	// Phases has the declared phases in the order in which they run; only a buildspec that no build of its batch runs
	// has none.
	Phases []Phase
	// Artifacts is the primary artifact; nil where the file declares no files for it.
	Artifacts *Artifact
	// SecondaryArtifacts are in the order of the file, each with its Identifier.
	SecondaryArtifacts []Artifact
	Reports            []Report
	// Cache is nil where the file declares none.
	Cache *Cache
	// Batch is what is run where a batch is asked for; nil where the file declares none.
	Batch *Batch
}

// Env is the env section.
type Env struct {
	// Shell is ShellDefault, ShellBash or ShellSh.
	Shell             string
	Variables         []Variable
	ParameterStore    []Variable
	SecretsManager    []Variable
	ExportedVariables []Text
}

// The shells of a buildspec on Linux. Without env/shell it is the image's default one.
const (
	ShellDefault = ""
	ShellBash    = "bash"
	ShellSh      = "/bin/sh"
)

// Variable is one entry of env: for parameter-store and secrets-manager its Value is the reference.
type Variable struct {
	Name  Text
	Value Text
}

// Names of the phases, as a buildspec writes them.
const (
	Install   = "install"
	PreBuild  = "pre_build"
	Build     = "build"
	PostBuild = "post_build"
)

// PhaseNames returns the phases in the order in which they run.
func PhaseNames() []string { return []string{Install, PreBuild, Build, PostBuild} }

// Phase is one declared phase.
type Phase struct {
	Name      string
	OnFailure OnFailure
	// Retry says when a failed phase is run again; nil where on-failure is no form of RETRY.
	Retry    *Retry
	Commands []Text
	// Finally runs after Commands, also when one of them failed.
	Finally []Text
}

// OnFailure says what a failed phase leads to.
type OnFailure string

// Values of on-failure. The zero value follows the usual transitions: a failed install or pre_build ends the build,
// a failed build phase still leads to post_build.
const (
	OnFailureDefault  OnFailure = ""
	OnFailureAbort    OnFailure = "ABORT"
	OnFailureContinue OnFailure = "CONTINUE"
)

// Retry is on-failure with RETRY, RETRY-count, RETRY-regex or RETRY-count-regex.
type Retry struct {
	// Count is how often a phase is run again at most, 0 to 100.
	Count int
	// Matching is what the message of the failure must match, anywhere in it; nil is any failure.
	Matching *regexp.Regexp
}

// Artifact says which files make up one artifact. Its texts may hold $NAME and ${NAME}.
type Artifact struct {
	// Identifier is the key in secondary-artifacts, empty in the primary artifact.
	Identifier    string
	Files         []Text
	ExcludePaths  []Text
	BaseDirectory Text
	DiscardPaths  bool
	// KeepLinks is enable-symlinks: symbolic links stay links instead of becoming the files they lead to.
	KeepLinks bool
}

// Report is one report group.
type Report struct {
	Group         string
	Files         []Text
	BaseDirectory Text
	// Format is the file format in upper case, JUNITXML by default.
	Format string
}

// FormatJUnit is the default format of a report.
const FormatJUnit = "JUNITXML"

// ArtifactFor returns the declaration that an output artifact of an action takes. CodePipeline gives a single output
// the primary artifact; several outputs are secondary artifacts of the same names.
func (b *Buildspec) ArtifactFor(output string, outputs int) (Artifact, bool) {
	if outputs == 1 && b.Artifacts != nil {
		return *b.Artifacts, true
	}
	for _, a := range b.SecondaryArtifacts {
		if a.Identifier == output {
			return a, true
		}
	}
	return Artifact{}, false
}

// BatchArtifactFor returns the declaration that an output artifact takes which is named after a build of a batch: the
// identifier of the build is its primary artifact, `identifier_artifact` a secondary one.
func (b *Buildspec) BatchArtifactFor(identifier, output string) (Artifact, bool) {
	if output == identifier && b.Artifacts != nil {
		return *b.Artifacts, true
	}
	name, secondary := strings.CutPrefix(output, identifier+"_")
	for _, a := range b.SecondaryArtifacts {
		if secondary && a.Identifier == name {
			return a, true
		}
	}
	return Artifact{}, false
}
