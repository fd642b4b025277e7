package pattern

import (
	"strings"

	"github.com/penstock-ci/penstock/internal/diag"
)

func (o *operand) exactly() predicate {
	return o.string(func(want string) predicate { return text.where(is(want)) })
}

func is(want string) func(string) bool { return func(s string) bool { return s == want } }

func (o *operand) prefix() predicate {
	return o.affix(func(want string) predicate {
		return text.where(func(s string) bool { return strings.HasPrefix(s, want) })
	}, letters.begin)
}

func (o *operand) suffix() predicate {
	return o.affix(func(want string) predicate {
		return text.where(func(s string) bool { return strings.HasSuffix(s, want) })
	}, letters.end)
}

// affix reads a prefix or suffix: a string, or {"equals-ignore-case": string}.
func (o *operand) affix(exact func(string) predicate, folded func(letters, string) bool) predicate {
	if o.value.kind != object {
		return o.string(exact)
	}
	return o.expression([]operator{{equalsIgnoreCase, func(inner *operand) predicate {
		return inner.string(func(want string) predicate {
			l := letters(want)
			return text.where(func(s string) bool { return folded(l, s) })
		})
	}}})
}

func (o *operand) equalsIgnoreCase() predicate {
	return o.string(func(want string) predicate { return text.where(letters(want).equals) })
}

func (o *operand) wildcard() predicate {
	return o.string(func(want string) predicate {
		w, at, wrong := parseWildcard(want)
		if wrong != nil {
			o.report(badWildcard(o.letter(at), o.subject(), want, *wrong))
			return nil
		}
		return text.where(w.matches)
	})
}

// letter is the place of a byte of a string, or the whole string where it is written with escapes.
func (o *operand) letter(at int) diag.Range {
	v := o.value
	if escaped := v.end-v.begin != len(v.text)+len(`""`); escaped {
		return o.at(v)
	}
	return o.place(v.begin+1+at, v.begin+2+at)
}

func (o *operand) cidr() predicate {
	return o.string(func(want string) predicate {
		b, ok := block(want)
		if !ok {
			o.report(badBlock(o.at(o.value), o.subject(), want))
			return nil
		}
		return text.where(func(s string) bool {
			a, ok := address(s)
			return ok && b.Contains(a)
		})
	})
}

// exists reads true only: false is a matter of the condition, and no leaf matches it.
func (o *operand) exists() predicate {
	if o.value.kind != boolean {
		o.report(wrongOperand(o.at(o.value), o.subject(), "true or false", o.shown(o.value)))
		return nil
	}
	return func(leaf) bool { return true }
}

// string reads an operand that is a string.
func (o *operand) string(read func(string) predicate) predicate {
	if o.value.kind != text {
		o.report(wrongOperand(o.at(o.value), o.subject(), "a string", o.shown(o.value)))
		return nil
	}
	return read(o.value.text)
}

func (o *operand) nonEmptyPrefix() predicate { return o.nonEmpty((*operand).prefix) }
func (o *operand) nonEmptySuffix() predicate { return o.nonEmpty((*operand).suffix) }

// nonEmpty refuses "", which would exclude every string, and what only prefix and suffix themselves take.
func (o *operand) nonEmpty(read func(*operand) predicate) predicate {
	if o.value.kind != text || o.value.text == "" {
		o.report(wrongOperand(o.at(o.value), o.subject(), "a string with at least one letter", o.shown(o.value)))
		return nil
	}
	return read(o)
}

// anythingBut matches every leaf, of whatever kind, that none of its values matches. They are all strings, all numbers,
// or all operands of one other operator.
func (o *operand) anythingBut() predicate {
	var excluded []predicate
	switch v := o.value; v.kind {
	case text, number, array:
		excluded = o.each((*operand).excluded)
		o.refuseMixed()
	case object:
		for i := range nested { // with a list wherever the operator itself has one value
			if len(v.names) == 1 && v.names[0].text == nested[i].name {
				inner := &operand{compiler: o.compiler, path: o.path, operator: anythingBut + " " + nested[i].name, value: v.items[0]}
				return unless(inner.each(nested[i].read))
			}
		}
		return o.expression(nested)
	default:
		o.report(wrongOperand(o.at(v), o.subject(), "a string, a number, a list of them or an operator", o.shown(v)))
	}
	return unless(excluded)
}

func unless(excluded []predicate) predicate {
	return func(l leaf) bool {
		for _, holds := range excluded {
			if holds(l) {
				return false
			}
		}
		return true
	}
}

// each reads the operand, or each item of a list of them.
func (o *operand) each(read func(*operand) predicate) []predicate {
	if o.value.kind != array {
		return []predicate{read(o)}
	}
	if len(o.value.items) == 0 {
		o.report(emptyOperand(o.at(o.value), o.subject()))
	}
	var all []predicate
	for _, item := range o.value.items {
		all = append(all, read(&operand{compiler: o.compiler, path: o.path, operator: o.operator, value: item}))
	}
	return all
}

func (o *operand) excluded() predicate {
	v := o.value
	switch v.kind {
	case text:
		return text.where(is(v.text))
	case number:
		same := sameNumber(v.text)
		if same == nil {
			o.report(badNumber(o.at(v), o.subject(), v.text))
		}
		return same
	}
	o.report(wrongOperand(o.at(v), o.subject(), "strings or numbers", o.shown(v)))
	return nil
}

// refuseMixed reports the first item of a list that is a number among strings, or a string among numbers.
func (o *operand) refuseMixed() {
	for _, item := range o.value.items {
		first := o.value.items[0]
		if (item.kind == text || item.kind == number) && (first.kind == text || first.kind == number) && item.kind != first.kind {
			o.report(mixedList(o.at(item), o.subject(), o.shown(item), first.kind))
			return
		}
	}
}
