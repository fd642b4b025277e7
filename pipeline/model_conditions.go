package pipeline

import "github.com/penstock-ci/penstock/internal/diag"

// StageConditions are the conditions before entry or after success of a stage (BeforeEntryConditions,
// SuccessConditions).
type StageConditions struct {
	At         diag.Range
	Conditions []Condition
}

// FailureConditions say what happens when a stage fails.
type FailureConditions struct {
	At                 diag.Range
	Result             Text
	RetryConfiguration *RetryConfiguration
	Conditions         []Condition
}

// RetryConfiguration says what an automatic retry runs again: FAILED_ACTIONS or ALL_ACTIONS.
type RetryConfiguration struct {
	At        diag.Range
	RetryMode Text
}

// Condition is a set of rules and the result that applies when they do not hold.
type Condition struct {
	At     diag.Range
	Result Text
	Rules  []Rule
}

// Rule is one rule of a condition (RuleDeclaration).
type Rule struct {
	At               diag.Range
	Name             Text
	RuleTypeID       ActionTypeID // Category is Rule
	Configuration    []Property
	Commands         []Text
	InputArtifacts   []Text
	RoleArn          Text
	Region           Text
	TimeoutInMinutes Number
}

// VariableCheck compares a text with another, in the words of CodePipeline's rule of that name. Both may hold #{}, and
// Holds says what they compare to.
type VariableCheck struct {
	At                        diag.Range
	Variable, Operator, Value Text
}

// Trigger starts the pipeline on pushes or pull requests (PipelineTriggerDeclaration).
type Trigger struct {
	At               diag.Range
	ProviderType     Text
	GitConfiguration *GitConfiguration
}

// GitConfiguration says which events of a source action's repository start the pipeline.
type GitConfiguration struct {
	At               diag.Range
	SourceActionName Text
	Push             []GitPushFilter
	PullRequest      []GitPullRequestFilter
}

// GitPushFilter matches pushes.
type GitPushFilter struct {
	At                        diag.Range
	Tags, Branches, FilePaths *GitFilter
}

// GitPullRequestFilter matches pull-request events.
type GitPullRequestFilter struct {
	At                  diag.Range
	Events              []Text
	Branches, FilePaths *GitFilter
}

// GitFilter holds globs: a value passes if it matches an include, or there are none, and matches no exclude.
type GitFilter struct {
	At                 diag.Range
	Includes, Excludes []Text
}
