package builds

import (
	"fmt"

	"github.com/penstock-ci/penstock/internal/action/codebuild"
	"github.com/penstock-ci/penstock/internal/action/codebuild/buildspec"
)

// commands runs the commands of one phase: those of commands until one fails, then those of finally in any case. The
// phase fails where any of them does.
//
// A failed phase with on-failure CONTINUE does not fail the build. The reference only says that the build goes on to
// the next phase, which a failed BUILD does anyway; so it must mean that the failure is accepted.
func (b *build) commands(name string, p buildspec.Phase) *failure {
	f := b.series(name, p.Commands, false)
	if b.ctx.Err() == nil {
		if f != nil {
			b.session.set("CODEBUILD_BUILD_SUCCEEDING", "0")
		}
		if g := b.series(name, p.Finally, true); f == nil && g != nil {
			f = g
			b.session.set("CODEBUILD_BUILD_SUCCEEDING", "0")
		}
	}
	if f != nil {
		f.tolerated = p.OnFailure == buildspec.OnFailureContinue
	}
	return f
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
