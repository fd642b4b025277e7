package template

import (
	"github.com/penstock-ci/penstock/internal/diag"
	"github.com/penstock-ci/penstock/pipeline/tree"
)

// All wording about templates: one function per mistake.

func failure(code string, at diag.Range, format string, args ...any) diag.Diagnostic {
	return diag.Failure(code, at, format, args...)
}

func undeclaredParameter(at diag.Range, name string, declared []string) diag.Diagnostic {
	d := failure("undeclared-parameter", at, "a value is given for the parameter %s, which the template does not declare",
		diag.Quote(name))
	if len(declared) == 0 {
		return d.WithHelp("the template declares no parameters")
	}
	return d.Suggesting(name, declared)
}

func parameterTooLong(at diag.Range, name string, n int) diag.Diagnostic {
	return failure("invalid-parameter", at, "the value of parameter %s has %d bytes; at most %d are allowed",
		diag.Quote(name), n, maxParameter)
}

func parameterNotAllowed(at diag.Range, name, value string, allowed []string) diag.Diagnostic {
	return failure("invalid-parameter", at, "the parameter %s does not allow %s", diag.Quote(name), diag.Quote(value)).
		Suggesting(value, allowed)
}

func transformNotRun(name tree.Text) diag.Diagnostic {
	return failure("transform-not-run", name.At, "the transform %s is not run here: what it adds or changes is not seen",
		diag.Quote(name.Value)).As(diag.Note)
}

func notEvaluated(at diag.Range, name string) diag.Diagnostic {
	return failure("loop-not-run", at, "the loop %s is not run here: what it makes is not seen", diag.Quote(name)).
		As(diag.Note)
}

func unknownName(name tree.Text, names []string) diag.Diagnostic {
	d := failure("unknown-name", name.At, "the template has no parameter or resource %s", diag.Quote(name.Value))
	if near, found := diag.Nearest(name.Value, names); found {
		return d.WithHelp("did you mean %s?", diag.Quote(near))
	}
	return d
}

// functions are the names of all functions that may stand in a resource.
var functions = []string{
	"Ref", "Fn::Base64", "Fn::Cidr", "Fn::FindInMap", "Fn::GetAZs", "Fn::GetAtt", "Fn::If", "Fn::ImportValue",
	"Fn::Join", "Fn::Length", "Fn::Select", "Fn::Split", "Fn::Sub", "Fn::ToJsonString", "Fn::Transform",
}

func unknownFunction(c call) diag.Diagnostic {
	return failure("unknown-function", c.at, "there is no intrinsic function %s", diag.Quote(c.name)).
		Suggesting(c.name, functions)
}

func conditionFunctionHere(c call) diag.Diagnostic {
	return failure("malformed-function", c.at, "%s stands outside of Conditions", c.name).
		WithHelp("declare a condition, and choose with Fn::If")
}

func malformedFunction(c call, takes string) diag.Diagnostic {
	return failure("malformed-function", c.at, "%s takes %s", c.name, takes)
}

func nothingToSelect(c call, index string, n int) diag.Diagnostic {
	return failure("malformed-function", c.at, "Fn::Select has the index %s for a list of %d", diag.Quote(index), n).
		WithHelp("indexes start at 0")
}

func notText(at diag.Range, name string) diag.Diagnostic {
	return failure("malformed-function", at, "%s is no text: Fn::Sub cannot put it into one", diag.Quote(name))
}

func unknownCondition(name tree.Text, declared []string, n int) diag.Diagnostic {
	d := failure("unknown-condition", name.At, "the template has no condition %s", diag.Quote(name.Value))
	if n == 0 {
		return d.WithHelp("conditions are declared under Conditions")
	}
	return d.Suggesting(name.Value, declared)
}

func circularCondition(name tree.Text) diag.Diagnostic {
	return failure("circular-condition", name.At, "the condition %s depends on itself", diag.Quote(name.Value))
}

func undecidedCondition(name tree.Text) diag.Diagnostic {
	return failure("undecided-condition", name.At, "the condition %s cannot be decided here and is taken for true",
		diag.Quote(name.Value)).As(diag.Note).WithHelp("give the parameters it depends on: --parameter NAME=VALUE")
}

func notACondition(at diag.Range) diag.Diagnostic {
	return failure("malformed-condition", at, "this is no condition").
		WithHelp("a condition is made of Fn::Equals, Fn::And, Fn::Or, Fn::Not and Condition")
}

func notInMapping(key tree.Text, keys []string) diag.Diagnostic {
	return failure("not-in-mapping", key.At, "the mapping has no key %s", diag.Quote(key.Value)).
		Suggesting(key.Value, keys)
}

func tooMuchText(at diag.Range) diag.Diagnostic {
	return failure("too-much-text", at, "the functions of this template make more than %d MB of text", maxText>>20)
}

func tooManyResources(id tree.Text) diag.Diagnostic {
	return failure("too-many-resources", id.At, "the template has more than %d resources", maxResources).
		WithHelp("CloudFormation takes no more: nest stacks")
}
