package pipeline

import "github.com/penstock-ci/penstock/pipeline/catalogue"

// ActionType is a row of the catalogue.
type ActionType = catalogue.ActionType

// LookupActionType returns the catalogue's row for an action type, and whether there is one. An action type of owner
// Custom never has one: its declaration is made elsewhere.
func LookupActionType(id ActionTypeID) (ActionType, bool) {
	return catalogue.Lookup(id.Category.Value, id.Owner.Value, id.Provider.Value, id.Version.Value)
}

// customActionType is what is known about an action type whose declaration is elsewhere.
func customActionType(id ActionTypeID) ActionType {
	return catalogue.Custom(id.Category.Value, id.Owner.Value, id.Provider.Value, id.Version.Value)
}

// ownerOf returns the owner that the short form Category/Provider means.
func ownerOf(category, provider string) string { return catalogue.OwnerOf(category, provider) }
