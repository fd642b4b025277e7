package engine_test

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// differences are what distinguishes a replay from its recording: status, output, error, cause, and every event with
// all that it holds. The recording may hold placeholders, and JSON either as text or parsed.
func differences(t *testing.T, r *recording, got replayed) []string {
	t.Helper()
	list := []string{
		difference("status", string(got.result.Status), r.Expect.Status),
		difference("output", text(got.result.Output), r.Expect.Output),
		difference("error", text([]byte(got.result.Error)), r.Expect.Error),
		difference("cause", text([]byte(got.result.Cause)), r.Expect.Cause),
	}
	if masksIDs(r.Expect.History) {
		list = append(list, maskedHistory(eventsOf(t, got), r.Expect.History)...)
	} else {
		list = append(list, difference("history", eventsOf(t, got), listOf(r.Expect.History)))
	}
	return slices.DeleteFunc(list, func(d string) bool { return d == "" })
}

func text(b []byte) any {
	if len(b) == 0 {
		return nil
	}
	return string(b)
}

func listOf(events []map[string]any) []any {
	list := make([]any, len(events))
	for i, event := range events {
		list[i] = event
	}
	return list
}

// eventsOf is the history as the API writes it.
func eventsOf(t *testing.T, got replayed) []any {
	t.Helper()
	encoded, err := json.Marshal(got.history)
	if err != nil {
		t.Fatal(err)
	}
	var events []any
	if err := json.Unmarshal(encoded, &events); err != nil {
		t.Fatal(err)
	}
	return events
}

// difference compares two values, as a text for the reader; "" is none.
func difference(what string, got, want any) string {
	got, want = normalize(got), normalize(want)
	diff := cmp.Diff(want, fillWildcards(got, want))
	if diff == "" {
		return ""
	}
	return fmt.Sprintf("%s differs (-recorded +ours):\n%s", what, diff)
}

// masksIDs tells whether a recording holds no ids for the events of concurrent branches.
func masksIDs(history []map[string]any) bool {
	return slices.ContainsFunc(history, func(event map[string]any) bool { return !hasID(event) })
}

func hasID(event map[string]any) bool {
	_, ok := event["id"].(float64)
	return ok
}

// maskedHistory compares with a recording that holds no ids for the events of branches, sorts those by kind, and leaves
// out how a Parallel inside it ended. An event with an id must be the one with that id; each other must be one of ours
// that no other is, ids aside; and nothing may be left of ours but ends of a Parallel.
func maskedHistory(got []any, want []map[string]any) []string {
	var list []string
	left := map[int]map[string]any{}
	for i, event := range got {
		left[i], _ = normalize(event).(map[string]any)
	}
	for _, event := range want {
		i := matching(left, event)
		if i < 0 {
			list = append(list, fmt.Sprintf("the history has no event like %v", event))
		}
		delete(left, i)
	}
	for _, event := range left {
		if event["type"] != "ParallelStateSucceeded" && event["type"] != "ParallelStateExited" {
			list = append(list, fmt.Sprintf("the recording has no event like %v", event))
		}
	}
	if last, _ := want[len(want)-1]["id"].(float64); int(last) != len(got) {
		list = append(list, fmt.Sprintf("the history has %d events, the recorded one %v", len(got), last))
	}
	return list
}

// matching is the index of the first event that a recorded one may be; -1 is none.
func matching(left map[int]map[string]any, want map[string]any) int {
	wanted, _ := normalize(want).(map[string]any)
	first := -1
	for i, event := range left {
		if !hasID(want) {
			event = withIDs(event, wanted["id"], wanted["previousEventId"])
		}
		if (first < 0 || i < first) && cmp.Equal(any(wanted), fillWildcards(event, wanted)) {
			first = i
		}
	}
	return first
}

func withIDs(event map[string]any, id, previous any) map[string]any {
	out := map[string]any{}
	for name, item := range event {
		out[name] = item
	}
	out["id"], out["previousEventId"] = id, previous
	return out
}

// normalize parses JSON that stands as text, and drops what the wrapping of a function's result says of the call.
func normalize(v any) any {
	switch v := v.(type) {
	case string:
		var parsed any
		if err := json.Unmarshal([]byte(v), &parsed); err == nil {
			return normalize(parsed)
		}
		return v
	case map[string]any:
		out := map[string]any{}
		_, wrapped := v["Payload"]
		for name, item := range v {
			call := name == "SdkHttpMetadata" || name == "SdkResponseMetadata" || name == "ExecutedVersion" || name == "StatusCode"
			if !wrapped || !call {
				out[name] = normalize(item)
			}
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, item := range v {
			out[i] = normalize(item)
		}
		return out
	default:
		return v
	}
}

// placeholder is what the recording has in place of a text that differs between runs, as a whole or, in angle brackets,
// as a part of it.
var (
	placeholder = regexp.MustCompile(`^(timestamp|date|generated-uuid|RandomNumberGenerated|snf_role_arn|bucket-name|x-amzn-RequestId|` +
		`lambda_function_name|executionSucceededEventDetails\.output|stateExitedEventDetails\.output)$`)
	part = regexp.MustCompile(`<(?:[^<>]|<[^<>]*>)*>`)
	// standIn is a whole text of a recorded definition in place of what the service saw.
	standIn = regexp.MustCompile(`^(<[^<>]*>|arn:sm:\d+)$`)
)

// isWildcard tells whether a recorded text stands for another one.
func isWildcard(got any, want string) bool {
	if placeholder.MatchString(want) {
		return true
	}
	text, isText := got.(string)
	if !isText || !part.MatchString(want) {
		return false
	}
	if standIn.MatchString(text) {
		return true
	}
	pieces := part.Split(want, -1)
	for i, piece := range pieces {
		pieces[i] = regexp.QuoteMeta(piece)
	}
	return regexp.MustCompile(`(?s)^` + strings.Join(pieces, `.+`) + `$`).MatchString(text)
}

// fillWildcards puts what the recording has into ours where it stands for anything.
func fillWildcards(got, want any) any {
	switch want := want.(type) {
	case string:
		if isWildcard(got, want) {
			return want
		}
	case map[string]any:
		if got, ok := got.(map[string]any); ok {
			out := map[string]any{}
			for name, item := range got {
				out[name] = fillWildcards(item, want[name])
			}
			return out
		}
	case []any:
		if got, ok := got.([]any); ok {
			out := slices.Clone(got)
			for i := range min(len(out), len(want)) {
				out[i] = fillWildcards(out[i], want[i])
			}
			return out
		}
	}
	return got
}
