package jsonata

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"unicode/utf8"

	"github.com/recolabs/gnata"
)

// Value is a JSON value as the evaluator knows it: bool, string, float64, json.Number, []any, Object, map[string]any,
// or Null. Values are shared: never change one that came from elsewhere.
type Value = any

// Object is a JSON object that keeps the order of its members.
type Object interface {
	Get(name string) (any, bool)
	Set(name string, v any)
	Len() int
	Range(f func(name string, v any) bool)
}

// ErrUnsupported is the error of a result that JSON cannot say, such as a function.
var ErrUnsupported = errors.New("returned an unsupported result type")

// Null returns JSON null; Go's nil is JSONata's undefined.
func Null() Value { return decoded("null") }

// NewObject makes an empty object.
func NewObject() Object {
	object, _ := decoded("{}").(Object)
	return object
}

// decoded parses a constant.
func decoded(text string) Value {
	v, err := gnata.DecodeJSON(json.RawMessage(text))
	if err != nil {
		panic(err)
	}
	return v
}

// Decode parses JSON text, keeping the order of members and the text of numbers.
func Decode(text []byte) (Value, error) {
	if !json.Valid(text) {
		return nil, errors.New("decode JSON: the text is not valid")
	}
	v, err := gnata.DecodeJSON(text)
	if err != nil {
		return nil, fmt.Errorf("decode JSON: %w", err)
	}
	return v, nil
}

// Encode appends a value as compact JSON. The error is ErrUnsupported for a function, and says so for a number that
// JSON cannot write.
func Encode(b []byte, v Value) ([]byte, error) {
	switch v := v.(type) {
	case string:
		return appendString(b, v), nil
	case bool:
		return strconv.AppendBool(b, v), nil
	case float64:
		return appendFloat(b, v)
	case json.Number:
		return append(b, v...), nil
	case []any:
		return appendArray(b, v)
	case Object:
		return appendObject(b, v)
	case map[string]any:
		if isRegex(v) {
			return nil, ErrUnsupported
		}
		return appendMap(b, v)
	case nil:
		return append(b, "null"...), nil
	}
	if gnata.IsNull(v) {
		return append(b, "null"...), nil
	}
	if plain := gnata.NormalizeValue(v); isSlice(plain) {
		return Encode(b, plain) // a sequence that the evaluator left inside a value
	}
	return nil, ErrUnsupported
}

func isSlice(v any) bool {
	_, ok := v.([]any)
	return ok
}

// appendFloat writes a number as JavaScript does: no fraction and no exponent where none is needed.
func appendFloat(b []byte, f float64) ([]byte, error) {
	if math.IsInf(f, 0) || math.IsNaN(f) {
		return nil, errors.New("D1001: number out of range")
	}
	if f == math.Trunc(f) && math.Abs(f) < 1e15 {
		return strconv.AppendInt(b, int64(f), 10), nil
	}
	text, err := json.Marshal(f)
	return append(b, text...), err
}

func appendArray(b []byte, items []any) (_ []byte, err error) {
	b = append(b, '[')
	for i, item := range items {
		if i > 0 {
			b = append(b, ',')
		}
		if b, err = Encode(b, item); err != nil {
			return nil, err
		}
	}
	return append(b, ']'), nil
}

func appendObject(b []byte, o Object) (_ []byte, err error) {
	b = append(b, '{')
	first := true
	o.Range(func(name string, v any) bool {
		b, err = appendMember(b, name, v, first)
		first = false
		return err == nil
	})
	if err != nil {
		return nil, err
	}
	return append(b, '}'), nil
}

func appendMap(b []byte, m map[string]any) (_ []byte, err error) {
	b = append(b, '{')
	for i, name := range slices.Sorted(maps.Keys(m)) {
		if b, err = appendMember(b, name, m[name], i == 0); err != nil {
			return nil, err
		}
	}
	return append(b, '}'), nil
}

func appendMember(b []byte, name string, v any, first bool) ([]byte, error) {
	if !first {
		b = append(b, ',')
	}
	b = appendString(b, name)
	b = append(b, ':')
	return Encode(b, v)
}

const hexDigits = "0123456789abcdef"

// appendString writes a JSON string and escapes only what JSON demands.
func appendString(b []byte, s string) []byte {
	b = append(b, '"')
	start := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c >= utf8.RuneSelf {
			r, size := utf8.DecodeRuneInString(s[i:])
			if r == utf8.RuneError && size == 1 {
				b = append(append(b, s[start:i]...), `\ufffd`...)
				start = i + 1
			}
			i += size
			continue
		}
		if c >= ' ' && c != '"' && c != '\\' {
			i++
			continue
		}
		b = appendEscape(append(b, s[start:i]...), c)
		i++
		start = i
	}
	return append(append(b, s[start:]...), '"')
}

func appendEscape(b []byte, c byte) []byte {
	switch c {
	case '"', '\\':
		return append(b, '\\', c)
	case '\n':
		return append(b, `\n`...)
	case '\r':
		return append(b, `\r`...)
	case '\t':
		return append(b, `\t`...)
	case '\b':
		return append(b, `\b`...)
	case '\f':
		return append(b, `\f`...)
	default:
		return append(b, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
	}
}

// TypeOf names a value's type as Step Functions' messages do.
func TypeOf(v Value) string {
	switch v.(type) {
	case string:
		return "string"
	case bool:
		return "boolean"
	case float64, json.Number:
		return "number"
	case []any:
		return "array"
	case Object, map[string]any:
		return "object"
	default:
		if v == nil || gnata.IsNull(v) {
			return "null"
		}
		return "function"
	}
}

// Number returns a value as a floating-point number.
func Number(v Value) (float64, bool) {
	switch n := v.(type) {
	case float64:
		return n, true
	case json.Number:
		f, err := n.Float64()
		return f, err == nil
	default:
		return 0, false
	}
}
