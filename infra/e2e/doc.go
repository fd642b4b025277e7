// Package e2e tests the whole system where it will run: the CDK bootstraps an account of an emulator of AWS and deploys the
// platform and a pipeline, events start the pipeline, the functions are the binaries that are deployed, and what came of it is
// read by CodePipeline's API, from the bus and from the buckets. `make e2e` runs it; go test alone does not.
//
// What the emulator does not do is played by the test: CodeBuild, whose builds run here as they do on a laptop, and whoever
// gives an approval. docs/e2e.md says what is played or repaired, and why.
package e2e
