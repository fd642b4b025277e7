package pipeline

import (
	"regexp"
	"slices"
	"unicode/utf8"

	"github.com/penstock-ci/penstock/internal/diag"
)

// limit is what the API's model allows in a string: its length in characters, its pattern or its values.
type limit struct {
	min, max int
	pattern  *regexp.Regexp
	reads    string // what the pattern says, in words
	values   []string
}

func pattern(expression, reads string) func(least, most int) *limit {
	compiled := regexp.MustCompile(`^(?:` + expression + `)$`)
	return func(least, most int) *limit {
		return &limit{min: least, max: most, pattern: compiled, reads: reads}
	}
}

func textOf(least, most int) *limit { return &limit{min: least, max: most} }

func oneOf(values ...string) *limit { return &limit{values: values} }

// Limits of the API's model, each under the name of its shape.
var (
	nameText  = pattern(`[A-Za-z0-9.@\-_]+`, "letters, digits and . @ - _")
	wordText  = pattern(`[A-Za-z0-9@\-_]+`, "letters, digits and @ - _")
	plainText = pattern(`[A-Za-z0-9\-_]+`, "letters, digits and - _")
	locations = pattern(`[A-Za-z0-9\-.]+`, "letters, digits and - .")
	idents    = pattern(`[A-Za-z0-9_]+`, "letters, digits and _")
	roles     = pattern(`arn:aws(-\w+)*:iam::[0-9]{12}:role/.*`,
		"the ARN of an IAM role, like arn:aws:iam::111122223333:role/Name")

	pipelineName             = nameText(1, 100)
	stageName                = nameText(1, 100)
	actionName               = nameText(1, 100)
	ruleName                 = nameText(1, 100)
	blockerName              = textOf(1, 100)
	blockerType              = oneOf("Schedule")
	roleARN                  = roles(1, 1024)
	regionName               = textOf(4, 30)
	artifactStoreType        = oneOf("S3")
	artifactStoreLocation    = locations(3, 63)
	encryptionKeyID          = textOf(1, 400)
	encryptionKeyType        = oneOf("KMS")
	executionMode            = oneOf(ModeSuperseded, ModeQueued, ModeParallel)
	pipelineType             = oneOf("V1", "V2")
	variableName             = wordText(1, 128)
	variableValue            = textOf(1, 1000)
	variableDescription      = textOf(0, 200)
	tagKey                   = textOf(1, 128)
	tagValue                 = textOf(0, 256)
	actionCategory           = oneOf("Source", "Build", "Deploy", "Test", "Invoke", "Approval", "Compute")
	actionOwner              = oneOf("AWS", "ThirdParty", "Custom")
	ruleCategory             = oneOf("Rule")
	ruleOwner                = oneOf("AWS")
	actionProvider           = plainText(1, 35)
	actionVersion            = plainText(1, 9)
	configurationKey         = textOf(1, 50)
	configurationValue       = textOf(1, 50000) // the model says 1000; the service has taken 50000 since 2025
	ruleConfigurationValue   = textOf(1, 10000)
	commandLine              = textOf(1, 1000)
	artifactName             = plainText(1, 100)
	filePath                 = textOf(1, 128)
	outputVariable           = textOf(1, 128)
	actionNamespace          = wordText(1, 100)
	environmentVariableName  = idents(1, 128)
	environmentVariableValue = textOf(1, 2000)
	environmentVariableType  = oneOf("PLAINTEXT", "SECRETS_MANAGER")
	conditionResult          = oneOf("ROLLBACK", "FAIL", "RETRY", "SKIP")
	retryMode                = oneOf("FAILED_ACTIONS", "ALL_ACTIONS")
	triggerProviderType      = oneOf("CodeStarSourceConnection")
	pullRequestEvent         = oneOf("OPEN", "UPDATED", "CLOSED")
	gitPattern               = textOf(1, 255)
)

// check reports what a text breaks: one diagnostic, for the first rule broken.
func (l *limit) check(list *diag.List, what member, t Text) {
	if l.values != nil {
		if !slices.Contains(l.values, t.Value) {
			list.Add(unknownValue(t, what, l.values))
		}
		return
	}
	switch n := utf8.RuneCountInString(t.Value); {
	case n < l.min && n == 0:
		list.Add(emptyValue(t, what))
	case n < l.min:
		list.Add(tooShort(t, what, n, l.min))
	case n > l.max:
		list.Add(tooLong(t, what, n, l.max))
	case l.pattern != nil && !l.pattern.MatchString(t.Value):
		list.Add(invalidValue(t, what, l.reads))
	}
}
