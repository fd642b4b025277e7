package api

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/penstock-ci/penstock/internal/execution"
)

// The constraints of the model, in the words of the service.
const (
	mustNotBeNull = "Member must not be null"
	mustMatch     = "Member must satisfy regular expression pattern: %s"
	mustBeOneOf   = "Member must satisfy enum value set: [%s]"
	mustBeLonger  = "Member must have length greater than or equal to %d"
	mustBeShorter = "Member must have length less than or equal to %d"
	mustBeMore    = "Member must have value greater than or equal to %d"
	mustBeLess    = "Member must have value less than or equal to %d"
)

// longestShown is how many characters of a value a message repeats.
const longestShown = 200

func brokenConstraint(path string, value any, constraint string) string {
	shown := "null"
	if value != nil {
		shown = "'" + shortened(fmt.Sprint(value)) + "'"
	}
	return fmt.Sprintf("Value %s at '%s' failed to satisfy constraint: %s", shown, path, constraint)
}

// shortened is as much of a value as a message repeats.
func shortened(value string) string {
	runes := []rune(value)
	if len(runes) > longestShown {
		runes = append(runes[:longestShown:longestShown], '…')
	}
	return string(runes)
}

func invalid(broken []string) error {
	noun := "errors"
	if len(broken) == 1 {
		noun = "error"
	}
	return refused("ValidationException", "%d validation %s detected: %s", len(broken), noun, strings.Join(broken, "; "))
}

var errTrailing = errors.New("the body goes on behind its JSON value")

func unreadable(err error) error {
	return refused("SerializationException", "the body is not the JSON of an input: %v", err)
}

func wrongType(path, want string) error {
	if path == "" {
		path = "the input"
	}
	return refused("SerializationException", "%s must be %s", path, want)
}

func bodyTooLong() error {
	return &exception{
		status: http.StatusRequestEntityTooLarge, Type: "RequestEntityTooLargeException",
		Message: fmt.Sprintf("the body has more than %d bytes", maxBody),
	}
}

func notTheProtocol(format string, args ...any) error {
	return refused("UnknownOperationException", "%s is no request of this API: it takes POST /, Content-Type %s, X-Amz-Target %sOPERATION",
		fmt.Sprintf(format, args...), contentType, targetPrefix)
}

func unknownOperation(target string) error {
	return refused("UnknownOperationException", "CodePipeline has no operation %q", target)
}

func notYet(operation string) error {
	return refused("OperationNotSupportedException", "Penstock does not have CodePipeline's operation %s yet", operation)
}

func noPath(operation string) error {
	return refused("OperationNotSupportedException", "%s cannot be asked for through a path", operation)
}

func notInAPath(member, value string) error {
	return refused("ValidationException", "%s is %q, which cannot stand in the path of a request", member, value)
}

func anotherPath(path, want string) error {
	return refused("AccessDeniedException", "the path of the request is %q, and that of what its body asks for is %q: nothing was done", shortened(path), want)
}

func noCaller() error {
	return refused("AccessDeniedException", "nobody has said who calls: sign the request")
}

func invalidNextToken() error {
	return refused("InvalidNextTokenException", "The nextToken was not returned by this operation with these parameters: leave it out to begin again")
}

// The exceptions of operations on what is not there.

func noPipeline(account, name string) error {
	return refused("PipelineNotFoundException", "Account '%s' does not have a pipeline with name '%s'", account, name)
}

// noJobs is where functions give their results to whoever invoked them, and not to this API.
func noJobs() error {
	return refused("JobNotFoundException", "no job is open here: a function that was invoked on this machine gives its result to the endpoint in its environment")
}

func variablesTooEarly() error {
	return refused("ValidationException", "outputVariables are given with the last result of an action: leave them out where there is a continuationToken")
}

func noStage(pipeline, name string) error {
	return refused("StageNotFoundException", "Pipeline '%s' does not have a stage with name '%s'", pipeline, name)
}

func noAction(stage, name string) error {
	return refused("ActionNotFoundException", "Stage '%s' does not have an action with name '%s'", stage, name)
}

func noExecution(pipeline, id string) error {
	return refused("PipelineExecutionNotFoundException", "Pipeline '%s' does not have an execution with ID '%s'", pipeline, id)
}

// StopPipelineExecution has no exception of its own for an execution that is not there.
func notStoppable(pipeline, id string) error {
	return refused("PipelineExecutionNotStoppableException", "Pipeline '%s' does not have an execution with ID '%s'", pipeline, id)
}

func invalidApprovalToken(stage, action string) error {
	return refused("InvalidApprovalTokenException", "The token does not answer the approval '%s' of stage '%s': it has been answered, has expired or was never given", action, stage)
}

func twoFilters() error {
	return refused("ValidationException", "filter takes pipelineExecutionId or latestInPipelineExecution, not both")
}

func duplicateVariable(name string) error {
	return refused("ValidationException", "variable '%s' is given twice", name)
}

func refused(name, format string, args ...any) error {
	return &execution.Error{Code: execution.Invalid, Name: name, Message: fmt.Sprintf(format, args...)}
}

// shownList stands for a list in a message.
func shownList(n int) string {
	if n == 0 {
		return "[]"
	}
	return fmt.Sprintf("[%d members]", n)
}
