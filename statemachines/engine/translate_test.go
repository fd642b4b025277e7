package engine_test

import (
	"encoding/json"
	"errors"
	"regexp"
	"strings"
	"testing"

	"github.com/penstock-ci/penstock/statemachines/asl"
)

// TestRecordedTranslated runs recorded JSONPath executions too, translated to JSONata where that is a matter of
// rewriting paths: they hold what the JSONata recordings lack, task tokens, heartbeats, timeouts, retries and catchers.
func TestRecordedTranslated(t *testing.T) {
	ran := map[string]int{}
	for _, r := range recordings(t) {
		if isJSONata(t, r.Definition) || r.Expect.History == nil {
			continue
		}
		definition, err := translate(r.Definition)
		if err != nil {
			continue
		}
		m, err := asl.Decode(definition)
		if err != nil {
			continue
		}
		if reason := untestable(&r); reason != "" {
			ran["skipped: "+reason]++
			t.Run(r.name(), func(t *testing.T) { t.Skip(reason) })
			continue
		}
		for _, feature := range []string{"waitForTaskToken", "HeartbeatSeconds", "TimeoutSeconds", `"Retry"`, `"Catch"`, `"Parallel"`, `"Map"`, `"Pass"`} {
			if strings.Contains(string(definition), feature) {
				ran[feature]++
			}
		}
		ran["all"]++
		t.Run(r.name(), func(t *testing.T) { compareRecorded(t, m, &r) })
	}
	t.Logf("translated executions by feature: %v", ran)
	if ran["all"] < 70 || ran["waitForTaskToken"] < 10 || ran[`"Catch"`] < 10 {
		t.Errorf("too few translated executions: %v", ran)
	}
}

// untestable says why a recording cannot be compared.
func untestable(r *recording) string {
	switch {
	case strings.Contains(string(r.Definition), ":activity:") || strings.Contains(r.ID, "test_activity"):
		return "activities are not supported"
	case strings.Contains(string(r.Definition), ".sync"):
		return ".sync is not supported"
	case r.Masked && strings.Contains(r.ID, "test_wait_timestamp"):
		return "the recording masks the timestamp"
	case strings.Contains(r.ID, "test_service_lambda_map_timeout"):
		return "the events of the iterations interleave: see the scenario map-fails"
	case r.Expect.Error == "States.Runtime":
		return "the failure is one of JSONPath"
	}
	return ""
}

var errUntranslatable = errors.New("not a matter of rewriting paths")

func translate(definition []byte) ([]byte, error) {
	var top map[string]any
	if err := json.Unmarshal(definition, &top); err != nil {
		return nil, err
	}
	if strings.Contains(string(definition), "{%") {
		return nil, errUntranslatable // plain text there, an expression here
	}
	top["QueryLanguage"] = asl.JSONata
	if err := translateStates(top); err != nil {
		return nil, err
	}
	return json.Marshal(top)
}

func translateStates(scope map[string]any) error {
	states, _ := scope["States"].(map[string]any)
	for _, s := range states {
		state, _ := s.(map[string]any)
		if err := translateState(state); err != nil {
			return err
		}
		branches, _ := state["Branches"].([]any)
		if processor, ok := state["ItemProcessor"]; ok {
			branches = append(branches, processor)
		}
		for _, b := range branches {
			if b, ok := b.(map[string]any); ok {
				if err := translateStates(b); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

func translateState(state map[string]any) error {
	target := map[any]string{"Task": "Arguments", "Parallel": "Arguments", "Pass": "Output"}[state["Type"]]
	root := "$states.input"
	if err := translateResult(state); err != nil {
		return err
	}
	if state["Type"] == "Map" {
		if err := translateMap(state); err != nil {
			return err
		}
	}
	if parameters, ok := state["Parameters"]; ok && target != "" {
		translated, err := translateValue(parameters, root)
		if err != nil {
			return err
		}
		state[target] = translated
		delete(state, "Parameters")
	}
	for _, name := range []string{"TimeoutSeconds", "HeartbeatSeconds", "Seconds", "Timestamp"} {
		if path, ok := state[name+"Path"].(string); ok {
			source, err := translatePath(path, root)
			if err != nil {
				return err
			}
			state[name] = asl.Expr(source)
			delete(state, name+"Path")
		}
	}
	if assign, ok := state["Assign"]; ok {
		if target == "Output" && state[target] != nil {
			return errUntranslatable // there, Assign reads what Parameters made
		}
		if target == "Arguments" {
			root = "$states.result"
		}
		translated, err := translateValue(assign, root)
		if err != nil {
			return err
		}
		state["Assign"] = translated
	}
	return translateHandlers(state)
}

// translateResult rewrites the Result of a Pass that ResultPath puts beside the input.
func translateResult(state map[string]any) error {
	result, ok := state["Result"]
	if !ok {
		return nil
	}
	path, _ := state["ResultPath"].(string)
	name, ok := strings.CutPrefix(path, "$.")
	if !ok || strings.ContainsAny(name, ".[") {
		return errUntranslatable
	}
	text, err := json.Marshal(result)
	if err != nil {
		return err
	}
	state["Output"] = asl.Expr(`$merge([$states.input, {"` + name + `": ` + string(text) + `}])`)
	delete(state, "Result")
	delete(state, "ResultPath")
	return nil
}

// translateMap rewrites where a Map finds its items; what ResultPath null drops is its input again.
func translateMap(state map[string]any) error {
	for _, name := range []string{"InputPath", "ItemsPath"} {
		path, ok := state[name].(string)
		if !ok {
			continue
		}
		if state["Items"] != nil {
			return errUntranslatable
		}
		source, err := translatePath(path, "$states.input")
		if err != nil {
			return err
		}
		state["Items"] = asl.Expr(source)
		delete(state, name)
	}
	if path, ok := state["ResultPath"]; ok && path == nil {
		state["Output"] = asl.Expr("$states.input")
		delete(state, "ResultPath")
	}
	return nil
}

func translateHandlers(state map[string]any) error {
	retriers, _ := state["Retry"].([]any)
	for _, r := range retriers {
		if r, ok := r.(map[string]any); ok {
			delete(r, "Comment")
		}
	}
	catchers, _ := state["Catch"].([]any)
	for _, c := range catchers {
		c, _ := c.(map[string]any)
		delete(c, "Comment")
		path, ok := c["ResultPath"].(string)
		if !ok {
			continue
		}
		name, ok := strings.CutPrefix(path, "$.")
		if !ok || strings.ContainsAny(name, ".[") {
			return errUntranslatable
		}
		c["Output"] = asl.Expr(`$merge([$states.input, {"` + name + `": $states.errorOutput}])`)
		delete(c, "ResultPath")
	}
	return nil
}

// translateValue rewrites the members whose names end in ".$"; root is what a path's $ means here.
func translateValue(v any, root string) (any, error) {
	object, ok := v.(map[string]any)
	if !ok {
		return v, nil
	}
	out := map[string]any{}
	for name, item := range object {
		plain, isPath := strings.CutSuffix(name, ".$")
		path, isText := item.(string)
		if isPath && isText {
			source, err := translatePath(path, root)
			if err != nil {
				return nil, err
			}
			out[plain] = asl.Expr(source)
			continue
		}
		translated, err := translateValue(item, root)
		if err != nil {
			return nil, err
		}
		out[name] = translated
	}
	return out, nil
}

var plainPath = regexp.MustCompile(`^(\$|\$\$|\$[A-Za-z_]\w*)((?:\.[A-Za-z_]\w*)*)$`)

func translatePath(path, root string) (string, error) {
	parts := plainPath.FindStringSubmatch(path)
	switch {
	case parts == nil:
		return "", errUntranslatable
	case parts[1] == "$":
		return root + parts[2], nil
	case parts[1] == "$$":
		return "$states.context" + parts[2], nil
	default:
		return path, nil
	}
}
