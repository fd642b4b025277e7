package statemachines

import "errors"

// LimitError says that a machine would break a limit of Step Functions.
type LimitError struct {
	Use Use
	// At is the place of the stage in the definition, such as "pipeline.yaml:3:5"; empty where it is unknown.
	At string
}

func (e *LimitError) Error() string { return msgLimit(e) }

func (u Use) exceeded() bool { return u.Most > u.Limit }

// Exceeded is the error with which Compile refuses the pipeline, a [LimitError] for each limit that the worst execution
// would break; nil where it breaks none.
func (f Figures) Exceeded() error {
	var errs []error
	for _, u := range f.Uses {
		if u.exceeded() {
			errs = append(errs, &LimitError{Use: u, At: f.places[u.Stage]})
		}
	}
	return errors.Join(errs...)
}
