// Package catalogue says what is known about CodePipeline's action types and rule types: the artifacts that they take
// and make, their configuration keys, their output variables, where they can run, how one learns that an action is
// done, how a start that got lost is found again, and the permissions that they need.
//
// It is data and the few functions that read it. It does not read definitions, and it does not say which engine can run
// an action type. Category, owner, provider and version go in; a row comes out. A fact that no documentation states is
// marked as unconfirmed in the row itself, so that whoever prints or uses it can tell.
package catalogue
