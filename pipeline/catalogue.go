package pipeline

import "slices"

// PropertyKind is how the text of a configuration value is to be read.
type PropertyKind int

// Kinds of configuration values. In a definition all of them are strings.
const (
	StringProperty  PropertyKind = iota // any text
	BooleanProperty                     // "true" or "false"
	NumberProperty                      // a decimal number
	JSONProperty                        // JSON text
)

// ActionProperty is one key of an action type's configuration.
type ActionProperty struct {
	Name         string
	Kind         PropertyKind
	Required     bool
	RequiredWhen RequiredWhen
	Secret       bool     // masked in every answer; a literal value does not belong in a definition
	Default      string   // what applies when the key is absent; "" is none
	Allowed      []string // all values that are right; nil is any
}

// RequiredWhen makes a key required where the key that it names has one of the values. The zero value never does.
type RequiredWhen struct {
	Key    string
	Values []string
}

// Counts is how many artifacts an action type takes or makes.
type Counts struct{ Min, Max int }

// Completion says how an action tells that it is done.
type Completion int

// Ways an action completes.
const (
	ByReturn   Completion = iota // the call that does the work returns its result
	ByCallback                   // the call starts the work; the result comes later
)

// ActionType is one row of the catalogue. Slices are shared and must not be changed.
type ActionType struct {
	Category, Owner, Provider, Version string

	Inputs, Outputs Counts
	Properties      []ActionProperty
	OpenProperties  bool     // keys beyond Properties are allowed (declared elsewhere)
	Variables       []string // names of output variables
	OpenVariables   bool     // names beyond Variables may appear at run time
	Completion      Completion
}

// String prints Category/Owner/Provider/Version.
func (t ActionType) String() string {
	return t.Category + "/" + t.Owner + "/" + t.Provider + "/" + t.Version
}

// Property returns the description of a configuration key.
func (t ActionType) Property(name string) (ActionProperty, bool) {
	i := slices.IndexFunc(t.Properties, func(p ActionProperty) bool { return p.Name == name })
	if i < 0 {
		return ActionProperty{}, false
	}
	return t.Properties[i], true
}

// ActionTypes returns the whole catalogue, in the order of its table.
func ActionTypes() []ActionType { return slices.Clone(actionTypes) }

// LookupActionType returns the catalogue's row for an action type, and whether there is one. An action type of owner
// Custom never has one: its declaration is made elsewhere.
func LookupActionType(id ActionTypeID) (ActionType, bool) {
	i := slices.IndexFunc(actionTypes, func(t ActionType) bool {
		return t.Provider == id.Provider.Value && t.Category == id.Category.Value &&
			t.Owner == id.Owner.Value && t.Version == id.Version.Value
	})
	if i < 0 {
		return ActionType{}, false
	}
	return actionTypes[i], true
}

// customActionType is what is known about an action type whose declaration is elsewhere.
func customActionType(id ActionTypeID) ActionType {
	return ActionType{
		Category: id.Category.Value, Owner: id.Owner.Value, Provider: id.Provider.Value, Version: id.Version.Value,
		Inputs: Counts{0, 5}, Outputs: Counts{0, 5}, OpenProperties: true, OpenVariables: true, Completion: ByCallback,
	}
}

// ownerOf returns the owner that the short form Category/Provider means: the catalogue's, or AWS.
func ownerOf(category, provider string) string {
	for _, t := range actionTypes {
		if t.Category == category && t.Provider == provider {
			return t.Owner
		}
	}
	return "AWS"
}
