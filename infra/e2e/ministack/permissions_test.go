package ministack_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/penstock-ci/penstock/infra/e2e/ministack"
)

// What a policy does not allow is denied: to a machine, and to whoever has assumed a role with a session policy.
func (s *stack) permissions(t *testing.T) {
	t.Run("machine", func(t *testing.T) {
		const definition = `{"QueryLanguage":"JSONata","StartAt":"W","States":{"W":{"Type":"Task","Resource":"arn:aws:states:::lambda:invoke","Arguments":{"FunctionName":"events","Payload":{}},"End":true}}}`
		s.start(t, s.create(t, "forbidden", definition), "forbidden", "{}")
		c := s.ended(t)
		if c.Status != "FAILED" || c.Error != "Lambda.AWSLambdaException" || !strings.Contains(c.Cause, "lambda:InvokeFunction") {
			t.Errorf("ended %+v", c)
		}
	})
	t.Run("external id", func(t *testing.T) {
		if _, err := s.assume(t, "another", "sources"); err == nil || !strings.Contains(err.Error(), "AccessDenied") {
			t.Errorf("assumed with another external id: %v", err)
		}
	})
	t.Run("session policy", func(t *testing.T) {
		s.emulator.PutObject(t, "sources", "a", []byte("content"))
		s.emulator.PutObject(t, "sources", "b", []byte("content"))
		session, err := s.assume(t, "pipeline", "sources/a")
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct {
			method, key string
			want        int
		}{
			{http.MethodGet, "a", http.StatusOK},
			{http.MethodGet, "b", http.StatusForbidden},
			{http.MethodPut, "a", http.StatusForbidden},
		} {
			if got := s.status(t, session, "s3", c.method+" "+s.emulator.Endpoint()+"/sources/"+c.key); got != c.want {
				t.Errorf("%s %s: status %d, want %d", c.method, c.key, got, c.want)
			}
		}
		session.SecretAccessKey = "wrong"
		if got := s.status(t, session, "s3", "GET "+s.emulator.Endpoint()+"/sources/a"); got != http.StatusForbidden {
			t.Errorf("signed with another key: status %d", got)
		}
	})
	t.Run("resources", s.resources)
	t.Run("API", func(t *testing.T) {
		url := s.emulator.APIEndpoint(s.outputs["Api"], "prod") + "/v1/PutApprovalResult/demo"
		caller := ""
		s.functions.serve(func(payload []byte) any {
			var in struct {
				Path           string
				RequestContext struct{ Identity struct{ UserArn string } }
			}
			if err := json.Unmarshal(payload, &in); err != nil {
				return failure("BadRequest", err.Error())
			}
			caller = in.Path + " of " + in.RequestContext.Identity.UserArn
			return map[string]any{"statusCode": http.StatusAccepted, "body": "{}"}
		})
		got := s.status(t, ministack.Root(), "execute-api", "POST "+url)
		if want := "/v1/PutApprovalResult/demo of arn:aws:iam::" + ministack.Account + ":root"; got != http.StatusAccepted || caller != want {
			t.Errorf("root: status %d, the function saw %q, want %q", got, caller, want)
		}
		session, err := s.assume(t, "pipeline", "sources/a")
		if err != nil {
			t.Fatal(err)
		}
		if got := s.status(t, session, "execute-api", "POST "+url); got != http.StatusForbidden {
			t.Errorf("a role that may not: status %d", got)
		}
	})
}

// A request about a build or a token is checked against its project or state machine: who may do something for one may not
// for another.
func (s *stack) resources(t *testing.T) {
	session, err := s.emulator.AssumeRole(t.Context(), ministack.Assumption{Role: s.outputs["ReaderArn"], ExternalID: "pipeline"})
	if err != nil {
		t.Fatal(err)
	}
	denied := func(arguments ...string) bool {
		t.Helper()
		_, err := s.emulator.AWS(t.Context(), session, arguments...)
		if err != nil && !strings.Contains(err.Error(), "AccessDenied") {
			t.Error(err)
		}
		return err != nil
	}
	for _, name := range []string{"one", "another"} {
		id := s.project(t, name)
		if got, want := denied("codebuild", "batch-get-builds", "--ids", id), name != "one"; got != want {
			t.Errorf("a build of %s: denied %v, want %v", name, got, want)
		}
	}
	const definition = `{"StartAt":"W","States":{"W":{"Type":"Task","Resource":"arn:aws:states:::lambda:invoke.waitForTaskToken","Parameters":{"FunctionName":"task","Payload":{"TaskToken.$":"$$.Task.Token"}},"End":true}}}`
	for _, name := range []string{"mine", "yours"} {
		tokens := s.tokens("ignored")
		s.start(t, s.create(t, name, definition), name, "{}")
		token := <-tokens
		if got, want := denied("stepfunctions", "send-task-failure", "--task-token", token), name != "mine"; got != want {
			t.Errorf("a token of %s: denied %v, want %v", name, got, want)
		}
		if name == "yours" {
			s.must(t, "SendTaskFailure", map[string]any{"taskToken": token}, nil)
		}
		s.ended(t)
	}
}

// assume assumes the role of the stack, narrowed to reading one object.
func (s *stack) assume(t *testing.T, externalID, object string) (ministack.Credentials, error) {
	t.Helper()
	policy := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::` + object + `"}]}`
	return s.emulator.AssumeRole(t.Context(), ministack.Assumption{Role: s.outputs["ReaderArn"], ExternalID: externalID, Policy: policy})
}

// status is that of the answer to a request, a method and a URL, with credentials.
func (s *stack) status(t *testing.T, c ministack.Credentials, service, line string) int {
	t.Helper()
	method, url, _ := strings.Cut(line, " ")
	r, err := http.NewRequestWithContext(t.Context(), method, url, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	c.Sign(r, service, nil)
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	if err := answer.Body.Close(); err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode
}
