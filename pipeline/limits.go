package pipeline

import (
	"regexp"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/penstock-ci/penstock/internal/diag"
)

// limit is what the API's model allows in a string: its length in characters, its pattern or its values.
type limit struct {
	min, max int
	pattern  func() *regexp.Regexp // nil is any
	reads    string                // what the pattern says, in words
	values   []string
	resolves bool // #{namespace.key} gets its value here
}

// onUse compiles an expression when it is used first. A Lambda function that only reads checked definitions starts sooner.
func onUse(expression string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expression) })
}

func pattern(expression, reads string) func(least, most int) *limit {
	compiled := onUse(`^(?:` + expression + `)$`)
	return func(least, most int) *limit {
		return &limit{min: least, max: most, pattern: compiled, reads: reads}
	}
}

func textOf(least, most int) *limit { return &limit{min: least, max: most} }

// resolvedText is a text in which variables get their values, and which is not empty.
func resolvedText(most int) *limit { return &limit{min: 1, max: most, resolves: true} }

// resolvedOrEmpty is a text in which variables get their values, and which may be empty.
func resolvedOrEmpty(most int) *limit { return &limit{max: most, resolves: true} }

func oneOf(values ...string) *limit { return &limit{values: values} }

// Limits of the API's model, each under the name of its shape.
var (
	nameText  = pattern(`[A-Za-z0-9.@\-_]+`, "letters, digits and . @ - _")
	wordText  = pattern(`[A-Za-z0-9@\-_]+`, "letters, digits and @ - _")
	plainText = pattern(`[A-Za-z0-9\-_]+`, "letters, digits and - _")
	locations = pattern(`[A-Za-z0-9\-.]+`, "letters, digits and - .")
	reasons   = pattern(`[a-zA-Z0-9!@ ().*?\-]+`, "letters, digits, spaces and ! @ ( ) . * ? -")
	tagText   = pattern(`[\p{L}\p{N}\p{Z}_.:/=+\-@]*`, "letters, digits, spaces and + - = . _ : / @")
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
	tagKey                   = tagText(1, 128)
	tagValue                 = tagText(0, 256)
	actionCategory           = oneOf("Source", "Build", "Deploy", "Test", "Invoke", "Approval", "Compute")
	actionOwner              = oneOf("AWS", "ThirdParty", "Custom")
	ruleCategory             = oneOf("Rule")
	ruleOwner                = oneOf("AWS")
	actionProvider           = plainText(1, 35)
	actionVersion            = plainText(1, 9)
	configurationKey         = textOf(1, 50)
	configurationValue       = resolvedText(50000) // the model says 1000; the service has taken 50000 since 2025
	ruleConfigurationValue   = resolvedText(10000)
	commandLine              = resolvedText(1000)
	artifactName             = plainText(1, 100)
	filePath                 = textOf(1, 128)
	outputVariable           = textOf(1, 128)
	actionNamespace          = wordText(1, 100)
	environmentVariableName  = idents(1, 128)
	environmentVariableValue = resolvedText(2000)
	environmentVariableType  = oneOf("PLAINTEXT", "SECRETS_MANAGER")
	checkVariable            = resolvedText(10000) // as in the configuration of a rule
	checkOperator            = oneOf(operatorEQ, operatorNE, operatorContains, operatorMatches)
	checkValue               = resolvedOrEmpty(10000)
	conditionResult          = oneOf("ROLLBACK", "FAIL", "RETRY", "SKIP")
	retryMode                = oneOf("FAILED_ACTIONS", "ALL_ACTIONS")
	triggerProviderType      = oneOf("CodeStarSourceConnection")
	pullRequestEvent         = oneOf("OPEN", "UPDATED", "CLOSED")
	gitPattern               = textOf(1, 255)
)

// check reports what a text breaks: one diagnostic, for the first rule broken.
func (l *limit) check(list *diag.List, what member, t Text) {
	switch references := References(t.Value); {
	case !t.IsKnown():
		l.checkPart(list, what, t)
	case len(references) > 0 && !l.resolves:
		at := within(t, references[0].Start, references[0].End)
		list.Add(referenceNotResolved(at, what, t.Value[references[0].Start:references[0].End], l.allows(t.Value)))
	default:
		l.checkWhole(list, what, t)
	}
}

// allows reports whether a text breaks nothing.
func (l *limit) allows(text string) bool {
	var list diag.List
	l.checkWhole(&list, member{}, Text{Value: text})
	return len(list) == 0
}

func (l *limit) checkWhole(list *diag.List, what member, t Text) {
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
	case l.pattern != nil && !l.pattern().MatchString(t.Value):
		list.Add(invalidValue(t, what, l.reads))
	}
}

// checkPart reports what a text breaks whatever its placeholders will stand for: what is known of it is too long, or
// begins or ends like none of the values.
func (l *limit) checkPart(list *diag.List, what member, t Text) {
	first, last := t.Placeholders[0], t.Placeholders[len(t.Placeholders)-1]
	begin, end := t.Value[:first.Start], t.Value[last.End:]
	if l.values != nil {
		if !slices.ContainsFunc(l.values, func(value string) bool {
			return strings.HasPrefix(value, begin) && strings.HasSuffix(value, end)
		}) {
			list.Add(unknownValue(t, what, l.values))
		}
		return
	}
	n := utf8.RuneCountInString(t.Value)
	for _, p := range t.Placeholders {
		n -= utf8.RuneCountInString(t.Value[p.Start:p.End])
	}
	if n > l.max {
		list.Add(tooLong(t, what, n, l.max))
	}
}
