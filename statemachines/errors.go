package statemachines

import (
	"strings"

	"github.com/penstock-ci/penstock/events"
	"github.com/penstock-ci/penstock/statemachines/asl"
)

const allErrors = "States.ALL"

// endings are the errors by which a handler says that the execution is over, or is another's: nothing has failed.
func endings() []string {
	return []string{events.ErrorStopped, events.ErrorSuperseded, events.ErrorCancelled, events.ErrorNotCurrent}
}

// retriers repeat what may pass by itself, for about three minutes: what Lambda and the handlers call so, and a handler that
// died, of its timeout for one. Handlers are idempotent.
func retriers() []asl.Retrier {
	return []asl.Retrier{{
		ErrorEquals: []string{
			"Lambda.ServiceException", "Lambda.AWSLambdaException", "Lambda.SdkClientException",
			"Lambda.TooManyRequestsException", "Lambda.ClientExecutionTimeoutException",
			"Lambda.Unknown", "Sandbox.Timedout", "Runtime.ExitError", events.ErrorThrottled, events.ErrorUnavailable,
		},
		IntervalSeconds: 1,
		MaxAttempts:     new(8),
		BackoffRate:     2,
		MaxDelaySeconds: 60,
		JitterStrategy:  "FULL",
	}}
}

// Error and cause of what a catcher caught: empty where a task token was answered without them. What is undefined there
// would be an error of its own, and null no text.
const (
	caughtError = `$states.errorOutput.Error ? $states.errorOutput.Error : ''`
	caughtCause = `$states.errorOutput.Cause ? $states.errorOutput.Cause : ''`
)

// failureOf describes a caught error as an events.ActionFailure of whoever is named: of the stage itself where nobody is.
func failureOf(who ...asl.Member) asl.Object {
	return append(asl.Object(who), asl.Field("error", asl.Expr(caughtError)), asl.Field("cause", asl.Expr(caughtCause)))
}

// catchEnded leads the errors that end an execution early to its quiet end.
func catchEnded() asl.Catcher {
	return asl.Catcher{
		ErrorEquals: endings(),
		Data: asl.Data{Assign: asl.Object{asl.Field(varEnded, asl.Object{
			asl.Field("error", asl.Expr(caughtError)),
			asl.Field("cause", asl.Expr(caughtCause)),
		})}},
		Next: nameEnded,
	}
}

// catchFailure leads every other error to the state that fails the stage.
func catchFailure(failures any, fail string) asl.Catcher {
	return asl.Catcher{
		ErrorEquals: []string{allErrors},
		Data:        asl.Data{Assign: asl.Object{asl.Field(varFailures, failures)}},
		Next:        fail,
	}
}

// objectSource is the source of an object whose values are plain texts and expressions.
func objectSource(object asl.Object) string {
	members := make([]string, 0, len(object))
	for _, m := range object {
		text, _ := m.Value.(string)
		source, isExpression := asl.Expression(text)
		if !isExpression {
			source = asl.QuoteJSONata(text)
		}
		members = append(members, asl.QuoteJSONata(m.Name)+": ("+strings.TrimSpace(source)+")")
	}
	return "{" + strings.Join(members, ", ") + "}"
}
