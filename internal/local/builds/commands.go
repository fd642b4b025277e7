package builds

import (
	"fmt"
	"strings"

	"github.com/penstock-ci/penstock/internal/action/codebuild"
	"github.com/penstock-ci/penstock/internal/action/codebuild/buildspec"
)

// commands runs one phase, again where its on-failure says so. The phase has failed when its last attempt has.
//
// A failed phase with on-failure CONTINUE does not fail the build. The reference only says that the build goes on to
// the next phase, which a failed BUILD does anyway; so it must mean that the failure is accepted.
func (b *build) commands(name string, p buildspec.Phase) *failure {
	succeeding := b.succeeding
	f := b.attempt(name, p)
	for attempt := 1; f != nil && b.retries(p, f, attempt); attempt++ {
		b.log.container("%s", retrying(name, f, attempt, p.Retry.Count))
		b.succeed(succeeding)
		if f = b.attempt(name, p); f != nil {
			f.Attempts = attempt + 1
		}
	}
	if f != nil {
		f.tolerated = p.OnFailure == buildspec.OnFailureContinue
	}
	return f
}

// retries reports whether a phase that has failed so many times is run again. What its regular expression is held
// against is what CodeBuild says about the failure, and the last lines of the command.
func (b *build) retries(p buildspec.Phase, f *failure, attempts int) bool {
	if p.Retry == nil || attempts > p.Retry.Count || b.ctx.Err() != nil {
		return false
	}
	return p.Retry.Matching == nil || p.Retry.Matching.MatchString(f.message+"\n"+strings.Join(f.Log, "\n"))
}

// attempt runs the commands of a phase once: those of commands until one fails, then those of finally in any case. The
// phase fails where any of them does.
func (b *build) attempt(name string, p buildspec.Phase) *failure {
	f := b.series(name, p.Commands, false)
	if b.ctx.Err() != nil {
		return f
	}
	if f != nil {
		b.succeed(false)
	}
	if g := b.series(name, p.Finally, true); f == nil && g != nil {
		f = g
		b.succeed(false)
	}
	return f
}

// succeed sets what commands see of whether the build is succeeding.
func (b *build) succeed(succeeding bool) {
	if b.succeeding == succeeding {
		return
	}
	b.succeeding = succeeding
	value := "0"
	if succeeding {
		value = "1"
	}
	b.session.set("CODEBUILD_BUILD_SUCCEEDING", value)
}

func (b *build) series(phase string, commands []buildspec.Text, finally bool) *failure {
	for i, c := range commands {
		b.log.container("Running command %s", c.Value)
		result, err := b.session.run(b.ctx, phase, c.Value)
		if err == nil && !result.failed() {
			continue
		}
		if err != nil {
			result.reason = err.Error()
		}
		f := &failure{status: codebuild.Failed, statusCode: "COMMAND_EXECUTION_ERROR"}
		f.Command, f.Number, f.Of, f.Finally, f.Reason = c.Value, i+1, len(commands), finally, result.reason
		f.message = fmt.Sprintf("Error while executing command: %s. Reason: %s", c.Value, result.reason)
		f.Log = b.log.lastLines()
		b.log.container("Command did not exit successfully %s %s", c.Value, result.reason)
		return f
	}
	return nil
}
