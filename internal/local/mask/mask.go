// Package mask hides secrets in what programs say. In go the secrets, then texts; out come the texts with Masked in their
// place. What a program makes of a secret otherwise (Base64, a reversed text) is not known for it, as on AWS.
package mask

import (
	"bytes"
	"cmp"
	"encoding/json"
	"slices"
	"strings"
	"sync"
)

const (
	// Masked stands for a secret.
	Masked = "***"
	// shortLine is the length of lines of a secret that are hidden, where it has several: a brace of a secret in JSON
	// would hide all braces.
	shortLine = 3
	// shortSecret is the length from which a secret is known for a part of a longer value. Parameters are often words.
	shortSecret = 8
)

// Mask hides secrets; its zero value hides none. It may be used concurrently.
type Mask struct {
	mu       sync.Mutex
	secrets  []string // longest first
	replacer *strings.Replacer
}

// Hide hides a secret from now on, also as the text that it is in JSON. One of several lines is hidden line by line, since
// a log has no others.
func (m *Mask) Hide(secret string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	several := strings.Contains(strings.TrimRight(secret, "\r\n"), "\n")
	for line := range strings.Lines(secret) {
		line = strings.TrimRight(line, "\r\n")
		if strings.TrimSpace(line) == "" || several && len(strings.TrimSpace(line)) < shortLine {
			continue
		}
		m.secrets = append(m.secrets, line, inJSON(line))
	}
	slices.SortFunc(m.secrets, func(a, b string) int { return cmp.Or(len(b)-len(a), strings.Compare(a, b)) })
	m.secrets = slices.Compact(m.secrets)
	pairs := make([]string, 0, 2*len(m.secrets))
	for _, s := range m.secrets {
		pairs = append(pairs, s, Masked)
	}
	m.replacer = strings.NewReplacer(pairs...)
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

// Clean is a text with its secrets hidden.
func (m *Mask) Clean(text string) string {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.replacer == nil {
		return text
	}
	return m.replacer.Replace(text)
}

// Holds reports whether a value is a secret, or has one in it that is not too short to be told from other text.
func (m *Mask) Holds(value string) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.ContainsFunc(m.secrets, func(secret string) bool {
		return value == secret || len(secret) >= shortSecret && strings.Contains(value, secret)
	})
}

// Longest is the length of the longest text that is hidden.
func (m *Mask) Longest() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.secrets) == 0 {
		return 0
	}
	return len(m.secrets[0])
}

// Cut moves a cut of a text to where it parts no secret. The text goes on behind at by at least Longest.
func (m *Mask) Cut(text []byte, at int) int {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, s := range m.secrets {
		from := max(0, at-len(s)+1)
		if i := bytes.Index(text[from:at+len(s)-1], []byte(s)); i >= 0 {
			if from+i == 0 {
				return len(s)
			}
			at = from + i
		}
	}
	return at
}

// CleanJSON is a JSON text whose strings have their secrets hidden, and whether it had any. Without any, and where it is
// no JSON, it is the text as it came.
func (m *Mask) CleanJSON(text []byte) (cleaned []byte, held bool) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var value any
	if decoder.Decode(&value) != nil {
		return text, false
	}
	value = m.cleanValue(value, &held)
	if !held {
		return text, false
	}
	cleaned, err := json.Marshal(value)
	if err != nil { // it came from JSON
		return text, false
	}
	return cleaned, true
}

// cleanValue hides what Holds finds, and leaves words as they are that only are in a short parameter too.
func (m *Mask) cleanValue(value any, held *bool) any {
	switch v := value.(type) {
	case string:
		if m.Holds(v) {
			*held = true
			return m.Clean(v)
		}
	case []any:
		for i := range v {
			v[i] = m.cleanValue(v[i], held)
		}
	case map[string]any:
		for key, below := range v {
			v[key] = m.cleanValue(below, held)
			if m.Holds(key) {
				*held = true
				v[m.Clean(key)] = v[key]
				delete(v, key)
			}
		}
	}
	return value
}
