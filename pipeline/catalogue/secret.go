package catalogue

import (
	"cmp"
	"strings"
)

// Secret is where a secret configuration value is kept, in the words of Secrets Manager. ID is a name or an ARN; Key is that of a
// JSON object, and empty where the whole secret is the value. Stage and VersionID are empty for the current version.
type Secret struct{ ID, Key, Stage, VersionID string }

// ParseSecret reads a dynamic reference of CloudFormation, {{resolve:secretsmanager:ID:SecretString:KEY:STAGE:VERSION}}, of which
// all behind ID may be left out. Everything else is no reference.
func ParseSecret(value string) (s Secret, is bool) {
	text, opened := strings.CutPrefix(strings.TrimSpace(value), "{{resolve:secretsmanager:")
	text, closed := strings.CutSuffix(text, "}}")
	if !opened || !closed || strings.ContainsAny(text, "{}") {
		return Secret{}, false
	}
	parts := strings.Split(text, ":")
	const arnParts = 7
	if parts[0] == "arn" {
		if len(parts) < arnParts {
			return Secret{}, false
		}
		parts = append([]string{strings.Join(parts[:arnParts], ":")}, parts[arnParts:]...)
	}
	parts = append(parts, "", "", "", "")
	s = Secret{ID: parts[0], Key: parts[2], Stage: parts[3], VersionID: parts[4]}
	return s, s.ID != "" && cmp.Or(parts[1], "SecretString") == "SecretString" && strings.Join(parts[5:], "") == ""
}
