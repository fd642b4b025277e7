//go:build unix

package main

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/penstock-ci/penstock/internal/api"
	"github.com/penstock-ci/penstock/internal/cloud/gateway"
	"github.com/penstock-ci/penstock/internal/local"
)

// denied is the path that no policy allows.
const denied = "/v1/StopPipelineExecution/demo"

// platformMain is a program, platform ENDPOINT, that stands for API Gateway: it prints a URL with a stage that takes what the
// credentials of its environment have signed for execute-api, at the path of its body, and sends it to ENDPOINT.
func platformMain() {
	behind, err := url.Parse(os.Args[1])
	if err != nil {
		panic(err)
	}
	next := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(behind)
		r.Out.URL.Path = "/"
	}}
	verifier := gateway.New(gateway.Config{URL: behind, Now: local.Clock{}.Now})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if problem := authorize(verifier, r); problem != "" {
			w.Header().Set("X-Amzn-Errortype", "AccessDeniedException")
			w.WriteHeader(http.StatusForbidden)
			fmt.Fprintf(w, `{"message":%q}`, problem)
			return
		}
		next.ServeHTTP(w, r)
	}))
	fmt.Println(server.URL + "/v1")
	_, _ = io.Copy(io.Discard, os.Stdin) // ends with the test
}

// authorize says why a request does not come through, "" where it does.
func authorize(verifier *gateway.Gateway, r *http.Request) string {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return err.Error()
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	want, err := api.PathOf(r.Header.Get("X-Amz-Target"), body)
	switch authorization := r.Header.Get("Authorization"); {
	case err != nil:
		return err.Error()
	case r.URL.Path != "/v1"+want:
		return fmt.Sprintf("the path is %q, want /v1%s", r.URL.Path, want)
	case !strings.Contains(authorization, "/eu-central-1/execute-api/"):
		return "signed for another service: " + authorization
	case r.URL.Path == denied:
		return "User: ann is not authorized to perform: execute-api:Invoke on resource: " + denied
	}
	if err := verifier.Verify(r.Context(), r, body); err != nil {
		return err.Error()
	}
	return ""
}

// onAWS is a platform as its users see it, and penstock serve behind it, which runs the pipelines.
type onAWS struct {
	*served
	url string
}

// credentials are those of the platform's users.
func credentials(key string) []string {
	return []string{
		"AWS_ACCESS_KEY_ID=" + key, "AWS_SECRET_ACCESS_KEY=secret", "AWS_REGION=eu-central-1", "AWS_SESSION_TOKEN=",
		"AWS_CONFIG_FILE=" + os.DevNull, "AWS_SHARED_CREDENTIALS_FILE=" + os.DevNull, "AWS_EC2_METADATA_DISABLED=true",
	}
}

func startPlatform(t *testing.T, dir string) *onAWS {
	t.Helper()
	s := startServing(t, dir)
	cmd := penstock(dir)
	cmd.Args = []string{"platform", s.endpoint}
	cmd.Env = append(cmd.Env, credentials("AKIDEXAMPLE")...)
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = in.Close() })
	return &onAWS{served: s, url: openCommand(t, cmd).tells(`^http://.*/v1$`)}
}

// command is a command of penstock with the platform in its environment, in a folder where nothing ran.
func (p *onAWS) command(words ...string) *exec.Cmd {
	cmd := penstock(p.t.TempDir(), words...)
	cmd.Env = append(cmd.Env, append(credentials("AKIDEXAMPLE"), platformVariable+"="+p.url)...)
	return cmd
}

// The AWS command line and boto3 drive a platform through the proxy as they drive CodePipeline, where they have its credentials.
func TestProxy(t *testing.T) {
	p := startPlatform(t, demo(t))
	proxy := openCommand(t, p.command("proxy"))
	endpoint := proxy.tells(`^http://127\.0\.0\.1:[0-9]+$`)
	list := proxy.tells(`^aws .*`)
	proxy.tells("^Ctrl-C")

	as := func(key, line string) string {
		cmd := exec.CommandContext(t.Context(), "sh", "-c", line)
		cmd.Env = append(os.Environ(), append(credentials(key), "PATH="+p.path+":"+os.Getenv("PATH"))...)
		out, err := cmd.CombinedOutput()
		return fmt.Sprint(string(out), err)
	}
	if out := as("AKIDEXAMPLE", list+" --query pipelines[].name --output text"); out != "demo\n<nil>" {
		t.Fatalf("%s says %s", list, out)
	}
	proxy.tells(`  /ListPipelines  200$`)
	if out := as("AKIDOTHER", list); !strings.Contains(out, `UnrecognizedClientException`) || !strings.Contains(out, `access key "AKIDOTHER"`) {
		t.Errorf("with other credentials it says %s", out)
	}
	proxy.tells(`  not sent: the request is signed with the access key "AKIDOTHER"`)
	if out := as("AKIDEXAMPLE", list+" --no-sign-request"); !strings.Contains(out, "MissingAuthenticationToken") {
		t.Errorf("without a signature it says %s", out)
	}

	script, err := filepath.Abs("testdata/proxy.py")
	if err != nil {
		t.Fatal(err)
	}
	want, err := os.ReadFile("testdata/proxy.txt")
	if err != nil {
		t.Fatal(err)
	}
	if out := as("AKIDEXAMPLE", "python "+script+" "+endpoint); out != string(want)+"<nil>" {
		t.Fatalf("boto3 sees\n%s\nwant\n%s", out, want)
	}
	proxy.tells(`  /PutApprovalResult/demo/Approve/Gate  200$`)
	_ = proxy.cmd.Process.Signal(os.Interrupt)
	proxy.ends(0)
	p.interrupts()
}

// Commands with a platform print what they print here, as far as its API tells; one policy is enough for one approval.
func TestPlatform(t *testing.T) {
	p := startPlatform(t, demo(t))
	p.says(`nothing has run on the platform yet`, "executions")
	p.says(`(?m)^  Gate +-$`, "state", "--pipeline", "demo")
	id := p.says(`^started execution ([0-9a-f]{8}) of demo   ?\n?penstock watch`, "start", "demo", "--var", "CHANNEL=beta", "--token", "one")
	if again := p.says(`^started execution ([0-9a-f]{8})`, "start", "demo", "--token", "one"); again != id {
		t.Errorf("the same token starts %s, want %s", again, id)
	}
	watch := openCommand(t, p.command("watch", id[:4]))
	watch.tells(`^  ok    Make .*CodeBuild demo   -> Site   VERSION=1\.2\.3$`)
	watch.tells(`Gate waits for approval`)
	watch.tells(`about      Release 1\.2\.3\?`)

	p.says(`(?m)^`+id+` +demo +InProgress +[A-Z].* StartPipelineExecution`, "executions")
	p.says(`"revisionId": "[0-9a-f]{40}"`, "executions", "--json")
	p.says(`(?m)^  Gate +InProgress +[A-Z].* waits for an answer`, "state")
	p.says(`(?m)^InProgress in stage Approve after`, "show")
	shown := p.says(`(?s).*`, "show", "--json", "--pipeline", "demo")
	for _, empty := range []string{`: ""`, `: 0`, "null", "token"} {
		if strings.Contains(shown, empty) {
			t.Errorf("show --json prints %s:\n%s", empty, shown)
		}
	}
	p.says(`not authorized to perform: execute-api:Invoke on resource: `+denied+`\n  = help: an IAM policy must .* name it with --pipeline NAME`, "stop")
	p.says(`does not give what actions wrote\n  = help: look in CloudWatch Logs`, "logs")
	p.says(`no approval Approve/Gat waits here\n  = help: did you mean Approve/Gate`, "approve", "Approve/Gat")
	p.says(`^approved Approve/Gate of execution `+id, "approve", "--pipeline", "demo", "--summary", "fine")
	watch.tells(`approved by arn:aws:iam::000000000000:user/.*: fine`)
	watch.tells(`^Succeeded in `)
	watch.ends(0)
	p.says(`(?m)^Succeeded in .* 4 stages, 5 actions$`, "show", id)
	p.says(`no approval waits here`, "approve")
	p.says(`no execution is open here`, "stop")
	p.says(`declares no variable "X"`, "start", "demo", "--var", "X=1")
	p.says(`a pipeline with name 'nope'\n  = help: to see which pipelines are there: penstock state`, "start", "nope")
	p.says(`has no source action "Chekout"\n  = help: did you mean "Checkout"`, "start", "demo", "--revision", "Chekout=x")

	rejected := p.says(`^started execution ([0-9a-f]{8})`, "start", "demo")
	watch = openCommand(t, p.command("watch"))
	lines := openCommand(t, p.command("watch", "--json"))
	lines.tells(`"region":"us-east-1".*"arn:aws:codepipeline:us-east-1:000000000000:demo".*"action":"Gate","state":"STARTED"`)
	watch.tells(`Gate waits for approval`)
	p.says(`^rejected Approve/Gate of execution `+rejected, "reject", rejected, "Approve/Gate")
	watch.tells(`^Failed in stage Approve`)
	watch.ends(exitFailed)
	lines.tells(`^.*"detail-type":"Penstock Summary".*"status":"Failed".*"stages":3,"actions":4}}$`)
	lines.ends(exitFailed)
	p.sameEvents(id)
	p.sameEvents(rejected)
	p.interrupts()
}

// says runs a command with the platform, and returns what the pattern's group caught of what it prints.
func (p *onAWS) says(pattern string, words ...string) string {
	p.t.Helper()
	out, _ := p.command(words...).CombinedOutput() // the words say how it has ended
	m := regexp.MustCompile(pattern).FindStringSubmatch(string(out))
	if m == nil {
		p.t.Fatalf("penstock %s does not say %q:\n%s", strings.Join(words, " "), pattern, out)
	}
	return m[len(m)-1]
}

// sameEvents compares the events that watch makes of a platform's answers with those that the execution has published. What
// the API does not tell is left out: their identities and times, when a stage began, attempts, and which of two actions that
// run at once was first.
func (p *onAWS) sameEvents(id string) {
	p.t.Helper()
	events := func(cmd *exec.Cmd) []string {
		out, _ := cmd.Output() // how it ends is how the execution has ended
		var all []string
		for line := range strings.Lines(string(out)) {
			if strings.Contains(line, `"detail-type":"CodePipeline `) {
				all = append(all, regexp.MustCompile(`"(id|time|start-time)":"[^"]*",|,"pipeline-execution-attempt":[0-9.]+`).ReplaceAllString(line, ""))
			}
		}
		if len(all) < 10 {
			p.t.Errorf("%s prints %d events", cmd.Args, len(all))
		}
		return byAction(all)
	}
	published, made := events(penstock(p.cmd.Dir, "events", id, "--json", "-f", file)), events(p.command("watch", id, "--json"))
	if diff := cmp.Diff(published, made); diff != "" {
		p.t.Errorf("events (-published +made of answers):\n%s", diff)
	}
}

// byAction sorts events of actions between two of a stage by the action's name; each action's own stay in their order.
func byAction(events []string) []string {
	action := regexp.MustCompile(`"action":"[^"]*"`)
	for rest := events; len(rest) > 0; {
		n := slices.IndexFunc(rest, func(e string) bool { return !action.MatchString(e) })
		if n < 0 {
			n = len(rest)
		}
		slices.SortStableFunc(rest[:n], func(a, b string) int {
			return strings.Compare(action.FindString(a), action.FindString(b))
		})
		rest = rest[min(n+1, len(rest)):]
	}
	return events
}
