// Package engine interprets state machines of Amazon States Language on this machine, in JSONata mode, as AWS Step
// Functions does: states, errors, retries, task tokens, timeouts, variables and history events.
//
// It knows nothing of pipelines, does no work of Task states itself (see Tasks), and keeps no files (see Store). Distributed
// Map states and JSONPath are not supported; package asl refuses both.
//
// In: a machine and an input, then the results of tasks, answers to task tokens and the passing of time. Out: history
// events as they happen, and at last a Result.
//
// An execution is a value, not a goroutine: a tree of frames, one for the machine and one for each running branch and iteration.
// It changes only by applying an Entry, and everything that comes from outside (the start, a result, a token's answer,
// a timer, a stop) is an Entry that the Store records first. Applying the same entries again gives the same execution,
// random numbers and task tokens included.
package engine
