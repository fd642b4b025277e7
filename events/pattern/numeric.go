package pattern

// bound is one end of a range of numbers: a comparison, and what is compared with.
type bound struct {
	comparison string
	limit      int64 // in millionths
}

// comparisons are what a bound does with the number of a leaf and its limit.
var comparisons = map[string]func(got, limit int64) bool{
	"=":  func(got, limit int64) bool { return got == limit },
	"<":  func(got, limit int64) bool { return got < limit },
	"<=": func(got, limit int64) bool { return got <= limit },
	">":  func(got, limit int64) bool { return got > limit },
	">=": func(got, limit int64) bool { return got >= limit },
}

// numeric reads one comparison, or a lower bound and an upper bound, in this order.
func (o *operand) numeric() predicate {
	v := o.value
	if v.kind != array {
		o.report(wrongOperand(o.at(v), o.subject(), "a list", o.shown(v)))
		return nil
	}
	var bounds []bound
	for rest := v.items; len(rest) > 0; {
		b, ok := o.bound(rest)
		if !ok {
			return nil
		}
		bounds = append(bounds, b)
		rest = rest[2:]
	}
	if !isRange(bounds) {
		o.report(badRange(o.at(v), o.subject(), v.items))
		return nil
	}
	return number.where(func(s string) bool {
		n, ok := millionths(s)
		for _, b := range bounds {
			ok = ok && comparisons[b.comparison](n, b.limit)
		}
		return ok
	})
}

func (o *operand) bound(items []*value) (b bound, ok bool) {
	first := items[0]
	if first.kind != text || comparisons[first.text] == nil {
		o.report(wrongOperand(o.at(first), o.subject(), `=, <, <=, > or >= before a number`, o.shown(first)))
		return b, false
	}
	if len(items) == 1 {
		o.report(noLimit(o.at(first), o.subject(), first.text))
		return b, false
	}
	second := items[1]
	if second.kind != number {
		o.report(wrongOperand(o.at(second), o.subject(), "a number after "+first.text, o.shown(second)))
		return b, false
	}
	limit, ok := millionths(second.text)
	if !ok {
		o.report(badNumber(o.at(second), o.subject(), second.text))
	}
	return bound{first.text, limit}, ok
}

func isRange(bounds []bound) bool {
	switch len(bounds) {
	case 1:
		return true
	case 2:
		low, high := bounds[0], bounds[1]
		return low.comparison[0] == '>' && high.comparison[0] == '<' && low.limit < high.limit
	}
	return false
}
