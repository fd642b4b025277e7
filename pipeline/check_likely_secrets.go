package pipeline

import (
	"regexp"
	"strings"

	"github.com/penstock-ci/penstock/internal/diag"
)

// tokens are the forms of well-known secrets. Each is found wherever it stands.
var tokens = []struct {
	name string
	form func() *regexp.Regexp
}{
	{"an AWS access key", onUse(`\b(?:AKIA|ASIA)[0-9A-Z]{16}\b`)},
	{"a GitHub token", onUse(`\b(?:gh[pousr]_[0-9A-Za-z]{36,}|github_pat_[0-9A-Za-z_]{36,})`)},
	{"a GitLab token", onUse(`\bglpat-[0-9A-Za-z_-]{20,}`)},
	{"a Slack token", onUse(`\bxox[abprs]-[0-9A-Za-z-]{10,}`)},
	{"an npm token", onUse(`\bnpm_[0-9A-Za-z]{36}\b`)},
	{"a private key", onUse(`-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----`)},
}

// secretName is a name that people give to variables that hold secrets.
var secretName = onUse(`(?i)(?:^|_)(?:pass(?:word|wd)?|secret|token|api_?key|private_?key|access_?key)$`)

// checkLikelySecrets finds what is probably a secret: text in the form of a known token, and plain environment
// variables that are named like one.
func checkLikelySecrets(d *definition, list *diag.List) {
	for a := range d.performers() {
		for _, entry := range a.Configuration {
			if property, _ := a.actionType.Property(entry.Key.Value); !property.Secret {
				findTokens(list, entry.Value)
			}
		}
		for _, command := range a.Commands {
			findTokens(list, command)
		}
		for _, check := range a.When {
			findTokens(list, check.Value)
		}
		for _, v := range a.EnvironmentVariables {
			if v.Type.Value != secretVariable && isSecret(v.Name.Value, v.Value) {
				list.Add(likelySecret(v.Value.At, v.Name.Value))
			}
			findTokens(list, v.Value)
		}
		findBuildSecrets(list, a)
	}
}

func findTokens(list *diag.List, t Text) {
	for _, token := range tokens {
		if at := token.form().FindStringIndex(t.Value); at != nil {
			list.Add(likelyToken(within(t, at[0], at[1]), token.name))
		}
	}
}

// findBuildSecrets looks at the environment variables in a CodeBuild action's configuration.
func findBuildSecrets(list *diag.List, a *placedAction) {
	text, there := a.Setting("EnvironmentVariables")
	if !there || a.ActionTypeID.Provider.Value != "CodeBuild" || !text.IsKnown() {
		return
	}
	variables, _ := readBuildVariables(text.Value)
	for _, v := range variables {
		if (v.Type == "" || v.Type == "PLAINTEXT") && isSecret(*v.Name, Text{Value: *v.Value}) {
			list.Add(likelySecret(text.At, *v.Name))
		}
	}
}

func isSecret(name string, value Text) bool {
	return secretName().MatchString(name) && strings.Trim(value.Value, "*") != "" && !isIndirect(value)
}
