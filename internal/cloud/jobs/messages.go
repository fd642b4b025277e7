package jobs

import "github.com/penstock-ci/penstock/internal/execution"

func notInvoked(doing string) error {
	return &execution.Error{Code: execution.Internal, Message: doing + ": only jobs that have begun are looked at here"}
}
