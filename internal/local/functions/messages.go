package functions

import (
	"fmt"

	"github.com/penstock-ci/penstock/internal/action"
)

// noResult is a job that nobody ended: CodePipeline would wait for its result until the action times out.
func noResult(name, bindingFile string) error {
	return action.Fail(action.JobFailed, "the function returned without a result for its job; on AWS the action would wait until it times out. "+
		"Call PutJobSuccessResult or PutJobFailureResult in it, or, to take what it returns for the result, write result: return for %s in functions of %s",
		name, bindingFile)
}

func wrongVariables(name string) error {
	return action.Fail(action.JobFailed, "function %s returned outputVariables that are no texts: return {\"outputVariables\": {\"NAME\": \"VALUE\"}}", name)
}

func secretVariable(name string) string {
	return fmt.Sprintf("note: output variable %s is left out: a secret is in its value", name)
}

const secretReturned = "note: a secret in what the function returned is masked: the history of the state machine would keep it"
