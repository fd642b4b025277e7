// Empty is a Lambda function that does nothing: what it takes to start is what every function in Go takes.
package main

import "github.com/aws/aws-lambda-go/lambda"

func main() { lambda.Start(func() {}) }
