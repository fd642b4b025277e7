package pipeline

import "github.com/penstock-ci/penstock/internal/diag"

// checkDeploymentWindows reads the cron expressions and time zones of DeploymentWindow rules.
func checkDeploymentWindows(d *definition, list *diag.List) {
	for i := range d.rules {
		r := &d.rules[i]
		if r.ActionTypeID.Provider.Value != "DeploymentWindow" {
			continue
		}
		if cron, there := r.Setting("Cron"); there && isLiteral(cron) {
			if problem, start, end := cronProblem(cron.Value); problem != "" {
				list.Add(invalidCron(within(cron, start, end), problem))
			}
		}
		if zone, there := r.Setting("TimeZone"); there && isLiteral(zone) && !isTimeZone(zone.Value) {
			list.Add(invalidTimeZone(zone))
		}
	}
}

// isLiteral reports whether a text is what will be used: not empty, wholly known and without variables.
func isLiteral(t Text) bool { return t.Value != "" && t.IsKnown() && len(References(t.Value)) == 0 }
