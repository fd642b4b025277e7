// Package api answers CodePipeline's API, protocol aws.json 1.1: the AWS command line and every SDK read and drive
// pipelines with it.
//
// In goes an HTTP request, POST / with the operation in X-Amz-Target and its input as JSON; out comes its output, or an
// exception of the service's model. Names, casing, limits and defaults are those of API version 2015-07-09. The package
// reads execution.Records and changes something only through Runner. It knows no listener and no signature: who calls is
// told by Options.Caller, and whoever serves it decides who may. What needs no model of the service, that an answer
// comes from a browser's page for example, is kept out by Loopback.
package api
