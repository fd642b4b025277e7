package builds

import "fmt"

// retrying says that a phase is run again, after so many attempts of 1 and retries.
func retrying(phase string, f *failure, attempts, retries int) string {
	return fmt.Sprintf("Running phase %s again, attempt %d of %d: %s", phase, attempts+1, retries+1, f.Reason)
}
