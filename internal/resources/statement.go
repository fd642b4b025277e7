package resources

import (
	"encoding/json"
	"maps"
	"slices"
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

// escaped writes a value as IAM reads it literally.
func escaped(value string) string {
	return strings.NewReplacer("*", "${*}", "?", "${?}", "$", "${$}").Replace(value)
}

// Documents puts statements into as few policies as their limits allow: into one where that has at most inline
// characters, or into several of at most managed characters each. A statement that is longer is divided by its resources.
func Documents(statements []Statement, inline, managed int) []Document {
	if len(statements) == 0 {
		return nil
	}
	if all := NewDocument(statements); size(all) <= inline {
		return []Document{all}
	}
	var documents []Document
	var taken []Statement
	for _, s := range divided(statements, managed) {
		if with := append(slices.Clone(taken), s); size(NewDocument(with)) <= managed || len(taken) == 0 {
			taken = with
			continue
		}
		documents = append(documents, NewDocument(taken))
		taken = []Statement{s}
	}
	return append(documents, NewDocument(taken))
}

// divided halves the resources of statements that do not fit into a document.
func divided(statements []Statement, most int) []Statement {
	var all []Statement
	for _, s := range statements {
		if n := len(s.Resources); n > 1 && size(NewDocument([]Statement{s})) > most {
			first, second := s, s
			first.Resources, second.Resources = s.Resources[:n/2], s.Resources[n/2:]
			all = append(all, divided([]Statement{first, second}, most)...)
			continue
		}
		all = append(all, s)
	}
	return all
}

// size is how many characters a document has.
func size(d Document) int {
	text, err := json.Marshal(d)
	if err != nil {
		return 0 // strings always encode
	}
	return len(text)
}
