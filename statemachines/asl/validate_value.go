package asl

import "strings"

// markers reports each text of a state that only starts or only ends like an expression, which Step Functions refuses.
func (v *validator) markers(s State, at string) {
	eachValue(s, func(field string, value any) { v.value(value, at, field) })
}

// eachValue visits the fields of a state that may hold expressions. Those that must be one are checked where they are.
func eachValue(s State, visit func(field string, value any)) {
	for _, assign := range assigns(s) {
		visit(assign.field, assign.object)
	}
	switch s := s.(type) {
	case *Task:
		visit("Credentials", s.Credentials)
		visit("Arguments", s.Arguments)
		visit("Output", s.Output)
		catcherValues(s.Catch, visit)
	case *Parallel:
		visit("Arguments", s.Arguments)
		visit("Output", s.Output)
		catcherValues(s.Catch, visit)
	case *Map:
		visit("Items", s.Items)
		visit("ItemSelector", s.ItemSelector)
		visit("Output", s.Output)
		catcherValues(s.Catch, visit)
	case *Pass:
		visit("Output", s.Output)
	case *Wait:
		visit("Timestamp", s.Timestamp)
		visit("Output", s.Output)
	case *Choice:
		visit("Output", s.Output)
		for i := range s.Choices {
			visit(index("Choices", i)+".Output", s.Choices[i].Output)
		}
	case *Succeed:
		visit("Output", s.Output)
	case *Fail:
		visit("Error", s.Error)
		visit("Cause", s.Cause)
	}
}

func catcherValues(catchers []Catcher, visit func(field string, value any)) {
	for i := range catchers {
		visit(index("Catch", i)+".Output", catchers[i].Output)
	}
}

// value checks the texts of a value. A path is only made where there is something to say.
func (v *validator) value(value any, at, field string) {
	switch value := value.(type) {
	case string:
		if isTorn(value) {
			v.problems.add(at+"."+field, msgMarkers(value))
		}
	case Object:
		for _, m := range value {
			v.inside(m.Value, at, func() string { return join(field, m.Name) })
		}
	case map[string]any:
		for name, item := range value {
			v.inside(item, at, func() string { return join(field, name) })
		}
	case []any:
		for i, item := range value {
			v.inside(item, at, func() string { return index(field, i) })
		}
	}
}

// inside checks what stands in an object or an array.
func (v *validator) inside(value any, at string, field func() string) {
	switch text := value.(type) {
	case string:
		if isTorn(text) {
			v.value(text, at, field())
		}
	case Object, map[string]any, []any:
		v.value(text, at, field())
	}
}

// isTorn tells whether a text has only one of an expression's two marks.
func isTorn(text string) bool {
	starts, ends := strings.HasPrefix(text, expressionStart), strings.HasSuffix(text, expressionEnd)
	return (starts || ends) && !IsExpression(text)
}
