package asl

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// maxDepth bounds nesting, so that hostile text cannot exhaust the stack.
const maxDepth = 500

// ParseValue reads one JSON value, keeping the order of members and the text of numbers.
// A member given twice is an error.
func ParseValue(text []byte) (any, error) {
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.UseNumber()
	v, err := parseValue(dec, maxDepth)
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		return nil, fmt.Errorf("parse JSON: byte %d: %w", dec.InputOffset(), err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("parse JSON: byte %d: %w", dec.InputOffset(), errTrailing)
	}
	return v, nil
}

var (
	errTrailing = errors.New("text after the end of the value")
	errDepth    = errors.New("nested too deeply")
)

func parseValue(dec *json.Decoder, depth int) (any, error) {
	token, err := dec.Token()
	if err != nil {
		return nil, err
	}
	switch token := token.(type) {
	case nil:
		return Null{}, nil
	case json.Delim:
		if depth == 0 {
			return nil, errDepth
		}
		if token == '{' {
			return parseObject(dec, depth-1)
		}
		return parseArray(dec, depth-1)
	default:
		return token, nil
	}
}

func parseObject(dec *json.Decoder, depth int) (any, error) {
	object := Object{}
	seen := map[string]bool{}
	for dec.More() {
		token, err := dec.Token()
		if err != nil {
			return nil, err
		}
		name, _ := token.(string) // the decoder accepts nothing else here
		if seen[name] {
			return nil, fmt.Errorf("member %q is given twice", name)
		}
		seen[name] = true
		v, err := parseValue(dec, depth)
		if err != nil {
			return nil, err
		}
		object = append(object, Member{Name: name, Value: v})
	}
	_, err := dec.Token()
	return object, err
}

func parseArray(dec *json.Decoder, depth int) (any, error) {
	items := []any{}
	for dec.More() {
		v, err := parseValue(dec, depth)
		if err != nil {
			return nil, err
		}
		items = append(items, v)
	}
	_, err := dec.Token()
	return items, err
}
