package pipeline

import "github.com/penstock-ci/penstock/internal/diag"

var (
	beforeEntryStructure = conditionsStructure(beforeEntry)
	onSuccessStructure   = conditionsStructure(onSuccess)
)

func conditionsStructure(member string) structure[StageConditions] {
	return structure[StageConditions]{
		name: member,
		at:   func(c *StageConditions) *diag.Range { return &c.At },
		fields: []field[StageConditions]{
			{"conditions", required, func(c *StageConditions) slot { return listOf(&c.Conditions, &conditionStructure, 1) }},
		},
	}
}

var failureStructure = structure[FailureConditions]{
	name: onFailure,
	at:   func(c *FailureConditions) *diag.Range { return &c.At },
	fields: []field[FailureConditions]{
		{"result", optional, func(c *FailureConditions) slot { return scalar(&c.Result, conditionResult) }},
		{"retryConfiguration", optional, func(c *FailureConditions) slot {
			return part(&c.RetryConfiguration, &retryStructure)
		}},
		{"conditions", optional, func(c *FailureConditions) slot { return listOf(&c.Conditions, &conditionStructure, 1) }},
	},
}

var retryStructure = structure[RetryConfiguration]{
	name: "retryConfiguration",
	at:   func(r *RetryConfiguration) *diag.Range { return &r.At },
	fields: []field[RetryConfiguration]{
		{"retryMode", optional, func(r *RetryConfiguration) slot { return scalar(&r.RetryMode, retryMode) }},
	},
}

var conditionStructure = structure[Condition]{
	name: "condition",
	at:   func(c *Condition) *diag.Range { return &c.At },
	fields: []field[Condition]{
		{"result", optional, func(c *Condition) slot { return scalar(&c.Result, conditionResult) }},
		{"rules", optional, func(c *Condition) slot { return listOf(&c.Rules, &ruleStructure, 5) }},
	},
}

var ruleStructure = structure[Rule]{
	name:   "rule",
	at:     func(r *Rule) *diag.Range { return &r.At },
	label:  func(r *Rule) Text { return r.Name },
	absent: []string{"timeoutInMinutes"},
	fields: []field[Rule]{
		{"name", required, func(r *Rule) slot { return scalar(&r.Name, ruleName) }},
		{"ruleTypeId", required, func(r *Rule) slot { return typeIDSlot{&r.RuleTypeID, &ruleTypeIDStructure} }},
		{"configuration", optional, func(r *Rule) slot {
			return propertiesSlot{&r.Configuration, configurationKey, ruleConfigurationValue}
		}},
		{"commands", optional, func(r *Rule) slot { return textsSlot{&r.Commands, 50, commandLine, 0} }},
		{"inputArtifacts", optional, func(r *Rule) slot { return listOf(&r.InputArtifacts, &inputArtifactStructure, 0) }},
		{"roleArn", optional, func(r *Rule) slot { return scalar(&r.RoleArn, roleARN) }},
		{"region", optional, func(r *Rule) slot { return scalar(&r.Region, regionName) }},
		{"timeoutInMinutes", optional, func(r *Rule) slot { return numberSlot{&r.TimeoutInMinutes, 5, 86400, 0} }},
	},
}

var variableCheckStructure = structure[VariableCheck]{
	name:  "check",
	at:    func(c *VariableCheck) *diag.Range { return &c.At },
	label: func(c *VariableCheck) Text { return c.Variable },
	hint:  `write it as {variable: "#{namespace.key}", operator: EQ, value: TEXT}`,
	fields: []field[VariableCheck]{
		{"variable", required, func(c *VariableCheck) slot { return scalar(&c.Variable, checkVariable) }},
		{"operator", required, func(c *VariableCheck) slot { return scalar(&c.Operator, checkOperator) }},
		{"value", required, func(c *VariableCheck) slot { return scalar(&c.Value, checkValue) }},
	},
}

var ruleTypeIDStructure = structure[ActionTypeID]{
	name: "ruleTypeId",
	at:   func(id *ActionTypeID) *diag.Range { return &id.At },
	fields: []field[ActionTypeID]{
		{"category", required, func(id *ActionTypeID) slot { return scalar(&id.Category, ruleCategory) }},
		{"owner", optional, func(id *ActionTypeID) slot { return scalar(&id.Owner, ruleOwner) }},
		{"provider", required, func(id *ActionTypeID) slot { return scalar(&id.Provider, actionProvider) }},
		{"version", optional, func(id *ActionTypeID) slot { return scalar(&id.Version, actionVersion) }},
	},
}

var triggerStructure = structure[Trigger]{
	name: "trigger",
	at:   func(t *Trigger) *diag.Range { return &t.At },
	fields: []field[Trigger]{
		{"providerType", required, func(t *Trigger) slot { return scalar(&t.ProviderType, triggerProviderType) }},
		{"gitConfiguration", required, func(t *Trigger) slot { return part(&t.GitConfiguration, &gitStructure) }},
	},
}

var gitStructure = structure[GitConfiguration]{
	name: "gitConfiguration",
	at:   func(g *GitConfiguration) *diag.Range { return &g.At },
	fields: []field[GitConfiguration]{
		{"sourceActionName", required, func(g *GitConfiguration) slot { return scalar(&g.SourceActionName, actionName) }},
		{"push", optional, func(g *GitConfiguration) slot { return someOf(&g.Push, &pushStructure, 3) }},
		{"pullRequest", optional, func(g *GitConfiguration) slot { return someOf(&g.PullRequest, &pullRequestStructure, 3) }},
	},
}

var pushStructure = structure[GitPushFilter]{
	name: "push filter",
	at:   func(f *GitPushFilter) *diag.Range { return &f.At },
	fields: []field[GitPushFilter]{
		{"tags", optional, func(f *GitPushFilter) slot { return part(&f.Tags, &gitFilterStructure) }},
		{"branches", optional, func(f *GitPushFilter) slot { return part(&f.Branches, &gitFilterStructure) }},
		{"filePaths", optional, func(f *GitPushFilter) slot { return part(&f.FilePaths, &gitFilterStructure) }},
	},
}

var pullRequestStructure = structure[GitPullRequestFilter]{
	name: "pullRequest filter",
	at:   func(f *GitPullRequestFilter) *diag.Range { return &f.At },
	fields: []field[GitPullRequestFilter]{
		{"events", optional, func(f *GitPullRequestFilter) slot { return textsSlot{&f.Events, 3, pullRequestEvent, 1} }},
		{"branches", optional, func(f *GitPullRequestFilter) slot { return part(&f.Branches, &gitFilterStructure) }},
		{"filePaths", optional, func(f *GitPullRequestFilter) slot { return part(&f.FilePaths, &gitFilterStructure) }},
	},
}

var gitFilterStructure = structure[GitFilter]{
	name: "filter",
	at:   func(f *GitFilter) *diag.Range { return &f.At },
	fields: []field[GitFilter]{
		{"includes", optional, func(f *GitFilter) slot { return textsSlot{&f.Includes, 8, gitPattern, 1} }},
		{"excludes", optional, func(f *GitFilter) slot { return textsSlot{&f.Excludes, 8, gitPattern, 1} }},
	},
}
