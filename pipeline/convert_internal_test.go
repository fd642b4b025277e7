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
	for _, to := range []Target{API, CloudFormation, Authoring} {
		p, whole := everyField(t, to)
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

// TestOnlyTheAuthoringFormHasWhen wants an error, and nothing left out in silence.
func TestOnlyTheAuthoringFormHasWhen(t *testing.T) {
	p, _ := everyField(t, Authoring)
	for _, to := range []Target{API, CloudFormation} {
		v, list := Convert(p, Conversion{To: to})
		errors := slices.DeleteFunc(list, func(d diag.Diagnostic) bool { return d.Severity != diag.Error })
		if v != nil || len(errors) != 1 || errors[0].Code != "cannot-convert" || errors[0].At != p.Stages[0].Actions[0].When[0].At {
			t.Errorf("%s: %v", to, list)
		}
	}
}

// everyField returns a definition with every field that a form has but the version, parsed and as the tree that it was
// parsed from.
func everyField(t *testing.T, form Target) (*Pipeline, *tree.Value) {
	t.Helper()
	pipeline := pipelineStructure.sample()
	pipeline.Entries = slices.DeleteFunc(pipeline.Entries, func(e tree.Entry) bool { return e.Key.Value == "version" })
	if form != Authoring {
		remove(pipeline, "when")
	}
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

// remove takes a key out of all mappings.
func remove(v *tree.Value, key string) {
	v.Entries = slices.DeleteFunc(v.Entries, func(e tree.Entry) bool { return e.Key.Value == key })
	for _, e := range v.Entries {
		remove(e.Value, key)
	}
	for _, item := range v.Items {
		remove(item, key)
	}
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

// TestCanonicalKeepsWhen reads the registered text back, as the handlers do.
func TestCanonicalKeepsWhen(t *testing.T) {
	p, list := Parse("p.json", []byte(with("action", "when", object{"variable": "v#{Src.BranchName}", "operator": "NE", "value": ""})))
	list.Add(Check(p, Options{})...)
	again, more := Parse("canonical.json", Canonical(p))
	if list.HasErrors() || more.HasErrors() || Digest(p) != Digest(again) {
		t.Fatalf("%v %v\n%s", list, more, Canonical(p))
	}
	when := again.Stages[1].Actions[0].When
	if len(when) != 1 || when[0].Variable.Value != "v#{Src.BranchName}" || when[0].Operator.Value != "NE" || when[0].Value.Value != "" {
		t.Errorf("read back as %+v", when)
	}
}
