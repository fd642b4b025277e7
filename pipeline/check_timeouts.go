package pipeline

import "github.com/penstock-ci/penstock/internal/diag"

// checkTimeouts allows timeoutInMinutes where the service does: on approvals.
func checkTimeouts(d *definition, list *diag.List) {
	for i := range d.actions {
		if a := &d.actions[i]; a.TimeoutInMinutes.Set && a.known && a.ActionTypeID.Category.Value != "Approval" {
			list.Add(timeoutNotApproval(a))
		}
	}
}
