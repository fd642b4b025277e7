package jsonata

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"

	"github.com/recolabs/gnata"
)

// signatures are those of JSONata 2.0.6, in its own notation: s, n, b, l, a, o and f are string, number, boolean, null,
// array, object and function, x is any of them and j any but a function; - takes the context where the argument is left
// out, ? makes it optional, + repeats it, and a<n> is an array of numbers. The library checks less than they say.
var signatures = map[string]string{
	"sum": "a<n>", "count": "a", "max": "a<n>", "min": "a<n>", "average": "a<n>",
	"string": "x-b?", "substring": "s-nn?", "substringBefore": "s-s", "substringAfter": "s-s", "lowercase": "s-",
	"uppercase": "s-", "length": "s-", "trim": "s-", "pad": "s-ns?", "match": "s-fn?", "contains": "s-(sf)",
	"replace": "s-(sf)(sf)n?", "split": "s-(sf)n?", "join": "a<s>s?", "formatNumber": "n-so?", "formatBase": "n-n?",
	"formatInteger": "n-s", "parseInteger": "s-s", "number": "(nsb)-", "floor": "n-", "ceil": "n-", "round": "n-n?",
	"abs": "n-", "sqrt": "n-", "power": "n-n", "boolean": "x-", "not": "x-", "map": "af", "zip": "a+", "filter": "af",
	"single": "af?", "reduce": "afj?", "sift": "o-f?", "keys": "x-", "lookup": "x-s", "append": "xx", "exists": "x",
	"spread": "x-", "merge": "a<o>", "reverse": "a", "each": "o-f", "error": "s?", "assert": "bs?", "type": "x",
	"sort": "af?", "shuffle": "a", "distinct": "x", "base64encode": "s-", "base64decode": "s-", "encodeUrlComponent": "s-",
	"encodeUrl": "s-", "decodeUrlComponent": "s-", "decodeUrl": "s-", "toMillis": "s-s?", "fromMillis": "n-s?s?",
	"clone": "(oa)-",
}

// parameter is one part of a signature.
type parameter struct {
	accepts  string // symbols
	array    bool
	items    byte // the symbol of an array's items; 0 is any
	context  bool
	optional bool
	repeats  bool
}

const (
	anySymbol  = "asnblfo"
	jsonSymbol = "asnblo"
)

// parseSignature reads the notation; the table above has no mistakes in it.
func parseSignature(text string) []parameter {
	var parameters []parameter
	for i := 0; i < len(text); i++ {
		last := len(parameters) - 1
		switch c := text[i]; c {
		case 'x':
			parameters = append(parameters, parameter{accepts: anySymbol})
		case 'j':
			parameters = append(parameters, parameter{accepts: jsonSymbol})
		case 'a':
			parameters = append(parameters, parameter{accepts: anySymbol, array: true})
		case '<':
			parameters[last].items = text[i+1]
			i += 2
		case '(':
			end := i + strings.IndexByte(text[i:], ')')
			parameters = append(parameters, parameter{accepts: text[i+1 : end]})
			i = end
		case '-':
			parameters[last].context = true
		case '?':
			parameters[last].optional = true
		case '+':
			parameters[last].repeats = true
		default:
			parameters = append(parameters, parameter{accepts: string(c)})
		}
	}
	return parameters
}

// symbol is the letter of a value's type; 0 is undefined.
func symbol(v any) byte {
	switch v.(type) {
	case nil:
		return 0
	case string:
		return 's'
	case float64, json.Number:
		return 'n'
	case bool:
		return 'b'
	case []any:
		return 'a'
	case Object, map[string]any:
		if isRegex(v) {
			return 'f'
		}
		return 'o'
	}
	if gnata.IsNull(v) {
		return 'l'
	}
	return 'f'
}

// isRegex tells whether a value is a regular expression, which the library keeps as a plain map. What expressions and
// variables make are ordered objects.
func isRegex(v any) bool {
	m, ok := v.(map[string]any)
	if !ok || len(m) != 2 {
		return false
	}
	_, pattern := m["pattern"].(string)
	_, flags := m["flags"].(string)
	return pattern && flags
}

// takes tells whether a parameter may be given a value; undefined may be given to every one.
func (p *parameter) takes(v any) bool {
	s := symbol(v)
	return s == 0 || strings.IndexByte(p.accepts, s) >= 0
}

// assign says how many arguments each parameter gets, the first ones as many as they can; false means that they do not
// fit.
func assign(parameters []parameter, args []any, counts []int) bool {
	if len(parameters) == 0 {
		return len(args) == 0
	}
	p := &parameters[0]
	most := 0
	for most < len(args) && (most == 0 || p.repeats) && p.takes(args[most]) {
		most++
	}
	least := 1
	if p.context || p.optional {
		least = 0
	}
	for n := most; n >= least; n-- {
		counts[0] = n
		if assign(parameters[1:], args[n:], counts[1:]) {
			return true
		}
	}
	return false
}

// arguments checks the arguments of a call, fills in the context, and makes arrays of what must be one.
func arguments(name string, parameters []parameter, args []any, focus any) ([]any, error) {
	args = collapsed(args)
	counts := make([]int, len(parameters))
	if !assign(parameters, args, counts) {
		return nil, fmt.Errorf("T0410: the arguments of function %q do not match its signature", name)
	}
	checked := make([]any, 0, len(parameters))
	for i := range parameters {
		p := &parameters[i]
		given := args[:counts[i]]
		args = args[counts[i]:]
		if counts[i] == 0 && p.context {
			if !p.takes(focus) {
				return nil, fmt.Errorf("T0411: the context is not a value that function %q takes", name)
			}
			given = []any{focus}
		}
		for _, arg := range given {
			if !p.holds(arg) {
				return nil, fmt.Errorf("T0412: argument %d of function %q must be an array of another type", i+1, name)
			}
			checked = append(checked, p.convert(arg))
		}
	}
	for n := len(checked); n > 0 && parameters[min(n, len(parameters))-1].optional && checked[n-1] == nil; n-- {
		checked = checked[:n-1] // the library tells undefined from absent
	}
	return checked, nil
}

// collapsed are arguments without the library's own sequences: a list of one is its item, an empty one is undefined.
func collapsed(args []any) []any {
	plain := make([]any, len(args))
	for i, arg := range args {
		plain[i] = arg
		if values, ok := valuesOf(arg); ok {
			plain[i] = sequence(values)
		}
	}
	return plain
}

// valuesOf are the values of a sequence of the library, whose type has no name here.
func valuesOf(v any) ([]any, bool) {
	switch v.(type) {
	case nil, string, float64, bool, []any, map[string]any, json.Number:
		return nil, false
	}
	p := reflect.ValueOf(v)
	if p.Kind() != reflect.Pointer || p.Elem().Kind() != reflect.Struct {
		return nil, false
	}
	field := p.Elem().FieldByName("Values")
	if !field.IsValid() {
		return nil, false
	}
	values, ok := field.Interface().([]any)
	return values, ok
}

// holds tells whether an array has the items that it must have.
func (p *parameter) holds(arg any) bool {
	s := symbol(arg)
	if p.items == 0 || s == 0 {
		return true
	}
	if s != 'a' {
		return s == p.items
	}
	items, _ := arg.([]any)
	for _, item := range items {
		if symbol(item) != p.items {
			return false
		}
	}
	return true
}

// convert gives the library what it expects: arrays where one is asked for, and numbers as it computes them.
func (p *parameter) convert(arg any) any {
	if n, ok := arg.(json.Number); ok && !p.array && !strings.Contains(p.accepts, "o") {
		if f, err := n.Float64(); err == nil {
			return f
		}
	}
	if s := symbol(arg); p.array && s != 0 && s != 'a' {
		return []any{arg}
	}
	return arg
}

// checkSignatures puts the signatures before the library's functions.
func (ev *Evaluator) checkSignatures() {
	for name, text := range signatures {
		if builtin, ok := ev.lookup(name); ok && builtin != nil {
			ev.bind(name, checked(name, parseSignature(text), builtin))
		}
	}
}

// checked is a function of the library behind its signature. The library has three types of functions, none of which
// has a name here: one with its own signature, one that is given the environment, and the plain one.
func checked(name string, parameters []parameter, builtin any) any {
	f := reflect.ValueOf(builtin)
	if f.Kind() == reflect.Pointer {
		f = f.Elem().FieldByName("Fn")
	}
	typ := f.Type()
	if typ.NumIn() == 2 {
		return reflect.ValueOf(checkedPlain(name, parameters, f)).Convert(typ).Interface()
	}
	return reflect.MakeFunc(typ, func(in []reflect.Value) []reflect.Value {
		given, _ := in[0].Interface().([]any)
		args, err := arguments(name, parameters, given, in[1].Interface())
		var result any
		if err == nil {
			result, err = call(name, args, caller(f, in[1:]))
		}
		return []reflect.Value{interfaceValue(&result), interfaceValue(&err)}
	}).Interface()
}

func checkedPlain(name string, parameters []parameter, f reflect.Value) function {
	plain, _ := f.Convert(reflect.TypeFor[function]()).Interface().(function)
	return func(args []any, focus any) (any, error) {
		args, err := arguments(name, parameters, args, focus)
		if err != nil {
			return nil, err
		}
		return call(name, args, func(args []any) (any, error) { return plain(args, focus) })
	}
}

func call(name string, args []any, next func([]any) (any, error)) (any, error) {
	if o, ok := overrides[name]; ok {
		return o(args, next)
	}
	return next(args)
}

// interfaceValue is an interface as reflection hands it on, nil included.
func interfaceValue[T any](p *T) reflect.Value { return reflect.ValueOf(p).Elem() }
