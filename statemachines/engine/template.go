package engine

import (
	"errors"
	"fmt"
	"strings"

	"github.com/penstock-ci/penstock/statemachines/asl"
	"github.com/penstock-ci/penstock/statemachines/engine/jsonata"
)

// template is a value of the definition whose strings may be expressions. Exactly one of its members is set; a part
// without any expression is one constant.
type template struct {
	field      string // its place, as Step Functions writes it: Output/list[0]
	constant   *value
	expression *jsonata.Expression
	object     []templateMember
	array      []*template
}

type templateMember struct {
	name  string
	value *template
}

// optional compiles a field that may be absent.
func (c *compiler) optional(field string, v any) *template {
	if v == nil {
		return nil
	}
	return c.template(field, v)
}

func (c *compiler) template(field string, v any) *template {
	if !hasExpression(v) {
		return c.constant(field, v)
	}
	t := &template{field: field}
	switch v := v.(type) {
	case string:
		source, _ := asl.Expression(v)
		expression, err := jsonata.Compile(strings.TrimSpace(source))
		if err != nil {
			c.problem(field, err)
		}
		t.expression = expression
	case asl.Object:
		for _, m := range v {
			t.object = append(t.object, templateMember{name: m.Name, value: c.template(field+"/"+m.Name, m.Value)})
		}
	case []any:
		for i, item := range v {
			t.array = append(t.array, c.template(fmt.Sprintf("%s[%d]", field, i), item))
		}
	case map[string]any:
		return c.template(field, asl.SortedObject(v))
	}
	return t
}

func (c *compiler) constant(field string, v any) *template {
	text, err := asl.MarshalValue(v)
	if err != nil {
		c.problem(field, err)
		return &template{field: field}
	}
	constant := textValue(string(text))
	constant.Native() // made now: the program is shared between executions
	return &template{field: field, constant: constant}
}

func hasExpression(v any) bool {
	switch v := v.(type) {
	case string:
		return asl.IsExpression(v)
	case asl.Object:
		for _, m := range v {
			if hasExpression(m.Value) {
				return true
			}
		}
	case map[string]any:
		for _, item := range v {
			if hasExpression(item) {
				return true
			}
		}
	case []any:
		for _, item := range v {
			if hasExpression(item) {
				return true
			}
		}
	}
	return false
}

// evaluate computes a template. The failure, if any, says which expression and why.
func (x *execution) evaluate(f *frame, t *template) (*value, *failure) {
	if t.constant != nil {
		return t.constant, nil
	}
	native, fail := x.evaluateNative(f, t)
	if fail != nil {
		return nil, fail
	}
	v, err := newValue(native)
	if err != nil {
		return nil, x.queryFailure(f, t, encodingFault(err))
	}
	if len(v.text) > maxPayload {
		return nil, &failure{name: ErrorDataLimitExceeded, cause: causeDataLimit(f.state.name)}
	}
	return v, nil
}

func (x *execution) evaluateNative(f *frame, t *template) (jsonata.Value, *failure) {
	switch {
	case t.constant != nil:
		return t.constant.Native(), nil
	case t.expression != nil:
		return x.evaluateExpression(f, t)
	case t.object != nil:
		object := jsonata.NewObject()
		for _, m := range t.object {
			v, fail := x.evaluateNative(f, m.value)
			if fail != nil {
				return nil, fail
			}
			object.Set(m.name, v)
		}
		return object, nil
	default:
		items := make([]any, 0, len(t.array))
		for _, item := range t.array {
			v, fail := x.evaluateNative(f, item)
			if fail != nil {
				return nil, fail
			}
			items = append(items, v)
		}
		return items, nil
	}
}

func (x *execution) evaluateExpression(f *frame, t *template) (jsonata.Value, *failure) {
	v, err := x.evaluator.Evaluate(x.ctx, t.expression, &x.view, jsonata.Ambient{Now: x.now, Random: x.random})
	if err != nil && x.ctx.Err() != nil {
		x.broken = errClosed()
	}
	switch {
	case err == nil && jsonata.TypeOf(v) == "function":
		return nil, x.queryFailure(f, t, encodingFault(jsonata.ErrUnsupported))
	case err == nil:
		return v, nil
	case errors.Is(err, jsonata.ErrUndefined):
		return nil, x.queryFailure(f, t, err.Error()+".")
	default:
		return nil, x.queryFailure(f, t, causeThrew(err))
	}
}

func encodingFault(err error) string {
	if errors.Is(err, jsonata.ErrUnsupported) {
		return err.Error() + "."
	}
	return causeThrew(err)
}

func (x *execution) queryFailure(f *frame, t *template, text string) *failure {
	source := ""
	if t.expression != nil {
		source = t.expression.Source()
	}
	return &failure{
		name:     ErrorQueryEvaluation,
		cause:    causeInState(f, causeExpression(source, t.field, text)),
		location: t.field,
	}
}

// typed is the failure of an expression whose result has the wrong type.
func (x *execution) typed(f *frame, t *template, want string, v *value) *failure {
	return x.queryFailure(f, t, causeResultType(want, jsonata.TypeOf(v.Native()), []byte(v.text)))
}
