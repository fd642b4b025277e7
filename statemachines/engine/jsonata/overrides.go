package jsonata

import (
	"math"
	"reflect"
	"regexp"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// What the library's functions do otherwise than JSONata 2.0.6, once their arguments have been checked.

// override runs a function of the library in another way; next is the function itself.
type override func(args []any, next func(args []any) (any, error)) (any, error)

var overrides = map[string]override{
	"match":           matched,
	"sort":            sorted,
	"filter":          filter,
	"each":            each,
	"pad":             pad,
	"formatBase":      formatBase,
	"formatInteger":   formatInteger,
	"formatNumber":    formatNumber,
	"number":          number,
	"string":          stringOf,
	"decodeUrl":       decodeURL,
	"substringBefore": withoutArgument,
	"substringAfter":  withoutArgument,
	"substring":       substring,
	"power":           power,
}

// matched is $match: the library tells where a match starts and ends, in characters; JSONata tells its index, in UTF-16.
func matched(args []any, next func([]any) (any, error)) (any, error) {
	if limit, ok := argument(args, 2).(float64); ok && args[0] != nil {
		if limit < 0 {
			return nil, badArgument("match", 3, "a positive number")
		}
		args[2] = math.Ceil(limit)
	}
	out, err := next(args)
	text, _ := args[0].(string)
	matches, _ := valuesOf(out)
	for i, item := range matches {
		if m, ok := item.(map[string]any); ok {
			matches[i] = match(text, m)
		}
	}
	return out, err
}

func match(text string, found map[string]any) Object {
	m := NewObject()
	m.Set("match", found["match"])
	if start, ok := found["start"].(float64); ok {
		m.Set("index", float64(len(utf16.Encode([]rune(text)[:int(start)]))))
	} else {
		m.Set("index", found["index"])
	}
	m.Set("groups", found["groups"])
	return m
}

// sorted is $sort: fewer than two values need no order, whatever they are.
func sorted(args []any, next func([]any) (any, error)) (any, error) {
	if items, _ := args[0].([]any); args[0] != nil && len(items) < 2 {
		return args[0], nil
	}
	return next(args)
}

// filter is $filter: a single value that is kept comes alone.
func filter(args []any, next func([]any) (any, error)) (any, error) {
	out, err := next(args)
	if items, ok := out.([]any); ok && err == nil {
		return sequence(items), nil
	}
	return out, err
}

// withoutArgument is for functions that leave a text as it is where their second argument is undefined.
func withoutArgument(args []any, next func([]any) (any, error)) (any, error) {
	if args[1] == nil {
		return args[0], nil
	}
	return next(args)
}

// each is $each: a function of the library's gets the value alone.
func each(args []any, next func([]any) (any, error)) (any, error) {
	f := reflect.ValueOf(args[1])
	if f.Kind() == reflect.Func && f.Type().NumIn() == 2 {
		args[1] = reflect.MakeFunc(f.Type(), func(in []reflect.Value) []reflect.Value {
			if in[0].Len() > 1 {
				in[0] = in[0].Slice(0, 1)
			}
			return f.Call(in)
		}).Interface()
	}
	return next(args)
}

// pad is $pad: there is no broken number of characters.
func pad(args []any, next func([]any) (any, error)) (any, error) {
	text, isText := args[0].(string)
	width, isNumber := args[1].(float64)
	if isText && isNumber && width != math.Trunc(width) && math.Abs(width) > float64(utf8.RuneCountInString(text)) {
		return nil, badArgument("pad", 2, "a whole number")
	}
	return withoutArgument(args, next)
}

// formatBase is $formatBase: it writes whole numbers.
func formatBase(args []any, next func([]any) (any, error)) (any, error) {
	n, ok := args[0].(float64)
	switch {
	case !ok:
		return nil, nil //nolint:nilnil // undefined in, undefined out
	case math.IsInf(n, 0) || math.IsNaN(n):
		return nil, badArgument("formatBase", 1, "a finite number")
	}
	args[0] = math.RoundToEven(n)
	return next(args)
}

// maxInteger bounds $formatInteger: beyond what an integer holds the library never comes back.
const maxInteger = 1 << 62

// formatInteger is $formatInteger.
func formatInteger(args []any, next func([]any) (any, error)) (any, error) {
	if n, ok := args[0].(float64); ok && !(math.Abs(n) < maxInteger) {
		return nil, badArgument("formatInteger", 1, "a number that an integer holds")
	}
	return next(args)
}

// formatNumber is $formatNumber: zero has no sign, and only a finite number a picture.
func formatNumber(args []any, next func([]any) (any, error)) (any, error) {
	n, ok := args[0].(float64)
	switch {
	case ok && (math.IsInf(n, 0) || math.IsNaN(n)):
		return nil, badArgument("formatNumber", 1, "a finite number")
	case ok && n == 0:
		args[0] = 0.0
	}
	return next(args)
}

// number is $number: a text is a number only if nothing stands around it.
func number(args []any, next func([]any) (any, error)) (any, error) {
	if text, ok := args[0].(string); ok && strings.TrimSpace(text) != text {
		return nil, badArgument("number", 1, "the text of a number")
	}
	return next(args)
}

// escapedReserved are the escapes that $decodeUrl leaves alone: those of characters that mean something in a URL.
var escapedReserved = regexp.MustCompile(`(?i)%(3B|2F|3F|3A|40|26|3D|2B|24|2C|23)`)

// decodeURL is $decodeUrl.
func decodeURL(args []any, next func([]any) (any, error)) (any, error) {
	if text, ok := args[0].(string); ok {
		args[0] = escapedReserved.ReplaceAllString(text, "%25$1")
	}
	out, err := next(args)
	if text, ok := out.(string); ok && !utf8.ValidString(text) {
		return nil, badArgument("decodeUrl", 1, "a text that was encoded")
	}
	return out, err
}

// stringOf is $string: zero has no sign.
func stringOf(args []any, next func([]any) (any, error)) (any, error) {
	if n, ok := args[0].(float64); ok && n == 0 {
		args[0] = 0.0
	}
	return next(args)
}

// argument is an argument that may be absent.
func argument(args []any, i int) any {
	if i < len(args) {
		return args[i]
	}
	return nil
}

// substring is $substring, as JavaScript cuts lists of characters: the end is computed before either is made whole, and
// what is undefined is no number.
func substring(args []any, next func([]any) (any, error)) (any, error) {
	text, ok := args[0].(string)
	if !ok {
		return next(args)
	}
	characters := []rune(text)
	size, start, end := float64(len(characters)), math.NaN(), math.Inf(1)
	if n, ok := args[1].(float64); ok {
		start = max(n, -size)
	}
	if length, ok := argument(args, 2).(float64); ok {
		end = start + length
		switch {
		case length <= 0:
			return "", nil
		case start < 0:
			end += size
		}
	}
	from, to := position(start, size), position(end, size)
	return string(characters[from:max(from, to)]), nil
}

// position is where JavaScript's slice takes a number to point to.
func position(n, size float64) int {
	n = math.Trunc(n)
	switch {
	case math.IsNaN(n):
		return 0
	case n < 0:
		n += size
	}
	return int(max(0, min(n, size)))
}

// power is $power: an exponent must be there where the base is.
func power(args []any, next func([]any) (any, error)) (any, error) {
	if args[0] != nil && args[1] == nil {
		return nil, badArgument("power", 2, "a number")
	}
	return next(args)
}

// caller makes a function of the library callable, whatever type of function it is.
func caller(f reflect.Value, rest []reflect.Value) func(args []any) (any, error) {
	return func(args []any) (any, error) {
		out := f.Call(append([]reflect.Value{reflect.ValueOf(args)}, rest...))
		err, _ := out[1].Interface().(error)
		return out[0].Interface(), err
	}
}
