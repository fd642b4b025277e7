package pipeline

import (
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/penstock-ci/penstock/internal/diag"
	"github.com/penstock-ci/penstock/pipeline/format"
	"github.com/penstock-ci/penstock/pipeline/tree"
)

// sampled makes a value of a slot's kind, with every member that there is.
type sampled interface{ sample() *tree.Value }

// sample makes a mapping with every field of a structure. What a kind of slot looks like must be said below.
func (s *structure[T]) sample() *tree.Value {
	var of T
	v := &tree.Value{Kind: tree.Mapping}
	for _, f := range s.fields {
		member := &tree.Value{} // is not read, and then missed
		if slot, ok := f.slot(&of).(sampled); ok {
			member = slot.sample()
		}
		v.Entries = append(v.Entries, entryOf(f.name, member))
	}
	return v
}

func (s textSlot) sample() *tree.Value    { return stringOf("x") }
func (s numberSlot) sample() *tree.Value  { return &tree.Value{Kind: tree.Number, Text: "7"} }
func (s textsSlot) sample() *tree.Value   { return listed(stringOf("x"), stringOf("y")) }
func (s listSlot[T]) sample() *tree.Value { return listed(s.of.sample()) }
func (s partSlot[T]) sample() *tree.Value { return s.of.sample() }
func (s typeIDSlot) sample() *tree.Value  { return s.of.sample() }
func (s storesSlot) sample() *tree.Value {
	return mappingOf(entryOf("us-east-1", storeStructure.sample()))
}

func (s propertiesSlot) sample() *tree.Value {
	return mappingOf(entryOf("Z", stringOf("1")), entryOf("A", stringOf("true")))
}

func listed(items ...*tree.Value) *tree.Value { return &tree.Value{Kind: tree.Sequence, Items: items} }

// TestEveryFieldSurvives writes a definition that has every field of the tables in every form and reads it back.
func TestEveryFieldSurvives(t *testing.T) {
	p, whole := everyField(t)
	for _, to := range []Target{API, CloudFormation, Authoring} {
		v, list := Convert(p, Conversion{To: to})
		want := p
		if to == CloudFormation {
			want, list = withoutRuleTimeouts(t, p), withoutLoss(list)
		}
		if len(list) > 0 {
			t.Errorf("%s: %v", to, list)
		}
		if to == API && !format.Same(whole, v) {
			t.Errorf("the API's form is not what was read:\n%s", format.YAML(v))
		}
		for file, text := range written(t, v) {
			again, list := Parse(file, text)
			if list.HasErrors() {
				t.Fatalf("%s is not read back: %v\n%s", to, list, text)
			}
			if diff := cmp.Diff(string(Canonical(want)), string(Canonical(again))); diff != "" {
				t.Errorf("%s as %s (-want +got):\n%s", to, file, diff)
			}
			if len(again.Tags) != 1 || again.Tags[0].Key.Value != "x" {
				t.Errorf("%s as %s has the tags %v", to, file, again.Tags)
			}
		}
	}
}

// everyField returns a definition with every field but the version, parsed and as the tree that it was parsed from.
func everyField(t *testing.T) (*Pipeline, *tree.Value) {
	t.Helper()
	pipeline := pipelineStructure.sample()
	pipeline.Entries = slices.DeleteFunc(pipeline.Entries, func(e tree.Entry) bool { return e.Key.Value == "version" })
	whole := mappingOf(entryOf("pipeline", pipeline), entryOf("tags", listed(tagStructure.sample())))
	source, err := format.JSON(whole)
	if err != nil {
		t.Fatal(err)
	}
	p, list := Parse("every.json", source)
	if list.HasErrors() {
		t.Fatalf("%v in\n%s", list, source)
	}
	return p, whole
}

// withoutRuleTimeouts returns the definition without what CloudFormation has no property for.
func withoutRuleTimeouts(t *testing.T, p *Pipeline) *Pipeline {
	t.Helper()
	without, list := Parse("copy.json", Canonical(p))
	if list.HasErrors() {
		t.Fatal(list)
	}
	for i := range without.Stages {
		s := &without.Stages[i]
		for _, conditions := range [][]Condition{s.BeforeEntry.Conditions, s.OnSuccess.Conditions, s.OnFailure.Conditions} {
			conditions[0].Rules[0].TimeoutInMinutes = Number{}
		}
	}
	return without
}

func withoutLoss(list diag.List) diag.List {
	return slices.DeleteFunc(list, func(d diag.Diagnostic) bool { return d.Code == "not-converted" })
}

func written(t *testing.T, v *tree.Value) map[string][]byte {
	t.Helper()
	text, err := format.JSON(v)
	if err != nil {
		t.Fatal(err)
	}
	return map[string][]byte{"x.json": text, "x.yaml": format.YAML(v, "stages", "Stages")}
}

// TestWritingOrderNamesFields keeps the lists of the writing order complete: a new field must find its place.
func TestWritingOrderNamesFields(t *testing.T) {
	tables := map[string][]string{
		"pipeline": bareStructure.names(lowerCamel), "stage": stageStructure.names(lowerCamel),
		"action": actionStructure.names(lowerCamel), "rule": ruleStructure.names(lowerCamel),
	}
	if diff := cmp.Diff(slices.Sorted(maps.Keys(tables)), slices.Sorted(maps.Keys(writingOrder))); diff != "" {
		t.Errorf("structures (-tables +order):\n%s", diff)
	}
	for name, fields := range tables {
		want, got := slices.Sorted(slices.Values(fields)), slices.Sorted(slices.Values(writingOrder[name]))
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-fields +order):\n%s", name, diff)
		}
	}
}
