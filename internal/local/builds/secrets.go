package builds

import (
	"bytes"
	"cmp"
	"encoding/json"
	"slices"
	"strings"
)

const (
	// shortLine is the length of lines of a secret that are masked, where it has several: a brace of a secret in JSON
	// would mask all braces.
	shortLine = 3
	// shortSecret is the length from which a secret is known for a part of a longer value. Parameters are often words.
	shortSecret = 8
)

// hide masks a secret from now on, also as the text that it is in JSON. One of several lines is masked line by line, since
// a log has no others. What a command makes of it otherwise (Base64, a reversed text) is not known for it, as on AWS.
func (l *logWriter) hide(secret string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	several := strings.Contains(strings.TrimRight(secret, "\r\n"), "\n")
	for line := range strings.Lines(secret) {
		line = strings.TrimRight(line, "\r\n")
		if strings.TrimSpace(line) == "" || several && len(strings.TrimSpace(line)) < shortLine {
			continue
		}
		l.secrets = append(l.secrets, line, inJSON(line))
	}
	slices.SortFunc(l.secrets, func(a, b string) int { return cmp.Or(len(b)-len(a), strings.Compare(a, b)) })
	l.secrets = slices.Compact(l.secrets)
	pairs := make([]string, 0, 2*len(l.secrets))
	for _, s := range l.secrets {
		pairs = append(pairs, s, masked)
	}
	l.mask = strings.NewReplacer(pairs...)
}

// inJSON is a text as it stands between the quotes of JSON.
func inJSON(text string) string {
	var encoded bytes.Buffer
	encoder := json.NewEncoder(&encoded)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(text) // a text always encodes
	quoted := strings.TrimSuffix(encoded.String(), "\n")
	return quoted[1 : len(quoted)-1]
}

// clean masks secrets in a text that does not go to the log.
func (l *logWriter) clean(text string) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.mask.Replace(text)
}

// holdsSecret reports whether a value is a secret, or has one in it that is not too short to be told from other text.
func (l *logWriter) holdsSecret(value string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.ContainsFunc(l.secrets, func(secret string) bool {
		return value == secret || len(secret) >= shortSecret && strings.Contains(value, secret)
	})
}
