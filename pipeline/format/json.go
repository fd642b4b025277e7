package format

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/penstock-ci/penstock/pipeline/tree"
)

// JSON writes a tree with an indentation of two spaces and a newline at its end. The short forms of a CloudFormation
// template, which are YAML's, become the long ones.
func JSON(v *tree.Value) ([]byte, error) {
	compact, err := appendValue(nil, v)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	if err := json.Indent(&out, compact, "", "  "); err != nil {
		return nil, fmt.Errorf("indent JSON: %w", err)
	}
	out.WriteByte('\n')
	return out.Bytes(), nil
}

func appendValue(out []byte, v *tree.Value) ([]byte, error) {
	if v.Tag != "" {
		return appendValue(out, longForm(v))
	}
	switch v.Kind {
	case tree.Mapping:
		return appendMapping(out, v.Entries)
	case tree.Sequence:
		return appendSequence(out, v.Items)
	case tree.Null:
		return append(out, "null"...), nil
	case tree.Boolean:
		if text := strings.ToLower(v.Text); text == "true" || text == "false" {
			return append(out, text...), nil
		}
	case tree.Number:
		if json.Valid([]byte(v.Text)) {
			return append(out, v.Text...), nil
		}
	}
	return appendText(out, v.Text)
}

func appendMapping(out []byte, entries []tree.Entry) ([]byte, error) {
	out = append(out, '{')
	for i, e := range entries {
		if i > 0 {
			out = append(out, ',')
		}
		var err error
		if out, err = appendText(out, e.Key.Value); err != nil {
			return nil, err
		}
		if out, err = appendValue(append(out, ':'), e.Value); err != nil {
			return nil, err
		}
	}
	return append(out, '}'), nil
}

func appendSequence(out []byte, items []*tree.Value) ([]byte, error) {
	out = append(out, '[')
	for i, item := range items {
		if i > 0 {
			out = append(out, ',')
		}
		var err error
		if out, err = appendValue(out, item); err != nil {
			return nil, err
		}
	}
	return append(out, ']'), nil
}

// appendText appends a JSON string, with "<", ">" and "&" as they are.
func appendText(out []byte, text string) ([]byte, error) {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(text); err != nil {
		return nil, fmt.Errorf("write a JSON string: %w", err)
	}
	return append(out, bytes.TrimSuffix(b.Bytes(), []byte("\n"))...), nil
}

// longForm turns !Ref X into {"Ref": X}, !GetAtt A.B into {"Fn::GetAtt": ["A", "B"]} and !Other X into
// {"Fn::Other": X}.
func longForm(v *tree.Value) *tree.Value {
	inner := *v
	inner.Tag = ""
	name := strings.TrimPrefix(v.Tag, "!")
	switch name {
	case "Ref", "Condition":
	case "GetAtt":
		name = "Fn::GetAtt"
		if resource, attribute, dotted := strings.Cut(v.Text, "."); dotted && v.IsScalar() {
			inner = tree.Value{Kind: tree.Sequence, Items: []*tree.Value{text(resource), text(attribute)}}
		}
	default:
		name = "Fn::" + name
	}
	return &tree.Value{Kind: tree.Mapping, Entries: []tree.Entry{{Key: tree.Text{Value: name}, Value: &inner}}}
}

func text(s string) *tree.Value { return &tree.Value{Kind: tree.String, Text: s} }
