package jsonata_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/penstock-ci/penstock/statemachines/engine/jsonata"
)

// variables is a fixed set of variables; names with a "states." prefix are members of $states.
type variables map[string]string

func (v variables) Variable(name string) (jsonata.Value, bool) { return v.value(name) }
func (v variables) States(name string) (jsonata.Value, bool)   { return v.value("states." + name) }

func (v variables) value(name string) (jsonata.Value, bool) {
	text, ok := v[name]
	if !ok {
		return nil, false
	}
	value, err := jsonata.Decode([]byte(text))
	if err != nil {
		panic(err)
	}
	return value, true
}

func ambient() jsonata.Ambient {
	return jsonata.Ambient{
		Now:    time.Date(2026, 3, 4, 5, 6, 7, 89e6, time.UTC),
		Random: rand.NewChaCha8([32]byte{1}),
	}
}

func evaluate(t testing.TB, ev *jsonata.Evaluator, source string, vars variables) (string, error) {
	t.Helper()
	e, err := jsonata.Compile(source)
	if err != nil {
		return "", err
	}
	v, err := ev.Evaluate(context.Background(), e, vars, ambient())
	if err != nil {
		return "", err
	}
	text, err := jsonata.Encode(nil, v)
	return string(text), err
}

func TestEvaluate(t *testing.T) {
	vars := variables{
		"x": `42`, "o": `{"b":1,"a":[null,{"z":1,"y":2}]}`, "count": `7`, "z": `null`, "s": `"text"`,
		"states.input": `{"n":1.0,"list":[1]}`, "states.result": `{"ok":true}`,
	}
	for _, c := range []struct{ source, want string }{
		{`$x`, `42`},
		{`$x + 1`, `43`},
		{`$o`, `{"b":1,"a":[null,{"z":1,"y":2}]}`},
		{`$merge([$o, {"c": 1}])`, `{"b":1,"a":[null,{"z":1,"y":2}],"c":1}`},
		{`$states.input`, `{"n":1.0,"list":[1]}`},
		{`$states.input.list`, `[1]`},
		{`$states . result.ok`, `true`},
		{`$keys($states)`, `["input","result"]`},
		{`$z`, `null`},
		{`$count`, `7`},
		{`$now()`, `"2026-03-04T05:06:07.089Z"`},
		{`$now("[Y]/[M01]")`, `"2026/03"`},
		{`$millis()`, `1772600767089`},
		{`$partition([1,null,{"b":1,"a":2}], 2)`, `[[1,null],[{"b":1,"a":2}]]`},
		{`$range(0, 10, 5)`, `[0,5,10]`},
		{`$range(3, 1, -1)`, `[3,2,1]`},
		{`$hash("abc", "MD5")`, `"900150983cd24fb0d6963f7d28e17f72"`},
		{`$hash("abc", "SHA-256")`, `"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"`},
		{`$parse("{\"b\":[1,null],\"a\":{}}")`, `{"b":[1,null],"a":{}}`},
		{`$random(7) = $random(7)`, `true`},
		{`$random() != $random()`, `true`},
		{`$length($uuid())`, `36`},
		{`$uuid() = $uuid()`, `false`},
		{`{"q": "a ?: b ?? c"}`, `{"q":"a ?: b ?? c"}`},
		{`$match("a??b", /a\?\?b/).match`, `"a??b"`},
		{`/* ?? */ 1`, `1`},
		{`function($v)<n?:n>{$v}(1)`, `1`},
		{`($f := function($v)<n:n>{$v * 2}; $f(4) < 9 ? "y" : "n")`, `"y"`},
		{`4 / 2 / 1`, `2`},
		{`$states.input.list[0] / 4 /* regex? */ / 2`, `0.125`},
		{`(($q := $x; $q * 2) / 7)`, `12`},
		{`$match("a/b", /[a-z]/)[1].index / 2`, `1`},
		{`$match("😀b", /b/)`, `{"match":"b","index":2,"groups":[]}`},
		{`$filter([1, 2, 3], function($v){$v = 3})`, `3`},
		{`$map([[5]], function($v){$v})`, `[5]`},
		{`$states.input.list@$v.{"v": $v}`, `{"v":1}`},
		{`($l := [1, 2]; $l@$v.($v * 2))`, `[2,4]`},
		{`$round($x / 5, $states.input.n)`, `8.4`},
		{`$substring("abc", $states.input.n)`, `"bc"`},
		{`$each({"a": 1}, $string)`, `"1"`},
		{"`a ?? b` := 1", ``},
		{`0.1 + 0.2`, `0.30000000000000004`},
		{`[1..3]`, `[1,2,3]`},
		{`1e20`, `100000000000000000000`},
	} {
		got, err := evaluate(t, jsonata.NewEvaluator(), c.source, vars)
		if c.want == "" {
			if err == nil {
				t.Errorf("%s = %s, want an error", c.source, got)
			}
			continue
		}
		if err != nil || got != c.want {
			t.Errorf("%s = %s, %v; want %s", c.source, got, err, c.want)
		}
	}
}

func TestEvaluateErrors(t *testing.T) {
	for _, source := range []string{
		`$missing ?? 1`, `$missing ?: 1`, `$eval("1")`, `$error("no")`, `$nosuch()`, `$flatten([1])`, `$values({})`, `$contains([1], "1")`, `$uppercase("a", "b")`, `{"r": /a/}`, `1 / 0`, `"a" + 1`, `(`,
		`$formatInteger(1 / 0, "w")`, `$formatInteger(1e300, "I")`, `$formatInteger(-$power(2, 63), "w")`, `$partition([1], 0)`, `$range(1, 2, 0)`, `$range(0, 5000, 1)`, `$hash("x", "CRC")`, `$parse("{")`,
		`function($x){$x}`, `{"f": $count}`, `$f := function($x){$f($x)}; $f(1)`,
	} {
		if got, err := evaluate(t, jsonata.NewEvaluator(), source, nil); err == nil {
			t.Errorf("%s = %s, want an error", source, got)
		}
	}
	for _, source := range []string{`$missing`, `$states.input`, `$`, `$$`, `field`, `{"a": 1}.b`} {
		if _, err := evaluate(t, jsonata.NewEvaluator(), source, nil); !errors.Is(err, jsonata.ErrUndefined) {
			t.Errorf("%s: error %v, want ErrUndefined", source, err)
		}
	}
}

// One evaluator serves many expressions: nothing that one evaluation bound may be seen by the next.
func TestNothingLeaks(t *testing.T) {
	ev := jsonata.NewEvaluator()
	for _, source := range []string{`$secret`, `$count`, `($local := 5; $local)`, `$states.input`} {
		if _, err := evaluate(t, ev, source, variables{"secret": `1`, "count": `2`, "states.input": `3`}); err != nil {
			t.Fatal(err)
		}
	}
	for _, source := range []string{`$secret`, `$local`, `$states.input`} {
		if got, err := evaluate(t, ev, source, nil); !errors.Is(err, jsonata.ErrUndefined) {
			t.Errorf("%s = %s, %v; want undefined", source, got, err)
		}
	}
	if got, err := evaluate(t, ev, `$count([1,2,3])`, nil); err != nil || got != "3" {
		t.Errorf("$count([1,2,3]) = %s, %v; want 3", got, err)
	}
}

func FuzzExpression(f *testing.F) {
	for _, seed := range []string{`$states.input.a[0]`, `$merge([$x, {"a": function($y){$y}}])`, `$map([1..3], function($v){$v*2})`, `/a(b/`, "`", `$x ~> |a|{"b":1}|`} {
		f.Add(seed)
	}
	ev := jsonata.NewEvaluator()
	vars := variables{"x": `{"a":[1,"two",null]}`, "states.input": `{"a":[1,2]}`}
	f.Fuzz(func(t *testing.T, source string) {
		e, err := jsonata.Compile(source)
		if err != nil {
			return
		}
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		v, err := ev.Evaluate(ctx, e, vars, ambient())
		if err != nil {
			return
		}
		text, err := jsonata.Encode(nil, v)
		if err != nil || len(text) > 1<<20 {
			return // the engine refuses what is larger, and [1..9999999] takes long to read
		}
		if _, err := jsonata.Decode(text); err != nil {
			t.Errorf("%q gives %s, which is not JSON: %v", source, text, err)
		}
	})
}

func BenchmarkEvaluate(b *testing.B) {
	ev := jsonata.NewEvaluator()
	vars := staticVariables{}
	vars.x, _ = jsonata.Decode([]byte(`42`))
	e, err := jsonata.Compile(`$x + 1`)
	if err != nil {
		b.Fatal(err)
	}
	am := ambient()
	for b.Loop() {
		if _, err := ev.Evaluate(context.Background(), e, vars, am); err != nil {
			b.Fatal(err)
		}
	}
}

type staticVariables struct{ x jsonata.Value }

func (v staticVariables) Variable(name string) (jsonata.Value, bool) { return v.x, name == "x" }
func (v staticVariables) States(string) (jsonata.Value, bool)        { return nil, false }

func BenchmarkNewObject(b *testing.B) {
	for b.Loop() {
		jsonata.NewObject()
	}
}

// Values are shared between states and branches, so no expression may change one.
func TestValuesAreNotChanged(t *testing.T) {
	const text = `{"list":[3,1,2],"o":{"b":{"c":1},"a":[{"k":1},{"k":2}]}}`
	x, err := jsonata.Decode([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	ev := jsonata.NewEvaluator()
	for _, source := range []string{
		`$x ~> |$|{"new": 1}, ["list"]|`, `$x ~> |o.a|{"k": 9}|`, `$sort($x.list)`, `$reverse($x.list)`, `$append($x.list, 4)`,
		`$shuffle($x.list)`, `$merge([$x.o, {"b": 2}])`, `$append($append($x.list, 5), 6)`, `$x.o.a^(>k)`, `$spread($x.o)`,
		`$x.list[0..1]`, `$distinct($append($x.list, $x.list))`, `$zip($x.list, $x.list)`, `$sift($x.o, function($v){false})`,
		`$map($x.list, function($v, $i, $a){$append($a, $v)})`, `$partition($x.list, 2)`, `$each($x.o, function($v){$v})`,
	} {
		e, err := jsonata.Compile(source)
		if err != nil {
			t.Fatal(source, err)
		}
		if _, err := ev.Evaluate(context.Background(), e, staticVariables{x: x}, ambient()); err != nil && !errors.Is(err, jsonata.ErrUndefined) {
			t.Errorf("%s: %v", source, err)
		}
		if after, err := jsonata.Encode(nil, x); err != nil || string(after) != text {
			t.Fatalf("%s changed its variable to %s, %v", source, after, err)
		}
	}
}
