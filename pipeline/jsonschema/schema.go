// Package jsonschema is the part of JSON Schema that Penstock writes for editors: draft-07, which the language servers
// for YAML and JSON understand in full; of later drafts they know parts only.
//
// It holds and encodes schemas. It does not validate with them and does not know what they describe.
package jsonschema

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// Draft is the address of the draft's own schema.
const Draft = "http://json-schema.org/draft-07/schema#"

// Schema is one schema. What is empty is not written.
type Schema struct {
	Schema      string `json:"$schema,omitempty"`
	Title       string `json:"title,omitempty"`
	Description string `json:"description,omitempty"`
	Ref         string `json:"$ref,omitempty"`
	Type        Types  `json:"type,omitempty"`
	Const       any    `json:"const,omitempty"`
	Enum        []any  `json:"enum,omitempty"`
	Default     any    `json:"default,omitempty"`

	Pattern   string `json:"pattern,omitempty"`
	MinLength int    `json:"minLength,omitempty"`
	MaxLength int    `json:"maxLength,omitempty"`
	Minimum   *int   `json:"minimum,omitempty"`
	Maximum   *int   `json:"maximum,omitempty"`

	Items    any  `json:"items,omitempty"` // a *Schema of every item, or a []*Schema of the first ones
	MinItems int  `json:"minItems,omitempty"`
	MaxItems *int `json:"maxItems,omitempty"`

	Required             []string `json:"required,omitempty"`
	Properties           Members  `json:"properties,omitempty"`
	PatternProperties    Members  `json:"patternProperties,omitempty"`
	PropertyNames        *Schema  `json:"propertyNames,omitempty"`
	AdditionalProperties any      `json:"additionalProperties,omitempty"` // false, or a *Schema
	MinProperties        int      `json:"minProperties,omitempty"`
	MaxProperties        int      `json:"maxProperties,omitempty"`

	If    *Schema   `json:"if,omitempty"`
	Then  *Schema   `json:"then,omitempty"`
	Else  *Schema   `json:"else,omitempty"`
	Not   *Schema   `json:"not,omitempty"`
	AllOf []*Schema `json:"allOf,omitempty"`
	AnyOf []*Schema `json:"anyOf,omitempty"`

	Definitions Members `json:"definitions,omitempty"`
}

// Types are the names of JSON's types that are allowed; one is written without a list.
type Types []string

// MarshalJSON writes one type as a string and several as a list.
func (t Types) MarshalJSON() ([]byte, error) {
	if len(t) == 1 {
		return json.Marshal(t[0])
	}
	return json.Marshal([]string(t))
}

// Member is a schema with the name that it has in an object.
type Member struct {
	Name   string
	Schema *Schema
}

// Members are written as an object, in their order.
type Members []Member

// MarshalJSON writes an object that keeps the order.
func (m Members) MarshalJSON() ([]byte, error) {
	var out bytes.Buffer
	out.WriteByte('{')
	for i, member := range m {
		if i > 0 {
			out.WriteByte(',')
		}
		if err := encode(&out, member.Name, ""); err != nil {
			return nil, err
		}
		out.WriteByte(':')
		if err := encode(&out, member.Schema, ""); err != nil {
			return nil, err
		}
	}
	out.WriteByte('}')
	return out.Bytes(), nil
}

// Encode writes the schema as indented JSON with a line break at its end.
func (s *Schema) Encode() ([]byte, error) {
	var out bytes.Buffer
	if err := encode(&out, s, "  "); err != nil {
		return nil, fmt.Errorf("encode JSON schema: %w", err)
	}
	return out.Bytes(), nil
}

func encode(out *bytes.Buffer, value any, indent string) error {
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", indent)
	return encoder.Encode(value)
}

// To refers to a definition of the same document.
func To(definition string) *Schema { return &Schema{Ref: "#/definitions/" + definition} }

// Values makes an enumeration of strings.
func Values(values ...string) []any {
	enum := make([]any, len(values))
	for i, value := range values {
		enum[i] = value
	}
	return enum
}

// Int is a bound that may be zero.
func Int(n int) *int { return &n }
