// Package ministack runs ministack, an emulator of AWS, for tests: stacks are really deployed there, by the CDK or by
// CloudFormation, functions are processes of the real binaries, events reach rules and their targets. State machines run on
// moto's interpreter in the same process, repaired by mototest: ministack's own has neither JSONata scopes nor Parallel's
// Output. emulator/ holds the launcher and all repairs, each with its reason.
//
// It installs ministack by pinned version into .cache/ministack of the project, and needs python3, node and npm. What it
// does not check, as an account would: encryption, and that a service may do something. In: nothing. Out: an endpoint, and the
// environment with which the AWS command line, the CDK and functions find it.
package ministack
