// The function forward hands each invocation to the URL of the environment variable HANDLER, and answers what that answers:
// a test sees what a function is given, and says what it answers. An answer with errorType is the function's error.
package main

import (
	"bytes"
	"encoding/json"
	"io"
	"log"
	"net/http"
	"os"
)

func main() {
	runtime := "http://" + os.Getenv("AWS_LAMBDA_RUNTIME_API") + "/2018-06-01/runtime/invocation/"
	for {
		next, err := http.Get(runtime + "next")
		if err != nil {
			log.Fatal(err)
		}
		id := next.Header.Get("Lambda-Runtime-Aws-Request-Id")
		answer := post(os.Getenv("HANDLER")+"/"+os.Getenv("AWS_LAMBDA_FUNCTION_NAME"), next.Body)
		var failure struct{ ErrorType string }
		where := "/response"
		if json.Unmarshal(answer, &failure) == nil && failure.ErrorType != "" {
			where = "/error"
		}
		post(runtime+id+where, bytes.NewReader(answer))
	}
}

func post(url string, body io.Reader) []byte {
	answer, err := http.Post(url, "application/json", body)
	if err != nil {
		log.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		log.Fatal(err)
	}
	return text
}
