package catalogue

import (
	"slices"
	"strings"
	"sync"
)

// CategoryRule is the category of rule types, which stand in conditions and not in stages.
const CategoryRule = "Rule"

// ActionType is one row of the catalogue: an action type, or a rule type where Category is CategoryRule. Slices are
// shared and must not be changed.
type ActionType struct {
	Category string `json:"category"`
	Owner    string `json:"owner"`
	Provider string `json:"provider"`
	Version  string `json:"version"`
	Summary  string `json:"summary"` // what it does, in one sentence without full stop

	Inputs  Counts `json:"inputArtifacts"`
	Outputs Counts `json:"outputArtifacts"`

	Properties     []Property `json:"configuration,omitempty"`
	OpenProperties bool       `json:"otherConfiguration,omitempty"` // keys beyond Properties are allowed (declared elsewhere)
	Commands       bool       `json:"commands,omitempty"`           // it runs the member commands, which it needs
	Variables      []string   `json:"outputVariables,omitempty"`    // names of output variables
	OpenVariables  bool       `json:"otherVariables,omitempty"`     // names beyond Variables may appear at run time
	VariablesFrom  string     `json:"variablesFrom,omitempty"`      // where those names come from

	V2Only       Claim   `json:"v2Only"`
	CrossAccount Claim   `json:"crossAccount"`
	CrossRegion  Claim   `json:"crossRegion"`
	Regions      Regions `json:"regions"`

	Timeout     Timeout      `json:"timeout"`
	Completion  Completion   `json:"completion"`
	LostStart   LostStart    `json:"lostStart"`
	Permissions []Permission `json:"permissions,omitempty"`
	Notes       []string     `json:"notes,omitempty"`
}

// Counts is how many artifacts an action type takes or makes.
type Counts struct {
	Min int `json:"min"`
	Max int `json:"max"`
}

// Allow reports whether n artifacts are right.
func (c Counts) Allow(n int) bool { return c.Min <= n && n <= c.Max }

// The catalogue, in the order of AWS's structure reference: actions first, rules last.
// It is made when it is read first: a Lambda function that reads nothing of it starts sooner.
var rows = sync.OnceValue(func() []ActionType {
	return slices.Concat(
		sources(), builds(), deployments(), stackDeployments(), computeDeployments(), invocations(), approvals(), rules(),
	)
})

// ActionTypes returns the rows of all action types, in the order of the table.
func ActionTypes() []ActionType {
	return pick(func(t *ActionType) bool { return t.Category != CategoryRule })
}

// RuleTypes returns the rows of all rule types, in the order of the table.
func RuleTypes() []ActionType {
	return pick(func(t *ActionType) bool { return t.Category == CategoryRule })
}

func pick(wanted func(*ActionType) bool) []ActionType {
	var picked []ActionType
	for i := range rows() {
		if wanted(&rows()[i]) {
			picked = append(picked, rows()[i])
		}
	}
	return picked
}

// Lookup returns the row of an action type or rule type, and whether there is one. An action type of owner Custom never
// has one: its declaration is made elsewhere.
func Lookup(category, owner, provider, version string) (ActionType, bool) {
	for i := range rows() {
		t := &rows()[i]
		if t.Provider == provider && t.Category == category && t.Owner == owner && t.Version == version {
			return *t, true
		}
	}
	return ActionType{}, false
}

// Find returns the rows that a name of one to four words between slashes means: Build/CodeBuild,
// Build/AWS/CodeBuild/1, CodeBuild or Build.
func Find(name string) []ActionType {
	words := strings.Split(name, "/")
	return pick(func(t *ActionType) bool {
		switch len(words) {
		case 1:
			return name == t.Provider || name == t.Category
		case 2:
			return words[0] == t.Category && words[1] == t.Provider
		default:
			return strings.HasPrefix(t.String()+"/", name+"/")
		}
	})
}

// OwnerOf returns the owner that the short form Category/Provider means: the catalogue's, or AWS.
func OwnerOf(category, provider string) string {
	for i := range rows() {
		if rows()[i].Category == category && rows()[i].Provider == provider {
			return rows()[i].Owner
		}
	}
	return "AWS"
}

// Custom is what is known about an action type whose declaration is elsewhere.
func Custom(category, owner, provider, version string) ActionType {
	return ActionType{
		Category: category, Owner: owner, Provider: provider, Version: version,
		Summary: "does what a job worker of yours or a partner's makes of it",
		Inputs:  Counts{0, 5}, Outputs: Counts{0, 5}, OpenProperties: true, OpenVariables: true,
		VariablesFrom: "the result of its job",
		CrossAccount:  no, CrossRegion: no, Timeout: Timeout{Minutes: 24 * 60},
		Completion: Completion{Kind: ByAnswer, Calls: jobResults},
		LostStart:  LostStart{Kind: RepeatedStart, How: "the job waits until a worker polls for it"},
	}
}

// String prints Category/Owner/Provider/Version.
func (t ActionType) String() string {
	return t.Category + "/" + t.Owner + "/" + t.Provider + "/" + t.Version
}

// Short is the name that an author writes: Category/Provider.
func (t ActionType) Short() string { return t.Category + "/" + t.Provider }

// Property returns the description of a configuration key.
func (t ActionType) Property(name string) (Property, bool) {
	for i := range t.Properties {
		if t.Properties[i].Name == name {
			return t.Properties[i], true
		}
	}
	return Property{}, false
}

// CallsBack reports whether the result comes later than the call that starts the work.
func (t ActionType) CallsBack() bool { return t.Completion.Kind != ByReturn }
