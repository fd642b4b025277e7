package pattern

import (
	"slices"
)

// operator reads the operand of a match expression. It returns nil when it has reported what is wrong.
type operator struct {
	name string
	read func(*operand) predicate
}

// operand is what stands behind an operator, and where.
type operand struct {
	*compiler
	path, operator string // operator is with those around it: "anything-but prefix"
	value          *value
}

const (
	prefix           = "prefix"
	suffix           = "suffix"
	equalsIgnoreCase = "equals-ignore-case"
	anythingBut      = "anything-but"
	exists           = "exists"
)

// operators are those of a match expression. "exactly" is in event-ruler and not in the user guide.
var operators = []operator{
	{prefix, (*operand).prefix},
	{suffix, (*operand).suffix},
	{equalsIgnoreCase, (*operand).equalsIgnoreCase},
	{anythingBut, (*operand).anythingBut},
	{"numeric", (*operand).numeric},
	{exists, (*operand).exists},
	{"cidr", (*operand).cidr},
	{"wildcard", (*operand).wildcard},
	{"exactly", (*operand).exactly},
}

// nested are the operators that anything-but takes an operand of.
var nested = []operator{
	{prefix, (*operand).nonEmptyPrefix},
	{suffix, (*operand).nonEmptySuffix},
	{equalsIgnoreCase, (*operand).equalsIgnoreCase},
	{"wildcard", (*operand).wildcard},
}

// reserved names cannot be fields inside $or: event-ruler takes what has them for a match expression, today or later
// (RESERVED_FIELD_NAMES_IN_OR_RELATIONSHIP in its Constants.java).
var reserved = []string{
	"exactly", equalsIgnoreCase, prefix, suffix, anythingBut, exists, "wildcard", "numeric", "cidr", "html",
	"=", "<", "<=", ">", ">=", "regex", "not-wildcard", "not-equals-ignore-case", "date-after", "date-on-or-after",
	"date-before", "date-on-or-before", "in-date-range", "ip-address-in-range", "ip-address-not-in-range",
}

func names(operators []operator) []string {
	var all []string
	for _, o := range operators {
		all = append(all, o.name)
	}
	return all
}

// condition reads the list of values of a path.
func (c *compiler) condition(path string, v *value) condition {
	k := condition{path: path}
	if len(v.items) == 0 {
		c.report(emptyList(c.at(v), path))
	}
	for _, item := range v.items {
		o := &operand{compiler: c, path: path, value: item}
		switch {
		case item.kind == array:
			c.report(listInList(c.at(item), path))
		case item.kind != object:
			k.values = append(k.values, equal(item))
		case o.saysAbsent():
			k.absent = true
		default:
			k.values = append(k.values, o.expression(operators))
		}
	}
	return k
}

// saysAbsent reports whether the value is {"exists": false}, which no leaf can match.
func (o *operand) saysAbsent() bool {
	v := o.value
	return len(v.names) == 1 && v.names[0].text == exists && v.items[0].kind == boolean && v.items[0].text == "false"
}

// equal matches what has the same kind and value. Strings that are addresses are compared as addresses, numbers that
// EventBridge compares by value, and other numbers as they are written.
func equal(v *value) predicate {
	switch v.kind {
	case text:
		if want, ok := address(v.text); ok {
			return text.where(func(s string) bool {
				got, ok := address(s)
				return ok && got == want
			})
		}
	case number:
		if same := sameNumber(v.text); same != nil {
			return same
		}
	}
	return func(l leaf) bool { return l.kind == v.kind && l.text == v.text }
}

// where is a predicate on the text of leaves of a kind.
func (k kind) where(holds func(string) bool) predicate {
	return func(l leaf) bool { return l.kind == k && holds(l.text) }
}

// sameNumber is nil where EventBridge does not compare the number.
func sameNumber(digits string) predicate {
	want, ok := millionths(digits)
	if !ok {
		return nil
	}
	return number.where(func(s string) bool {
		got, ok := millionths(s)
		return ok && got == want
	})
}

// expression reads {"operator": operand}, with one of the operators given.
func (o *operand) expression(known []operator) predicate {
	v := o.value
	if len(v.names) != 1 {
		o.report(notOneOperator(o.at(v), o.subject(), v.names))
		return nil
	}
	i := slices.IndexFunc(known, func(k operator) bool { return k.name == v.names[0].text })
	if i < 0 {
		o.report(unknownOperator(o.place(v.names[0].begin, v.names[0].end), o.subject(), v.names[0].text, names(known)))
		return nil
	}
	inner := &operand{compiler: o.compiler, path: o.path, operator: known[i].name, value: v.items[0]}
	if o.operator != "" {
		inner.operator = o.operator + " " + known[i].name
	}
	return known[i].read(inner)
}
