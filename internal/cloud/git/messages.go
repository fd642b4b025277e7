package git

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/penstock-ci/penstock/internal/action"
	"github.com/penstock-ci/penstock/internal/execution"
)

// All wording of this package for people: one function per mistake.

func fetching(r Repository) string { return "fetch " + r.Name }

// noProgram is an error of the deployment, which a second attempt does not mend.
func noProgram(path string, err error) error {
	return &execution.Error{Code: execution.Internal, Message: fmt.Sprintf("there is no program %q to fetch repositories with: build the functions with make functions", path), Err: err}
}

func notStarted(r Repository, err error) error {
	return &execution.Error{Code: execution.Unavailable, Message: fetching(r) + ": start the program that fetches it", Err: err}
}

// interrupted is a fetch whose context has ended.
func interrupted(r Repository, cause error) error {
	code := execution.Unavailable
	if errors.Is(cause, context.Canceled) {
		code = execution.Canceled
	}
	return &execution.Error{Code: code, Message: fetching(r), Err: cause}
}

// died is a program that has ended without a reason of its own; state says how.
func died(r Repository, state *os.ProcessState, said []string) error {
	text := fmt.Sprintf("%s: the program that fetches it died (%s)", fetching(r), state)
	if len(said) > 0 {
		text += ": " + strings.Join(said, "; ")
	}
	return &execution.Error{Code: execution.Unavailable, Message: text}
}

func unread(r Repository, err error) error {
	return &execution.Error{Code: execution.Unavailable, Message: fetching(r) + ": read what the program that fetches it says", Err: err}
}

func tooLong(r Repository) error {
	return unread(r, fmt.Errorf("its first line, with the message of the commit, has more than %d bytes", maxHeader))
}

func tooManyReferences(r Repository) *action.Failure {
	return action.Fail(action.RevisionUnavailable, "%s has more branches and tags than are taken here, which is %d bytes of names: delete those that nobody needs", r.Name, maxReferences)
}
