// Package gateway reaches a platform's CodePipeline API, which stands behind API Gateway with IAM authorization: it signs
// requests for execute-api, and verifies the signatures of clients that sign for somebody else.
//
// In goes a request of CodePipeline's API, as its SDKs send it; out comes the platform's answer. The package knows no
// operation: which path a request goes to is told by whoever makes a Gateway. It is apart from package cloud because the
// command line is made of it too, and must not be made of every client of the SDK.
package gateway
