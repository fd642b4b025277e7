//go:build e2e

package e2e_test

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// normal is what makes records and events of a release here and of one on the deployed stack comparable. Everything that
// is not named here must be the same; each entry says why it cannot be.
type normal struct {
	// members are values that are another matter on each side, by the name of their member.
	members map[string]string
	// one are members that only one side has, and are left out.
	one map[string]string
	// texts are parts of strings, in order, and what stands for them.
	texts []text
}

type text struct {
	pattern *regexp.Regexp
	instead string
	why     string
}

// normalOf is how one side is normalised: its account, its Region, its store of artifacts, and the version of the source
// that was released are its own.
func normalOf(account, region, store, version string) normal {
	exactly := func(one, instead, why string) text {
		return text{regexp.MustCompile(regexp.QuoteMeta(one)), instead, why}
	}
	return normal{
		members: map[string]string{
			"startTime": "time", "lastUpdateTime": "time", "lastStatusChange": "time", "updated": "time", "start-time": "time", "time": "time",
			"triggerDetail": "who started it: the user of this machine, or one of the account", "trigger-detail": "as triggerDetail",
			"updatedBy": "who answered, as triggerDetail", "lastUpdatedBy": "who answered, as triggerDetail",
			"ETag": "S3 makes it of how an object was uploaded, this machine of what it holds", "source": "of events",
		},
		one: map[string]string{
			"created": "S3 tells when a version was made; a file that stands for one is the same whenever it was written",
		},
		texts: []text{
			exactly(version, "VERSION", "S3's is random, this machine's the digest of what is there"),
			{regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`), "ID", "identities are derived of random ones"},
			{regexp.MustCompile(`^(static-site/\w+)/[A-Z2-7]{16}$`), "$1/KEY", "keys of artifacts are derived of identities"},
			exactly(store, "STORE", "the definition names no store: each side has its own"),
			exactly(account, "ACCOUNT", "this machine has none, and names one of zeros"),
			exactly(region, "REGION", "this machine has none, and names one"),
		},
	}
}

// of is a value of JSON, normalised.
func (n normal) of(value any) any {
	switch value := value.(type) {
	case map[string]any:
		out := map[string]any{}
		for name, member := range value {
			switch {
			case n.one[name] != "":
			case n.members[name] != "":
				out[name] = strings.ToUpper(name)
			default:
				out[name] = n.of(member)
			}
		}
		return out
	case []any:
		out := make([]any, len(value))
		for i, item := range value {
			out[i] = n.of(item)
		}
		return out
	case string:
		for _, t := range n.texts {
			value = t.pattern.ReplaceAllString(value, t.instead)
		}
		return value
	}
	return value
}

// leaves calls see with each value of JSON that holds no others, its place, and what sets it.
func leaves(at string, value any, see func(at string, value any, set func(any))) {
	switch value := value.(type) {
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(value)) {
			if leaf(value[name]) {
				see(at+"."+name, value[name], func(to any) { value[name] = to })
			}
			leaves(at+"."+name, value[name], see)
		}
	case []any:
		for i := range value {
			if leaf(value[i]) {
				see(fmt.Sprintf("%s[%d]", at, i), value[i], func(to any) { value[i] = to })
			}
			leaves(fmt.Sprintf("%s[%d]", at, i), value[i], see)
		}
	}
}

func leaf(value any) bool {
	switch value.(type) {
	case map[string]any, []any:
		return false
	}
	return true
}

// changed is another value of the same kind.
func changed(value any) any {
	switch value := value.(type) {
	case string:
		return value + "~"
	case float64:
		return value + 1
	case bool:
		return !value
	}
	return "~"
}
