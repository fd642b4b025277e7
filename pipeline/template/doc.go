// Package template evaluates CloudFormation templates: parameters, mappings, conditions and intrinsic functions.
//
// In go a document that package tree has read and the values of parameters; out come the template's resources, and on
// request the properties of one of them with every intrinsic function replaced by what it gives. What only AWS knows
// (a parameter without a value, an attribute of a resource, an export of another stack) becomes a placeholder in the
// text, with its name. Every value keeps the place where it is used, not where it comes from: that is where its author
// looks, and one default may be right in nine places and wrong in the tenth.
//
// The package knows no type of resource: what properties mean, package pipeline knows.
package template
