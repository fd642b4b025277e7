package engine

import "fmt"

// Wording that Step Functions uses in causes.

func causeInState(f *frame, text string) string {
	return fmt.Sprintf("An error occurred while executing the state '%s' (entered at the event id #%d). %s", f.state.name, f.entered, text)
}

func causeExpression(source, field, text string) string {
	return fmt.Sprintf("The JSONata expression '%s' specified for the field '%s' %s", source, field, text)
}

func causeThrew(err error) string { return fmt.Sprintf("threw an error during evaluation. %v", err) }

func causeResultType(want, got string, value []byte) string {
	return fmt.Sprintf("returned an unexpected result type. Expected '%s', but was '%s' for value: %s", want, got, value)
}

func causeDataLimit(what string) string {
	return fmt.Sprintf("The state/task '%s' returned a result with a size exceeding the maximum number of bytes service limit.", what)
}

func causeMapInput(text string) string {
	return "Map state input must be an array but was: " + text
}

func causeTimestamp(text string) string {
	return "The Timestamp field cannot be parsed as an ISO-8601 extended offset date-time format string: " + text
}

func causeNoChoice() string {
	return "Failed to transition out of the state. The state does not point to a next state."
}

func causeNotJSON() string { return "The task returned a result that is not valid JSON." }

func causeNoFunctionName() string {
	return "The field 'FunctionName' is required and must be a string."
}

func causeOuterVariable(name string) string {
	return fmt.Sprintf("The variable '%s' belongs to an outer scope and cannot be assigned in a branch or an iteration.", name)
}

func causeTooManyEvents() string {
	return fmt.Sprintf("The execution reached the maximum number of history events (%d).", maxEvents)
}
