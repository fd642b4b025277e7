package catalogue

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// Kind is how the text of a configuration value is to be read. In a definition all values are strings.
type Kind string

// Kinds of configuration values.
const (
	String  Kind = "string"
	Boolean Kind = "boolean" // "true" or "false"
	Number  Kind = "number"  // a whole number in decimal digits
	JSON    Kind = "json"    // JSON text
	List    Kind = "list"    // items between commas
)

// Property is one key of an action type's configuration.
type Property struct {
	Name         string        `json:"name"`
	Kind         Kind          `json:"type"`
	Does         string        `json:"description"` // what it says, in a sentence without full stop
	Required     bool          `json:"required,omitempty"`
	RequiredWhen *RequiredWhen `json:"requiredWhen,omitempty"`
	Secret       bool          `json:"secret,omitempty"`  // masked in every answer; a literal value does not belong in a definition
	Default      string        `json:"default,omitempty"` // what applies when the key is absent; "" is none
	Allowed      []string      `json:"allowed,omitempty"` // all values that are right, of a list all items; nil is any
	Pattern      string        `json:"pattern,omitempty"` // a regular expression that the whole value matches; "" is any
	Reads        string        `json:"reads,omitempty"`   // what the pattern says, in words
	Min          int           `json:"min,omitempty"`     // of a Number; Max 0 is no bound
	Max          int           `json:"max,omitempty"`
	Unconfirmed  bool          `json:"unconfirmed,omitempty"` // no documentation has the key in this form

	whole func() *regexp.Regexp // of Pattern, compiled when it is used first
}

// RequiredWhen says when a key that is not always required is required: exactly one of its members is set.
type RequiredWhen struct {
	Key    string   `json:"key,omitempty"`    // this key has one of Values
	Values []string `json:"values,omitempty"` //
	Absent string   `json:"absent,omitempty"` // this key is absent
	Inputs int      `json:"inputs,omitempty"` // the action has at least as many input artifacts
}

// Applies reports whether the key is required in an action with this configuration and so many input artifacts. A nil
// RequiredWhen never applies.
func (w *RequiredWhen) Applies(setting func(key string) (string, bool), inputs int) bool {
	switch {
	case w == nil:
		return false
	case w.Key != "":
		value, _ := setting(w.Key)
		return slices.Contains(w.Values, value)
	case w.Absent != "":
		_, there := setting(w.Absent)
		return !there
	}
	return inputs >= w.Inputs
}

// String says it in words.
func (w *RequiredWhen) String() string {
	switch {
	case w == nil:
		return "never"
	case w.Key != "":
		return w.Key + " is " + strings.Join(w.Values, " or ")
	case w.Absent != "":
		return w.Absent + " is absent"
	}
	return fmt.Sprintf("there are %d input artifacts or more", w.Inputs)
}

// Accepts reports whether a value without variables can be right, and in words what would be.
func (p Property) Accepts(value string) (reads string, right bool) {
	switch {
	case p.Kind == List && p.Allowed != nil:
		return "items of " + strings.Join(p.Allowed, ", ") + " between commas", p.allowsAll(strings.Split(value, ","))
	case p.Allowed != nil:
		return "one of its values", slices.Contains(p.Allowed, value)
	case p.Kind == Number && p.Max > 0:
		n, err := strconv.Atoi(value)
		return fmt.Sprintf("a whole number from %d to %d", p.Min, p.Max), err == nil && p.Min <= n && n <= p.Max
	case p.Kind == Number:
		_, err := strconv.Atoi(value)
		return "a whole number", err == nil
	case p.Kind == JSON:
		return "JSON text", json.Valid([]byte(value))
	case p.whole != nil:
		return p.Reads, p.whole().MatchString(value)
	}
	return "", true
}

func (p Property) allowsAll(items []string) bool {
	return !slices.ContainsFunc(items, func(item string) bool { return !slices.Contains(p.Allowed, strings.TrimSpace(item)) })
}

// The words in which the tables describe keys.

func need(name, does string) Property {
	return Property{Name: name, Kind: String, Does: does, Required: true}
}

func take(name, does string) Property { return Property{Name: name, Kind: String, Does: does} }

func (p Property) of(kind Kind) Property {
	p.Kind = kind
	if kind == Boolean {
		p.Allowed = []string{"true", "false"}
	}
	return p
}

func (p Property) number(least, most int) Property {
	p.Kind, p.Min, p.Max = Number, least, most
	return p
}

func (p Property) secret() Property {
	p.Secret = true
	return p
}

func (p Property) standard(value string) Property {
	p.Default = value
	return p
}

func (p Property) oneOf(values ...string) Property {
	p.Allowed = values
	return p
}

func (p Property) like(pattern, reads string) Property {
	p.Pattern, p.Reads, p.whole = pattern, reads, sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile("^(?:" + pattern + ")$")
	})
	return p
}

func (p Property) when(key string, values ...string) Property {
	p.RequiredWhen = &RequiredWhen{Key: key, Values: values}
	return p
}

func (p Property) without(key string) Property {
	p.RequiredWhen = &RequiredWhen{Absent: key}
	return p
}

func (p Property) fromInputs(n int) Property {
	p.RequiredWhen = &RequiredWhen{Inputs: n}
	return p
}

func (p Property) maybe() Property {
	p.Unconfirmed = true
	return p
}
