package engine_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/penstock-ci/penstock/statemachines/asl"
)

// TestTranslatedByHand runs the machines of testdata/translated: recorded JSONPath executions with Parallel, task tokens,
// heartbeats, Retry and Catch, which the JSONata recordings lack. Each must give what was recorded for its original.
func TestTranslatedByHand(t *testing.T) {
	translations := handTranslations(t)
	all, ran := len(translations), map[string]int{}
	for _, r := range recordings(t) {
		definition, ok := translations[r.name()]
		if !ok {
			continue
		}
		delete(translations, r.name())
		for _, feature := range features(t, definition) {
			ran[feature]++
		}
		t.Run(r.name(), func(t *testing.T) {
			if diff := cmp.Diff(shape(t, r.Definition), shape(t, definition)); diff != "" {
				t.Errorf("this is no translation (-recorded +translated):\n%s", diff)
			}
			compareRecorded(t, machine(t, string(definition)), &r)
		})
	}
	t.Logf("%d executions translated by hand, by feature: %v", all, ran)
	for name := range translations {
		t.Errorf("%s was not recorded", name)
	}
	for feature, atLeast := range map[string]int{"Parallel": 5, "waitForTaskToken": 14, "HeartbeatSeconds": 4, "Retry": 7, "Catch": 26} {
		if ran[feature] < atLeast {
			t.Errorf("%d translated executions have %s, want %d", ran[feature], feature, atLeast)
		}
	}
	if all < 46 {
		t.Errorf("only %d executions are translated", all)
	}
}

// handTranslations are the translated machines by the names of their recordings.
func handTranslations(t *testing.T) map[string][]byte {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("testdata", "translated", "*.txtar"))
	if err != nil {
		t.Fatal(err)
	}
	translations := map[string][]byte{}
	for _, file := range files {
		archive, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range archive.Files {
			if translations[f.Name] != nil {
				t.Errorf("%s is translated twice", f.Name)
			}
			translations[f.Name] = f.Data
		}
	}
	return translations
}

// features are those of the language's features that the JSONata recordings lack and a machine has.
func features(t *testing.T, definition []byte) []string {
	t.Helper()
	found := map[string]bool{}
	note := func(feature string, has bool) { found[feature] = found[feature] || has }
	handles := func(retry []asl.Retrier, catch []asl.Catcher) {
		note("Retry", len(retry) > 0)
		note("Catch", len(catch) > 0)
	}
	eachState(machine(t, string(definition)).States, func(s asl.State) {
		switch s := s.(type) {
		case *asl.Task:
			note("waitForTaskToken", strings.HasSuffix(s.Resource, ".waitForTaskToken"))
			note("HeartbeatSeconds", !s.HeartbeatSeconds.IsZero())
			handles(s.Retry, s.Catch)
		case *asl.Parallel:
			note("Parallel", true)
			handles(s.Retry, s.Catch)
		case *asl.Map:
			note("Map", true)
			handles(s.Retry, s.Catch)
		}
	})
	maps.DeleteFunc(found, func(_ string, has bool) bool { return !has })
	return slices.Sorted(maps.Keys(found))
}

func eachState(states asl.States, visit func(asl.State)) {
	for _, named := range states {
		visit(named.State)
		switch s := named.State.(type) {
		case *asl.Parallel:
			for i := range s.Branches {
				eachState(s.Branches[i].States, visit)
			}
		case *asl.Map:
			eachState(s.ItemProcessor.States, visit)
		}
	}
}

// shape is what a translation must keep: the states, how they follow each other, and how they retry and catch.
func shape(t *testing.T, definition []byte) any {
	t.Helper()
	var top map[string]any
	if err := json.Unmarshal(definition, &top); err != nil {
		t.Fatal(err)
	}
	return shapeOf(top)
}

// kept are the members that both query languages have and mean the same.
var kept = []string{
	"StartAt", "States", "Type", "Resource", "Next", "End", "Default", "Branches", "Retry", "Catch", "ErrorEquals", "IntervalSeconds",
	"MaxAttempts", "BackoffRate", "MaxDelaySeconds", "JitterStrategy", "MaxConcurrency", "Error", "Cause",
}

func shapeOf(v any) any {
	switch v := v.(type) {
	case []any:
		out := make([]any, len(v))
		for i, item := range v {
			out[i] = shapeOf(item)
		}
		return out
	case map[string]any:
		return shapeOfObject(v)
	default:
		return v
	}
}

func shapeOfObject(object map[string]any) any {
	out := map[string]any{}
	for _, name := range kept {
		if item, ok := object[name]; ok {
			out[name] = shapeOf(item)
		}
	}
	if states, ok := object["States"].(map[string]any); ok {
		named := map[string]any{}
		for name, state := range states {
			named[name] = shapeOf(state)
		}
		out["States"] = named
	}
	for _, name := range []string{"Iterator", "ItemProcessor"} { // the one is the old name of the other
		if inner, ok := object[name]; ok {
			out["ItemProcessor"] = shapeOf(inner)
		}
	}
	for _, name := range []string{"TimeoutSeconds", "HeartbeatSeconds"} {
		_, isNumber := object[name].(float64)
		_, hasPath := object[name+"Path"]
		out[name] = isNumber || hasPath || object[name] != nil
		if isNumber {
			out[name] = object[name]
		}
	}
	return out
}

// TestComparisonFails changes, one at a time, everything that recordings hold: each change must be noticed.
func TestComparisonFails(t *testing.T) {
	translations, changes := handTranslations(t), 0
	for _, r := range recordings(t) {
		definition, ok := translations[r.name()]
		if !ok || len(r.Expect.History) > 10 || r.N+len(r.ID)%3 > 0 {
			continue // the others hold nothing of another kind
		}
		got := replay(t, machine(t, string(definition)), &r)
		eachScalar(any(listOf(r.Expect.History)), func(path string, old any, set func(any)) {
			if mayDiffer(path, old) {
				return
			}
			changes++
			set(another(old))
			if len(differences(t, &r, got)) == 0 {
				t.Errorf("%s: nobody notices that %s is no longer %v", r.name(), path, old)
			}
			set(old)
		})
		for what, change := range map[string]func(r *recording){
			"status": func(r *recording) { r.Expect.Status = "RUNNING" },
			"output": func(r *recording) { r.Expect.Output = "changed" },
			"error":  func(r *recording) { r.Expect.Error = "changed" },
			"cause":  func(r *recording) { r.Expect.Cause = "changed" },
			"events": func(r *recording) { r.Expect.History = r.Expect.History[1:] },
		} {
			changed := r
			change(&changed)
			if len(differences(t, &changed, got)) == 0 {
				t.Errorf("%s: nobody notices another %s", r.name(), what)
			}
		}
	}
	t.Logf("%d changes of events are noticed", changes)
}

// mayDiffer tells whether a part of a recording is a placeholder, stands where the definition has one, or says what our
// engine does not know: of the call of a function, and in a recording that masks ids, those.
func mayDiffer(path string, old any) bool {
	text, isText := old.(string)
	return isText && (placeholder.MatchString(text) || part.ReplaceAllString(text, "") == "" || strings.HasPrefix(text, "arn:<partition>:lambda:")) ||
		strings.Contains(path, "/Sdk") || strings.Contains(path, "/ExecutedVersion") || strings.Contains(path, "/StatusCode") ||
		strings.Contains(path, "/id[") || strings.HasSuffix(path, "/previousEventId") && old == 0.0
}

// eachScalar visits the scalars of a value, with a way to change each.
func eachScalar(v any, visit func(path string, old any, set func(any))) {
	var walk func(path string, v any, set func(any))
	walk = func(path string, v any, set func(any)) {
		switch v := v.(type) {
		case map[string]any:
			for name, item := range v {
				walk(path+"/"+name, item, func(to any) { v[name] = to })
			}
		case []any:
			for i, item := range v {
				walk(fmt.Sprintf("%s[%d]", path, i), item, func(to any) { v[i] = to })
			}
		default:
			visit(path, v, set)
		}
	}
	walk("", v, nil)
}

// another is a value that is not the one given.
func another(v any) any {
	switch v := v.(type) {
	case string:
		return v + "x"
	case float64:
		return v + 1
	case bool:
		return !v
	default:
		return "changed"
	}
}
