package pipeline_test

import (
	"maps"
	"reflect"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/penstock-ci/penstock/internal/diag"
	"github.com/penstock-ci/penstock/pipeline"
)

// A definition that was built in Go has no places. It means what the same one means that was read: the same diagnostics, the
// same text.
func TestBuiltDefinitions(t *testing.T) {
	seen, all := 0, definitions(t)
	for _, file := range slices.Sorted(maps.Keys(all)) {
		read, list := pipeline.ParseAll(file, all[file], pipeline.ParseOptions{})
		if list.HasErrors() {
			continue
		}
		for _, p := range read {
			seen++
			want, text := messages(pipeline.Check(p, pipeline.Options{})), string(pipeline.Canonical(p))
			withoutPlaces(reflect.ValueOf(p))
			if diff := cmp.Diff(want, messages(pipeline.Check(p, pipeline.Options{}))); diff != "" {
				t.Errorf("%s: diagnostics of %s (-read +built):\n%s", file, p.Name.Value, diff)
			}
			if diff := cmp.Diff(text, string(pipeline.Canonical(p))); diff != "" {
				t.Errorf("%s: %s (-read +built):\n%s", file, p.Name.Value, diff)
			}
		}
	}
	if seen < 50 {
		t.Errorf("%d definitions were looked at", seen)
	}
}

// messages are codes and texts of diagnostics, each once.
func messages(list diag.List) []string {
	var all []string
	for _, d := range list {
		all = append(all, d.Code+": "+d.Message)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// withoutPlaces forgets every place below a value, but those of empty texts: a place says that there is one.
func withoutPlaces(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			withoutPlaces(v.Elem())
		}
	case reflect.Slice:
		for i := range v.Len() {
			withoutPlaces(v.Index(i))
		}
	case reflect.Struct:
		if t, is := v.Interface().(pipeline.Text); is && t.Value == "" {
			return
		}
		if v.Type() == reflect.TypeFor[diag.Range]() {
			v.SetZero()
			return
		}
		for i := range v.NumField() {
			if v.Field(i).CanSet() {
				withoutPlaces(v.Field(i))
			}
		}
	}
}
