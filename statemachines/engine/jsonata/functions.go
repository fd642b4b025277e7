package jsonata

import (
	"crypto/md5"  //nolint:gosec // $hash offers what Step Functions offers
	"crypto/sha1" //nolint:gosec // likewise
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"fmt"
	"hash"
	"math"
	"math/rand/v2"
	"reflect"
)

// function is a JSONata function. It gets values as the evaluator holds them.
type function = func(args []any, focus any) (any, error)

// maxRange is the number of elements that $range may make.
const maxRange = 1000

// installFunctions replaces what depends on the outside, adds Step Functions' own functions and removes $eval.
//
// The library's way to add functions converts every argument to plain maps, which loses the order of members and null
// inside arrays. Converting to the type of a built-in avoids that; the type has no name outside the library.
func (ev *Evaluator) installFunctions() {
	builtin, _ := ev.lookup("count")
	typ := reflect.TypeOf(builtin)
	for name, f := range map[string]function{
		"now":       ev.formattedNow(),
		"millis":    ev.millis,
		"random":    ev.random,
		"uuid":      ev.uuid,
		"partition": partition,
		"range":     rangeOf,
		"hash":      hashOf,
		"parse":     parse,
	} {
		ev.bind(name, reflect.ValueOf(f).Convert(typ).Interface())
	}
	ev.bind("clone", reflect.ValueOf(clone).Convert(typ).Interface())
	for _, name := range []string{"eval", "values", "flatten"} { // Step Functions has no $eval, JSONata 2.0.6 not the others
		ev.bind(name, nil)
	}
	ev.checkSignatures()
}

// clone is $clone(value): values are never changed here, so a copy is the value itself.
func clone(args []any, _ any) (any, error) { return args[0], nil }

// formattedNow is $now(picture, timezone): the library's $fromMillis does the formatting.
func (ev *Evaluator) formattedNow() function {
	fromMillis, _ := ev.lookup("fromMillis")
	format := reflect.ValueOf(fromMillis)
	return func(args []any, focus any) (any, error) {
		if len(args) == 0 {
			return ev.now(args, focus)
		}
		in := append([]any{float64(ev.ambient.Now.UnixMilli())}, args...)
		out := format.Call([]reflect.Value{reflect.ValueOf(in), reflect.Zero(format.Type().In(1))})
		err, _ := out[1].Interface().(error)
		return out[0].Interface(), err
	}
}

func (ev *Evaluator) now([]any, any) (any, error) {
	return ev.ambient.Now.UTC().Format("2006-01-02T15:04:05.000Z"), nil
}

func (ev *Evaluator) millis([]any, any) (any, error) {
	return float64(ev.ambient.Now.UnixMilli()), nil
}

// random is $random(seed?): the same seed gives the same number.
func (ev *Evaluator) random(args []any, _ any) (any, error) {
	if len(args) == 0 {
		return unit(ev.ambient.Random.Uint64()), nil
	}
	seed, ok := Number(args[0])
	if !ok {
		return nil, badArgument("random", 1, "a number")
	}
	return unit(rand.NewPCG(math.Float64bits(seed), 0).Uint64()), nil //nolint:forbidigo // $random(seed) is a function of its seed
}

// unit maps 64 random bits to [0, 1).
func unit(bits uint64) float64 { return float64(bits>>11) / (1 << 53) }

func (ev *Evaluator) uuid([]any, any) (any, error) { return UUID(ev.ambient.Random), nil }

// UUID makes a version 4 UUID from a random stream.
func UUID(r Random) string {
	hi, lo := r.Uint64(), r.Uint64()
	hi = hi&^0xF000 | 0x4000
	lo = lo&^(3<<62) | 2<<62
	return fmt.Sprintf("%08x-%04x-%04x-%04x-%012x", hi>>32, hi>>16&0xFFFF, hi&0xFFFF, lo>>48, lo&(1<<48-1))
}

// partition is $partition(array, size): the array in pieces of that size.
func partition(args []any, _ any) (any, error) {
	if len(args) != 2 {
		return nil, badArguments("partition", 2)
	}
	if args[0] == nil {
		return nil, nil //nolint:nilnil // undefined in, undefined out, as JSONata's functions do
	}
	items, ok := args[0].([]any)
	if !ok {
		items = []any{args[0]}
	}
	size, ok := whole(args[1])
	if !ok || size < 1 {
		return nil, badArgument("partition", 2, "a positive whole number")
	}
	pieces := []any{}
	for len(items) > 0 {
		n := min(size, len(items))
		pieces = append(pieces, items[:n:n])
		items = items[n:]
	}
	return pieces, nil
}

// rangeOf is $range(first, last, delta): the numbers from first to last, both included. One number comes alone, as the
// service was recorded giving it.
func rangeOf(args []any, _ any) (any, error) {
	if len(args) != 3 {
		return nil, badArguments("range", 3)
	}
	var bounds [3]float64
	for i, arg := range args {
		n, ok := Number(arg)
		if !ok {
			return nil, badArgument("range", i+1, "a number")
		}
		bounds[i] = n
	}
	first, last, delta := bounds[0], bounds[1], bounds[2]
	if delta == 0 {
		return nil, badArgument("range", 3, "a number other than 0")
	}
	numbers := []any{}
	for i := 0; ; i++ {
		n := first + float64(i)*delta
		if delta > 0 && n > last || delta < 0 && n < last {
			return sequence(numbers), nil
		}
		if i == maxRange {
			return nil, fmt.Errorf("$range makes at most %d numbers", maxRange)
		}
		numbers = append(numbers, n)
	}
}

// sequence is how JSONata hands on a list of results: nothing when there is none, the one when there is one.
func sequence(items []any) any {
	switch len(items) {
	case 0:
		return nil
	case 1:
		return items[0]
	default:
		return items
	}
}

// hashOf is $hash(text, algorithm).
func hashOf(args []any, _ any) (any, error) {
	if len(args) != 2 {
		return nil, badArguments("hash", 2)
	}
	algorithm, _ := args[1].(string)
	h, ok := newHash(algorithm)
	if !ok {
		return nil, badArgument("hash", 2, "one of MD5, SHA-1, SHA-256, SHA-384, SHA-512")
	}
	text, ok := args[0].(string)
	if !ok {
		encoded, err := Encode(nil, args[0])
		if err != nil {
			return nil, err
		}
		text = string(encoded)
	}
	h.Write([]byte(text))
	return hex.EncodeToString(h.Sum(nil)), nil
}

func newHash(algorithm string) (hash.Hash, bool) {
	switch algorithm {
	case "MD5":
		return md5.New(), true //nolint:gosec // see the import
	case "SHA-1":
		return sha1.New(), true //nolint:gosec // see the import
	case "SHA-256":
		return sha256.New(), true
	case "SHA-384":
		return sha512.New384(), true
	case "SHA-512":
		return sha512.New(), true
	default:
		return nil, false
	}
}

// parse is $parse(text): JSON text as a value.
func parse(args []any, _ any) (any, error) {
	if len(args) != 1 {
		return nil, badArguments("parse", 1)
	}
	if args[0] == nil {
		return nil, nil //nolint:nilnil // undefined in, undefined out
	}
	text, ok := args[0].(string)
	if !ok {
		return nil, badArgument("parse", 1, "a string")
	}
	return Decode([]byte(text))
}

func whole(v any) (int, bool) {
	n, ok := Number(v)
	return int(n), ok && n == math.Trunc(n) && math.Abs(n) < 1<<31
}

func badArgument(name string, position int, want string) error {
	return fmt.Errorf("T0410: argument %d of function %q must be %s", position, name, want)
}

func badArguments(name string, n int) error {
	return fmt.Errorf("T0410: function %q takes %d arguments", name, n)
}
