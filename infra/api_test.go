//go:build synth

package infra_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/penstock-ci/penstock/infra"
)

// TestAPI holds what is asked of whom, what is logged, and where the API is.
func TestAPI(t *testing.T) {
	made := synthesize(t, "../examples/static-site/pipeline.yaml")["penstock-platform"]
	all := map[string]template{"": made}
	routes := map[string]string{}
	for _, method := range of(all, "AWS::ApiGateway::Method") {
		resource := made.Resources[strings.Trim(text(method.Properties["ResourceId"]), "{}")]
		routes[text(method.Properties["HttpMethod"])+" "+text(resource.Properties["PathPart"])] = text(method.Properties["AuthorizationType"])
		integration, _ := method.Properties["Integration"].(map[string]any)
		if integration["Type"] != "AWS_PROXY" || !strings.HasSuffix(text(integration["Uri"]), ":function:penstock-answer-api/invocations") {
			t.Errorf("a method goes to %v", integration)
		}
	}
	if diff := cmp.Diff(map[string]string{"POST {proxy+}": "AWS_IAM", "POST jobs": "NONE"}, routes); diff != "" {
		t.Errorf("routes (-want +got):\n%s", diff)
	}
	for _, stage := range of(all, "AWS::ApiGateway::Stage") {
		checkStage(t, stage.Properties)
	}
	invoked := 0
	for _, permission := range of(all, "AWS::Lambda::Permission") {
		if source := text(permission.Properties["SourceArn"]); text(permission.Properties["FunctionName"]) == "penstock-answer-api" {
			invoked++
			if !strings.HasSuffix(source, "}/v1/POST/*") || !strings.Contains(source, ":execute-api:{AWS::Region}:{AWS::AccountId}:{") {
				t.Errorf("answer-api is invoked for %s", source)
			}
		}
	}
	if url := text(made.Outputs["ApiUrl"].Value); invoked != 1 || !strings.HasPrefix(url, "https://{") || !strings.HasSuffix(url, "/v1") {
		t.Errorf("%d may invoke answer-api; ApiUrl is %q of %v", invoked, url, sortedKeys(made.Outputs))
	}
}

func checkStage(t *testing.T, stage map[string]any) {
	t.Helper()
	settings, _ := list(stage["MethodSettings"])[0].(map[string]any)
	if stage["StageName"] != "v1" || settings["CachingEnabled"] != false || settings["DataTraceEnabled"] != false || settings["ThrottlingRateLimit"] == nil {
		t.Errorf("the stage is %v", stage)
	}
	access, _ := stage["AccessLogSetting"].(map[string]any)
	var format map[string]string
	if err := json.Unmarshal([]byte(text(access["Format"])), &format); err != nil {
		t.Fatal(err)
	}
	for _, value := range format {
		for _, secret := range []string{"query", "header", "body", "accessKey", "apiKey", "authorizer", "extendedRequestId"} {
			if strings.Contains(strings.ToLower(value), strings.ToLower(secret)) {
				t.Errorf("%s is logged", value)
			}
		}
	}
	if format["identity.userArn"] == "" {
		t.Errorf("nobody is told apart in the log: %v", format)
	}
}

// TestLogRole holds that the role for logs, which is one of the whole account, stays when the platform goes, and that a
// platform can do without making one.
func TestLogRole(t *testing.T) {
	for _, other := range []bool{false, true} {
		out := t.TempDir()
		app := newApp(out)
		definition := filepath.Join("..", "examples", "static-site", "pipeline.yaml")
		settings := infra.Settings{
			Platform: "penstock", Pipelines: []string{definition}, Architecture: "arm64", Functions: binaries(t), Removable: true, OtherLogRole: other,
		}
		if err := infra.AddStacks(app, settings); err != nil {
			t.Fatal(err)
		}
		app.Synth(nil)
		text, err := os.ReadFile(filepath.Join(out, "penstock-platform.template.json"))
		if err != nil {
			t.Fatal(err)
		}
		var made struct {
			Resources map[string]struct{ Type, DeletionPolicy string }
		}
		if err := json.Unmarshal(text, &made); err != nil {
			t.Fatal(err)
		}
		found := ""
		for id, r := range made.Resources {
			if r.Type == "AWS::ApiGateway::Account" || strings.Contains(id, "ApiLogRole") {
				found += fmt.Sprint(r.Type, " ", r.DeletionPolicy, "\n")
			}
		}
		if got := strings.Count(found, " Retain\n"); other && found != "" || !other && got != 2 {
			t.Errorf("another role: %t, made\n%s", other, found)
		}
	}
}
