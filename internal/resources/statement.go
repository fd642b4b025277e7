package resources

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"sort"
	"strings"

	"github.com/penstock-ci/penstock/pipeline/catalogue"
)

// Statement is one statement of an IAM policy that allows something.
type Statement = catalogue.Statement

// Document is a policy document. It encodes into the JSON that IAM reads, without spaces.
type Document struct {
	Version   string
	Statement []DocumentStatement
}

// DocumentStatement is one statement as IAM's JSON has it; Resource is left out where a role's trust is meant.
type DocumentStatement struct {
	Effect    string
	Principal any                       `json:",omitempty"` // map[string]any
	Action    []string                  // one action stands alone too
	Resource  []string                  `json:",omitempty"`
	Condition map[string]map[string]any `json:",omitempty"`
}

// NewDocument writes statements that allow something.
func NewDocument(statements []Statement) Document {
	d := Document{Version: "2012-10-17", Statement: make([]DocumentStatement, 0, len(statements))}
	for _, s := range statements {
		written := DocumentStatement{Effect: "Allow", Action: s.Actions, Resource: s.Resources}
		if len(s.Equals) > 0 {
			equals := map[string]any{}
			for key, value := range s.Equals {
				equals[key] = value
			}
			written.Condition = map[string]map[string]any{"StringEquals": equals}
		}
		d.Statement = append(d.Statement, written)
	}
	return d
}

// MarshalJSON writes lists of one value as that value, which IAM reads alike: a session policy has 2,048 characters.
func (s DocumentStatement) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		Effect    string
		Principal any `json:",omitempty"`
		Action    any
		Resource  any                       `json:",omitempty"`
		Condition map[string]map[string]any `json:",omitempty"`
	}{s.Effect, s.Principal, single(s.Action), single(s.Resource), s.Condition})
}

func single(values []string) any {
	switch len(values) {
	case 0:
		return nil
	case 1:
		return values[0]
	}
	return values
}

// merge returns statements that allow the same in fewer words: those with the same actions share their resources, then
// those with the same resources their actions. The order depends on nothing but what is allowed.
func merge(statements []Statement) []Statement {
	byActions := gather(statements, func(s Statement) ([]string, []string) { return s.Actions, s.Resources },
		func(actions, resources []string, equals map[string]string) Statement {
			return Statement{Actions: actions, Resources: resources, Equals: equals}
		})
	return gather(byActions, func(s Statement) ([]string, []string) { return s.Resources, s.Actions },
		func(resources, actions []string, equals map[string]string) Statement {
			return Statement{Actions: actions, Resources: resources, Equals: equals}
		})
}

// gather puts statements together that are equal in one part: split returns that part and the other, join makes a
// statement of both.
func gather(
	statements []Statement, split func(Statement) (same, other []string),
	join func(same, other []string, equals map[string]string) Statement,
) []Statement {
	others, sames, conditions := map[string][]string{}, map[string][]string{}, map[string]map[string]string{}
	for _, s := range statements {
		same, other := split(s)
		same = sorted(same)
		key := strings.Join(same, "\n") + "\n\n" + conditionKey(s.Equals)
		others[key] = append(others[key], other...)
		sames[key], conditions[key] = same, s.Equals
	}
	var joined []Statement
	for _, key := range slices.Sorted(maps.Keys(sames)) {
		joined = append(joined, join(sames[key], sorted(others[key]), conditions[key]))
	}
	return joined
}

func sorted(values []string) []string { return slices.Compact(slices.Sorted(slices.Values(values))) }

func conditionKey(equals map[string]string) string {
	var b strings.Builder
	for _, key := range slices.Sorted(maps.Keys(equals)) {
		b.WriteString(key + "=" + equals[key] + "\n")
	}
	return b.String()
}

// escaped writes a value of a definition as IAM reads it literally. It must not be a token of the CDK, in which there is a dollar
// sign: what is open in a definition is only marked where permissions are computed.
func escaped(value string) string {
	return strings.NewReplacer("*", "${*}", "?", "${?}", "$", "${$}").Replace(value)
}

// What IAM takes of a role ("IAM and AWS STS quotas"): characters of the policies inside it together, and of one managed
// policy, white space not counted; and how many managed ones, where an account has not asked for more.
const (
	maxInline   = 10_240
	maxManaged  = 6_144
	maxPolicies = 10
)

// Documents puts statements into as few policies as a role may have: into one inside it where that is short enough, or into
// several managed ones. A statement that is longer is divided by its resources.
func (p Platform) Documents(statements []Statement) []Document {
	if len(statements) == 0 {
		return nil
	}
	if all := NewDocument(statements); p.length(all) <= maxInline {
		return []Document{all}
	}
	var documents []Document
	var taken []Statement
	for _, s := range p.divided(statements) {
		if with := append(slices.Clone(taken), s); p.length(NewDocument(with)) <= maxManaged || len(taken) == 0 {
			taken = with
			continue
		}
		documents = append(documents, NewDocument(taken))
		taken = []Statement{s}
	}
	return append(documents, NewDocument(taken))
}

// divided divides the resources of statements that do not fit into a managed policy, into as few parts as do.
func (p Platform) divided(statements []Statement) []Statement {
	var all []Statement
	for _, s := range statements {
		for len(s.Resources) > 1 && p.length(NewDocument([]Statement{s})) > maxManaged {
			part := s
			fitting := sort.Search(len(s.Resources), func(n int) bool {
				part.Resources = s.Resources[:n+1]
				return p.length(NewDocument([]Statement{part})) > maxManaged
			})
			part.Resources, s.Resources = s.Resources[:max(1, fitting)], s.Resources[max(1, fitting):]
			all = append(all, part)
		}
		all = append(all, s)
	}
	return all
}

// length is how many characters a document has at most once it is deployed: tokens of the CDK are longer than what they stand
// for.
func (p Platform) length(d Document) int {
	text, err := json.Marshal(d)
	if err != nil {
		return 0 // strings always encode
	}
	length := len(text)
	for token, most := range map[string]int{
		p.Partition: len("aws-us-gov"), p.Region: longestRegion, p.Account: len("111122223333"),
	} {
		if strings.HasPrefix(token, "${") {
			length -= bytes.Count(text, []byte(token)) * (len(token) - most)
		}
	}
	return length
}

// fits says where a pipeline's role would need more policies than a role may have.
func (p Platform) fits(name string, role []Statement) error {
	if n := len(p.Documents(role)); n > maxPolicies {
		return manyPoliciesError(name, n)
	}
	return nil
}
