package template

import (
	"slices"
	"strings"

	"github.com/penstock-ci/penstock/internal/diag"
	"github.com/penstock-ci/penstock/pipeline/tree"
)

// parameter is a declared parameter. value is nil when it is not known here.
type parameter struct {
	name  tree.Text
	value *string
	list  bool // its value is a list, separated by commas
	takes bool // a value that is given for it is used
}

// Takes reports whether a name is that of a parameter which has no value and would take one.
func (t *Template) Takes(name string) bool {
	if p, declared := t.parameters[name]; declared {
		return p.takes && p.value == nil
	}
	return slices.Contains(pseudoParameters, name) && name != noValue
}

// maxParameter is the length of the longest value that CloudFormation takes.
const maxParameter = 4096

func (t *Template) readParameters() {
	for _, e := range t.root.Lookup("Parameters").Entries {
		if _, twice := t.parameters[e.Key.Value]; !twice {
			t.parameters[e.Key.Value] = t.readParameter(e)
		}
	}
	for _, name := range sortedKeys(t.given) {
		if _, declared := t.parameters[name]; !declared && !slices.Contains(pseudoParameters, name) {
			at := t.root.Lookup("Parameters").At
			if !at.IsKnown() {
				at = t.root.At
			}
			t.list.Add(undeclaredParameter(at, name, sortedKeys(t.parameters)))
		}
	}
}

func (t *Template) readParameter(e tree.Entry) *parameter {
	kind := e.Value.Lookup("Type").Text
	p := &parameter{
		name: e.Key, list: kind == "CommaDelimitedList" || strings.HasPrefix(kind, "List<"),
	}
	// The value of an SSM parameter is the name of what AWS looks up; that of a secret stays out of definitions.
	if strings.HasPrefix(kind, "AWS::SSM::Parameter::Value<") || e.Value.Lookup("NoEcho").Text == "true" {
		return p
	}
	p.takes = true
	value, at := e.Value.Lookup("Default").Scalar(), e.Key.At
	given, isGiven := t.given[e.Key.Value]
	switch {
	case isGiven:
		value = tree.Text{Value: given, At: at}
	case !value.IsSet():
		return p
	default:
		at = value.At
	}
	if t.allows(e, value, at, p.list) {
		p.value = &value.Value
	}
	return p
}

// allows holds the value of a parameter against its declaration.
func (t *Template) allows(e tree.Entry, value tree.Text, at diag.Range, isList bool) bool {
	if len(value.Value) > maxParameter {
		t.list.Add(parameterTooLong(at, e.Key.Value, len(value.Value)))
		return false
	}
	var allowed []string
	for _, item := range e.Value.Lookup("AllowedValues").Items {
		allowed = append(allowed, item.Text)
	}
	values := []string{value.Value}
	if isList {
		values = splitList(value.Value)
	}
	for _, v := range values {
		if len(allowed) > 0 && !slices.Contains(allowed, v) {
			t.list.Add(parameterNotAllowed(at, e.Key.Value, v, allowed))
			return false
		}
	}
	return true
}

func splitList(value string) []string {
	items := strings.Split(value, ",")
	for i := range items {
		items[i] = strings.TrimSpace(items[i])
	}
	return items
}

// pseudoParameters are the names that every template may refer to.
var pseudoParameters = []string{
	"AWS::AccountId", "AWS::NoValue", "AWS::NotificationARNs", "AWS::Partition", "AWS::Region", "AWS::StackId",
	"AWS::StackName", "AWS::URLSuffix",
}

// pseudo returns the value of a pseudo parameter: as given, or as it follows from a Region that is given.
func (t *Template) pseudo(name string) (string, bool) {
	if !slices.Contains(pseudoParameters, name) {
		return "", false
	}
	if value, given := t.given[name]; given {
		return value, true
	}
	region, given := t.given["AWS::Region"]
	if !given {
		return "", false
	}
	china := strings.HasPrefix(region, "cn-")
	switch {
	case name == "AWS::Partition" && china:
		return "aws-cn", true
	case name == "AWS::Partition" && strings.HasPrefix(region, "us-gov-"):
		return "aws-us-gov", true
	case name == "AWS::Partition":
		return "aws", true
	case name == "AWS::URLSuffix" && china:
		return "amazonaws.com.cn", true
	case name == "AWS::URLSuffix":
		return "amazonaws.com", true
	}
	return "", false
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for key := range m {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}
