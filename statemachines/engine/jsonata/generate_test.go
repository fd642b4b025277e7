package jsonata_test

import "strings"

// term is a generated expression: a form of the language whose holes other terms fill.
type term struct {
	form  string // E, N, S, B, A, O and F stand for holes: anything, a number, a string, a boolean, an array, an object, a function
	holes []*term
}

const kinds = "ENSBAOF"

func (t *term) String() string {
	var b strings.Builder
	next := 0
	for i := range len(t.form) {
		if isHole(t.form, i) {
			b.WriteString(t.holes[next].String())
			next++
			continue
		}
		b.WriteByte(t.form[i])
	}
	return b.String()
}

// isHole tells whether a form has a hole at a place: a letter of a kind beside no other letter.
func isHole(form string, i int) bool {
	letter := func(i int) bool {
		return i >= 0 && i < len(form) && (form[i] >= 'a' && form[i] <= 'z' || form[i] >= 'A' && form[i] <= 'Z' || form[i] == '$')
	}
	return strings.IndexByte(kinds, form[i]) >= 0 && !letter(i-1) && !letter(i+1)
}

// size is the number of forms in a term.
func (t *term) size() int {
	n := 1
	for _, hole := range t.holes {
		n += hole.size()
	}
	return n
}

// simpler are terms that are like this one and smaller.
func (t *term) simpler() []*term {
	list := append([]*term{}, t.holes...)
	for i, hole := range t.holes {
		smaller := hole.simpler()
		for _, plain := range []string{"$none", "null", "1", `"t"`, "[]", "{}"} {
			if hole.size() > 1 {
				smaller = append(smaller, &term{form: plain})
			}
		}
		for _, s := range smaller {
			holes := append([]*term{}, t.holes...)
			holes[i] = s
			list = append(list, &term{form: t.form, holes: holes})
		}
	}
	return list
}

// generator makes terms; the same seed always makes the same ones.
type generator struct{ seed uint64 }

// below draws a number from 0 to n-1, by a linear congruence: Go's own generators may change.
func (g *generator) below(n int) int {
	g.seed = g.seed*6364136223846793005 + 1442695040888963407
	return int(g.seed>>33) % n
}

// term makes a term of a kind, or in one of eight cases of any: ill-typed expressions count too.
func (g *generator) term(kind byte, depth int) *term {
	if kind != 'F' && g.below(8) == 0 {
		kind = 'E'
	}
	if kind == 'E' {
		kind = "NSBAO"[g.below(5)]
	}
	choice := leaves[kind]
	if depth > 0 && g.below(5) > 0 {
		choice = forms[kind]
	}
	t := &term{form: choice[g.below(len(choice))]}
	for i := range len(t.form) {
		if isHole(t.form, i) {
			t.holes = append(t.holes, g.term(t.form[i], depth-1))
		}
	}
	return t
}

var leaves = map[byte][]string{
	'N': {"1", "0", "2.5", "-3", "100", "$n", "$o.k", "$list[0]", "$list[-1]", "$rows[0].id", "$none", "$z", "1e3", "$o.none"},
	'S': {`"t"`, `""`, `"7"`, `"a-b"`, `"ä😀z"`, "$s", "$words[1]", "$rows[0].tag", "$none", "'x y'", `"2026-01-02T03:04:05Z"`},
	'B': {"true", "false", "$b", "$none"},
	'A': {"[]", "$list", "$words", "$rows", "$rows.id", "$rows.tag", "[1, 2]", "[null]", "$o.inner.k", "[1..3]", "$none", "[[1], [2, 3]]", "[$none]", `["b", "a", "b"]`},
	'O': {"{}", "$o", "$o.inner", "$rows[1]", `{"a": 1, "b": [2]}`, "$none"},
	'F': {
		"function($v){$v}", "function($v, $i){$i}", "function($v){$v > 1}", "function($a, $v){$a & $v}", "$string", "$uppercase",
		"function($v, $k){$k}", "function($v){$type($v)}", "$count", "function($v, $i, $a){$count($a)}",
	},
}

var forms = map[byte][]string{
	'N': {
		"(N + N)", "(N - N)", "(N * N)", "(N / N)", "(N % N)", "(-N)", "$count(A)", "$sum(A)", "$max(A)", "$min(A)", "$average(A)",
		"$number(E)", "$length(S)", "$floor(N)", "$ceil(N)", "$round(N)", "$round(N, 1)", "$round(N, -1)", "$abs(N)", "$sqrt(N)", "$power(N, N)",
		"(B ? N : N)", "$parseInteger('12', '0')", "$toMillis(S)", "A[N]", "$reduce(A, function($a, $v){$a + $v})", "($q := N; $q * $q)",
		"(N ~> $abs())", "$reduce(A, F, N)",
	},
	'S': {
		"(E & E)", "$string(E)", "$uppercase(S)", "$lowercase(S)", "$trim(S)", "$substring(S, N)", "$substring(S, N, N)",
		"$substringBefore(S, S)", "$substringAfter(S, S)", "$pad(S, N)", "$pad(S, N, S)", "$join(A, S)", "$join(A)", "$type(E)",
		"$replace(S, S, S)", "$replace(S, /a|-/, S)", "$base64encode(S)", "$encodeUrlComponent(S)", "$encodeUrl(S)", "$decodeUrl(S)",
		"$formatNumber(N, '#,##0.00')", "$formatBase(N, 2)", "$formatInteger(N, 'w')", "$fromMillis(N)", "(B ? S : S)",
		"(S ~> $uppercase)", "$reduce(A, F)", "$string(E, true)",
	},
	'B': {
		"(E = E)", "(E != E)", "(N < N)", "(N <= N)", "(S > S)", "(S >= S)", "(B and B)", "(B or B)", "(E in A)", "$boolean(E)", "$not(E)",
		"$exists(E)", "$contains(S, S)", "$contains(S, /[a-y]/)", "(E < E)", "(E and E)", "(E or E)",
	},
	'A': {
		"[E, E]", "[E]", "$append(E, E)", "$reverse(A)", "$sort(A)", "$sort(A, function($l, $r){$l > $r})", "$distinct(A)", "$map(A, F)",
		"$filter(A, F)", "$split(S, S)", "$split(S, /-/)", "$split(S, S, N)", "$keys(O)", "$spread(O)", "$each(O, F)", "$zip(A, A)",
		"$match(S, /[a-z]/)", "$match(S, /[a-z]/, N)", "A[$ > 1]", "$list[[0, 1]]", "$list^($)", "$words^(>$)", "(A).(E)", "A.{'v': $}", "[N..N]",
		"$rows[id = N]", "$rows^(id, >tag)", "$rows.{'i': id, 't': tag}", "(A ~> $reverse() ~> $count())", "A.$string()", "$lookup(A, S)",
		"($shuffle(A) ~> $sort())", "$rows#$i.{'i': $i, 'id': id}", "$list#$i[$i > N]", "$rows@$r.{'r': $r.id}", "$rows{tag: id}", "$rows.tag[]", "$o.k[]", "$o.inner[]", "$append(A, A)[N]", "(A)[0][1]", "O.*", "$o.**",
	},
	'O': {
		`{"a": E, "b": E}`, "{S: E}", "$merge([O, O])", "$merge(A)", "$lookup(O, S)", "$sift(O, F)", "$single(A, F)", "O.inner", "(B ? O : O)",
		`(O ~> |$|{"n": E}|)`, `(O ~> |$|{}, "k"|)`, "A{$string($): $count($)}", "($q := O; $q.k)", "($f := F; $f(E))", "F(E)", "F(E, E)",
		"$clone(O)", "A.(E)", "$error(S)", "$assert(B, S)", "$values(O)", "$flatten(A)",
	},
	'F': {"function($v){E}", "function($v, $i){E}", "($string ~> $length)"},
}
