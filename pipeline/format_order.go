package pipeline

import (
	"slices"

	"github.com/penstock-ci/penstock/pipeline/format"
)

// writingOrder is the order in which members are written, where it is not that of the API's model: what names a thing
// and says what it is comes first, then how it runs, then what goes in and comes out. Members that are not listed
// follow in the order of their table.
var writingOrder = map[string][]string{
	"pipeline": {
		"name", "pipelineType", "executionMode", "roleArn", "artifactStore", "artifactStores", "tags", "variables",
		"triggers", "stages", "version",
	},
	"stage": {"name", "blockers", "beforeEntry", "actions", "onSuccess", "onFailure"},
	"action": {
		"name", "actionTypeId", "when", "runOrder", "region", "roleArn", "namespace", "timeoutInMinutes",
		"configuration", "commands", "environmentVariables", "inputArtifacts", "outputArtifacts", "outputVariables",
	},
	"rule": {"name", "ruleTypeId", "region", "roleArn", "timeoutInMinutes", "configuration", "commands", "inputArtifacts"},
}

// inWritingOrder returns the fields of a structure in the order in which they are written.
func (s *structure[T]) inWritingOrder() []field[T] {
	rank := func(f field[T]) int {
		if i := slices.Index(writingOrder[s.name], f.name); i >= 0 {
			return i
		}
		return len(s.fields)
	}
	fields := slices.Clone(s.fields)
	slices.SortStableFunc(fields, func(a, b field[T]) int { return rank(a) - rank(b) })
	return fields
}

// order returns the order of a structure's members, and of those below them.
func (s *structure[T]) order() *format.Order {
	var t T
	o := &format.Order{Below: map[string]*format.Order{}}
	for _, f := range s.inWritingOrder() {
		o.Keys = append(o.Keys, f.name)
		if below, ok := f.slot(&t).(interface{ order() *format.Order }); ok {
			o.Below[f.name] = below.order()
		}
	}
	return o
}

func (s listSlot[T]) order() *format.Order { return s.of.order() }
func (s partSlot[T]) order() *format.Order { return s.of.order() }
func (s typeIDSlot) order() *format.Order  { return s.of.order() }
func (s storesSlot) order() *format.Order  { return &format.Order{Each: storeStructure.order()} }
