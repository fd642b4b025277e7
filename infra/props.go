package infra

import (
	"errors"
	"slices"

	"github.com/penstock-ci/penstock/internal/resources"
)

// DefaultLogDays is how long logs are kept where nothing else is asked for.
const DefaultLogDays = 90

// retentions are the numbers of days that PutRetentionPolicy of CloudWatch Logs takes.
func retentions() []int {
	return []int{1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653}
}

// isRetention takes 0 too, which stands for the default.
func isRetention(days int) bool { return days == 0 || slices.Contains(retentions(), days) }

// check names everything that would make a platform that cannot be deployed.
func (p PlatformProps) check() error {
	var problems []error
	hold := func(holds bool, name string, value any, want string) {
		if !holds {
			problems = append(problems, propError("PlatformProps."+name, value, want))
		}
	}
	hold(resources.IsPlatformName(p.Name), "Name", p.Name, resources.PlatformNames)
	hold(slices.Contains([]string{"", "arm64", "x86_64"}, p.Architecture), "Architecture", p.Architecture, "arm64 or x86_64, as Lambda has them")
	for _, account := range p.Targets {
		hold(resources.IsAccount(account), "Targets", account, "the twelve digits of an account")
	}
	hold(isRetention(p.LogDays), "LogDays", p.LogDays, retentionsAre())
	return errors.Join(problems...)
}

func (p PipelineProps) check() error {
	var problems []error
	switch {
	case p.File == "" && p.Definition == nil:
		problems = append(problems, noDefinitionError())
	case p.File != "" && p.Definition != nil:
		problems = append(problems, twoDefinitionsError(p.File))
	}
	if p.Platform.Name == "" {
		problems = append(problems, noPlatformError())
	}
	if !isRetention(p.LogDays) {
		problems = append(problems, propError("PipelineProps.LogDays", p.LogDays, retentionsAre()))
	}
	return errors.Join(problems...)
}
