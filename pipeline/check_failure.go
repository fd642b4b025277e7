package pipeline

import "github.com/penstock-ci/penstock/internal/diag"

// checkFailureForms wants each onFailure to be one of three: a roll back, a retry, or conditions.
func checkFailureForms(d *definition, list *diag.List) {
	for i := range d.Stages {
		f := d.Stages[i].OnFailure
		if f == nil || !f.Result.IsKnown() {
			continue
		}
		retries := f.Result.Value == resultRetry
		switch {
		case !f.Result.IsSet() && len(f.Conditions) == 0:
			list.Add(emptyOnFailure(f.At))
			continue
		case retries && len(f.Conditions) > 0:
			list.Add(retryWithConditions(f.Result))
		case f.Result.IsSet() && len(f.Conditions) > 0:
			list.Add(resultBesideConditions(f.Result, f.Conditions[0].At))
		}
		if f.RetryConfiguration != nil && !retries {
			list.Add(retryConfigurationUnused(f.RetryConfiguration))
		}
	}
}
