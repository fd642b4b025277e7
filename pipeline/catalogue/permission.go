package catalogue

import (
	"slices"
	"strings"
)

// Permission is one statement of what the role of an action must be allowed. Resources are templates of ARNs: {Key}
// stands for the configuration value of that key (of a list: one resource for each item), {partition}, {region},
// {account} and {pipeline} for where the action runs, and {Key|last} for what follows the last colon of the value.
type Permission struct {
	Actions     []string      `json:"actions"`
	Resources   []string      `json:"resources"`
	When        *RequiredWhen `json:"when,omitempty"`        // needed only then
	Uses        string        `json:"uses,omitempty"`        // needed only where this key is present
	PassedTo    string        `json:"passedTo,omitempty"`    // iam:PassedToService
	TagKey      string        `json:"tagKey,omitempty"`      // aws:ResourceTag/<value of this key> ...
	TagValue    string        `json:"tagValue,omitempty"`    // ... equals the value of this key
	Unconfirmed bool          `json:"unconfirmed,omitempty"` // worked out from the operations, not read in a policy of AWS's
	Note        string        `json:"note,omitempty"`
}

// Scope is where an action runs.
type Scope struct{ Partition, Region, Account, Pipeline string }

// Statement is one statement of an IAM policy, for one action of a pipeline.
type Statement struct {
	Actions   []string
	Resources []string
	// Equals are the conditions of the operator StringEquals, by condition key.
	Equals map[string]string
}

// Statements returns what an action with this configuration must be allowed, resources in full. Where a value still
// holds a reference to a variable, a wildcard stands for that part of the resource; wildcards in values themselves are
// escaped, so that a configuration cannot widen the policy.
func (t ActionType) Statements(scope Scope, configuration map[string]string) []Statement {
	in := expansion{t, scope, configuration}
	var statements []Statement
	for i := range t.Permissions {
		p := &t.Permissions[i]
		if !in.needs(p) {
			continue
		}
		if resources := in.resources(p.Resources); len(resources) > 0 {
			statements = append(statements, Statement{p.Actions, resources, in.conditions(p)})
		}
	}
	return statements
}

type expansion struct {
	of            ActionType
	scope         Scope
	configuration map[string]string
}

// value is the value of a key, or its default.
func (e expansion) value(key string) (string, bool) {
	if value, there := e.configuration[key]; there {
		return value, true
	}
	property, _ := e.of.Property(key)
	return property.Default, property.Default != ""
}

func (e expansion) needs(p *Permission) bool {
	if p.When != nil && !p.When.Applies(e.value, 0) {
		return false
	}
	_, used := e.value(p.Uses)
	return p.Uses == "" || used
}

func (e expansion) conditions(p *Permission) map[string]string {
	equals := map[string]string{}
	if p.PassedTo != "" {
		equals["iam:PassedToService"] = p.PassedTo
	}
	key, _ := e.value(p.TagKey)
	if value, there := e.value(p.TagValue); there && key != "" {
		equals["aws:ResourceTag/"+key] = value
	}
	return equals
}

// resources fills templates. One whose key is absent names no resource.
func (e expansion) resources(templates []string) []string {
	var resources []string
	for _, template := range templates {
		for _, resource := range e.fill(template) {
			if !slices.Contains(resources, resource) {
				resources = append(resources, resource)
			}
		}
	}
	return resources
}

// fill returns a resource for each combination of the values of a template's keys.
func (e expansion) fill(template string) []string {
	before, rest, found := strings.Cut(template, "{")
	if !found {
		return []string{template}
	}
	key, after, _ := strings.Cut(rest, "}")
	var filled []string
	for _, tail := range e.fill(after) {
		for _, value := range e.values(key) {
			filled = append(filled, before+value+tail)
		}
	}
	return filled
}

func (e expansion) values(key string) []string {
	switch key {
	case "partition":
		return []string{e.scope.Partition}
	case "region":
		return []string{e.scope.Region}
	case "account":
		return []string{e.scope.Account}
	case "pipeline":
		return []string{literal(e.scope.Pipeline)}
	}
	name, last, _ := strings.Cut(key, "|")
	value, there := e.value(name)
	if !there || value == "" {
		return nil
	}
	if last != "" {
		value = value[strings.LastIndexByte(value, ':')+1:]
	}
	return e.items(name, value)
}

func (e expansion) items(name, value string) []string {
	if property, _ := e.of.Property(name); property.Kind != List {
		return []string{literal(value)}
	}
	var items []string
	for item := range strings.SplitSeq(value, ",") {
		items = append(items, literal(strings.TrimSpace(item)))
	}
	return items
}

// literal writes a value as it stands in a resource: what IAM would read as a wildcard or a policy variable is escaped,
// and a reference to a variable is a wildcard.
func literal(value string) string {
	var b strings.Builder
	for value != "" {
		if inside, after, closed := strings.Cut(value, "}"); closed && strings.HasPrefix(inside, "#{") {
			b.WriteByte('*')
			value = after
			continue
		}
		if c := value[0]; c == '*' || c == '?' || c == '$' {
			b.WriteString("${" + string(c) + "}")
		} else {
			b.WriteByte(c)
		}
		value = value[1:]
	}
	return b.String()
}

// The words in which the tables describe permissions.

func allow(resource string, actions ...string) Permission {
	return Permission{Actions: actions, Resources: []string{resource}}
}

// anywhere is for actions that know no resource type.
func anywhere(actions ...string) Permission { return allow("*", actions...) }

func pass(role, service string) Permission {
	p := allow(role, "iam:PassRole")
	p.PassedTo = service
	return p
}

// logs are those of a pipeline's managed compute.
func logs() Permission {
	return allow("arn:{partition}:logs:{region}:{account}:log-group:/aws/codepipeline/{pipeline}:*",
		"logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents")
}

func (p Permission) and(resources ...string) Permission {
	p.Resources = slices.Concat(p.Resources, resources)
	return p
}

func (p Permission) when(key string, values ...string) Permission {
	p.When = &RequiredWhen{Key: key, Values: values}
	return p
}

func (p Permission) uses(key string) Permission {
	p.Uses = key
	return p
}

func (p Permission) maybe() Permission {
	p.Unconfirmed = true
	return p
}

func (p Permission) note(text string) Permission {
	p.Note = text
	return p
}
