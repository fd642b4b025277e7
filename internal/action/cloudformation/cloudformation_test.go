package cloudformation_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/penstock-ci/penstock/internal/action"
	"github.com/penstock-ci/penstock/internal/action/cloudformation"
	"github.com/penstock-ci/penstock/internal/artifact"
	"github.com/penstock-ci/penstock/internal/artifact/objectstest"
)

var begun = time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)

// account is a Stacks port with one stack, and the change sets of it.
type account struct {
	stack  *cloudformation.Stack
	sets   map[string]cloudformation.ChangeSet
	events []cloudformation.Event
	// calls are what changed something: "UpdateStack", "DeleteChangeSet set".
	calls  []string
	change cloudformation.Change
	err    error
}

func (a *account) DescribeStack(_ context.Context, nameOrID string) (cloudformation.Stack, error) {
	if a.stack == nil || a.stack.Status == "DELETE_COMPLETE" && nameOrID != a.stack.ID {
		return cloudformation.Stack{}, &cloudformation.NotFoundError{What: "stack " + nameOrID}
	}
	return *a.stack, nil
}

func (a *account) DescribeChangeSet(_ context.Context, _, nameOrID string) (cloudformation.ChangeSet, error) {
	set, ok := a.sets[strings.TrimPrefix(nameOrID, "arn:")]
	if !ok {
		return set, &cloudformation.NotFoundError{What: "change set " + nameOrID}
	}
	return set, nil
}

func (a *account) Events(context.Context, string, time.Time) ([]cloudformation.Event, error) {
	if a.events == nil {
		return nil, errors.New("not allowed to look")
	}
	return a.events, nil
}

func (a *account) Begin(_ context.Context, c cloudformation.Change) (string, error) {
	a.calls, a.change = append(a.calls, string(c.Operation)), c
	id := "arn:app"
	if c.Operation == cloudformation.CreateChangeSet {
		id = "arn:set"
	}
	return id, a.err
}

func (a *account) DeleteChangeSet(_ context.Context, _, name string) error {
	a.calls = append(a.calls, "DeleteChangeSet "+name)
	return nil
}

// world is a provider over an account, with the artifact App.
type world struct {
	*testing.T
	account  *account
	store    *artifact.Store
	provider *cloudformation.Provider
	app      artifact.Object
}

func newWorld(t *testing.T, a *account) world {
	t.Helper()
	w := world{T: t, account: a, store: artifact.NewStore(objectstest.NewMemory())}
	w.provider = cloudformation.New(a, w.store)
	var files []artifact.File
	for path, text := range map[string]string{
		"template.json": "{}", "config.json": `{"Parameters": {"A": "file", "B": 2}, "Tags": {"team": "x"}, "StackPolicy": {"Statement": []}}`,
		"values.json": `{"version": "1.2", "list": []}`, "bad.json": "[",
	} {
		files = append(files, artifact.File{Path: path, Open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(text)), nil }})
	}
	var err error
	if w.app, err = w.store.PackFiles(t.Context(), files, artifact.Location{Bucket: "store", Key: "app"}); err != nil {
		t.Fatal(err)
	}
	return w
}

func (w world) request(mode string, more ...string) action.Request {
	r := action.Request{
		PipelineName: "release", ActionExecutionID: "token", Started: begun, Inputs: []action.Input{{Name: "App", Object: w.app}},
		Configuration: map[string]string{
			"ActionMode": mode, "StackName": "app", "RoleArn": "role", "TemplatePath": "App::template.json", "ChangeSetName": "set",
		},
	}
	for i := 0; i < len(more); i += 2 {
		r.Configuration[more[i]] = more[i+1]
	}
	return r
}

func stack(status string) *cloudformation.Stack {
	return &cloudformation.Stack{ID: "arn:app", Name: "app", Status: status, Changed: begun.Add(-time.Hour), Outputs: map[string]string{"Url": "http://x"}}
}

// changed is a stack whose last operation began with the action, by whoever has the token.
func changed(status, token string) *account {
	s := stack(status)
	s.Changed = begun
	return &account{stack: s, events: []cloudformation.Event{{Token: token, Status: status}}}
}

func sets(set cloudformation.ChangeSet) map[string]cloudformation.ChangeSet {
	set.ID, set.StackID = "arn:set", "arn:app"
	return map[string]cloudformation.ChangeSet{"set": set}
}

// How each mode begins, on what it finds.
func TestStart(t *testing.T) {
	for name, c := range map[string]struct {
		mode    string
		account *account
		calls   []string
		// id is that of what is waited for; summary is that of an action which has succeeded.
		id, summary, failure string
	}{
		"create":                         {"CREATE_UPDATE", &account{}, []string{"CreateStack"}, "arn:app", "", ""},
		"update":                         {"CREATE_UPDATE", &account{stack: stack("CREATE_COMPLETE")}, []string{"UpdateStack"}, "arn:app", "", ""},
		"update without changes":         {"CREATE_UPDATE", &account{stack: stack("CREATE_COMPLETE"), err: cloudformation.ErrNoChanges}, []string{"UpdateStack"}, "", "stack app  no changes", ""},
		"begun before":                   {"CREATE_UPDATE", changed("CREATE_IN_PROGRESS", "token"), nil, "arn:app", "", ""},
		"somebody else's update":         {"CREATE_UPDATE", changed("UPDATE_COMPLETE", "other"), []string{"UpdateStack"}, "arn:app", "", ""},
		"a failed stack is not replaced": {"CREATE_UPDATE", &account{stack: stack("ROLLBACK_COMPLETE")}, []string{"UpdateStack"}, "arn:app", "", ""},
		"replace":                        {"REPLACE_ON_FAILURE", &account{stack: stack("ROLLBACK_COMPLETE")}, []string{"DeleteStack"}, "arn:app", "", ""},
		"replaced and failed":            {"REPLACE_ON_FAILURE", changed("ROLLBACK_COMPLETE", "token"), nil, "arn:app", "", ""},
		"replace: deleted":               {"REPLACE_ON_FAILURE", &account{stack: stack("DELETE_COMPLETE")}, []string{"CreateStack"}, "arn:app", "", ""},
		"replace nothing":                {"REPLACE_ON_FAILURE", &account{stack: stack("UPDATE_COMPLETE")}, []string{"UpdateStack"}, "arn:app", "", ""},
		"delete":                         {"DELETE_ONLY", &account{stack: stack("CREATE_COMPLETE")}, []string{"DeleteStack"}, "arn:app", "", ""},
		"delete nothing":                 {"DELETE_ONLY", &account{}, nil, "", "stack app  was not there", ""},
		"first change set":               {"CHANGE_SET_REPLACE", &account{}, []string{"CreateChangeSet"}, "arn:set", "", ""},
		"change set": {
			"CHANGE_SET_REPLACE", &account{stack: stack("CREATE_COMPLETE"), sets: sets(cloudformation.ChangeSet{Description: "other"})},
			[]string{"DeleteChangeSet set", "CreateChangeSet"},
			"arn:set", "", "",
		},
		"change set begun before": {
			"CHANGE_SET_REPLACE", &account{stack: stack("CREATE_COMPLETE"), sets: sets(cloudformation.ChangeSet{Description: "token"})},
			nil, "arn:set", "", "",
		},
		"execute":              {"CHANGE_SET_EXECUTE", &account{stack: stack("CREATE_COMPLETE"), sets: sets(cloudformation.ChangeSet{})}, []string{"ExecuteChangeSet"}, "arn:app", "", ""},
		"execute nothing":      {"CHANGE_SET_EXECUTE", &account{stack: stack("CREATE_COMPLETE"), sets: sets(cloudformation.ChangeSet{Empty: true})}, nil, "", "stack app  no changes", ""},
		"execute begun before": {"CHANGE_SET_EXECUTE", changed("UPDATE_IN_PROGRESS", "token"), nil, "arn:app", "", ""},
		"no change set": {
			"CHANGE_SET_EXECUTE", &account{stack: stack("CREATE_COMPLETE")}, nil, "", "",
			`ConfigurationError: stack app has no change set "set"; an action with ActionMode CHANGE_SET_REPLACE makes one`,
		},
		"unknown mode": {
			"CREATE", &account{}, nil, "", "",
			`ConfigurationError: configuration key ActionMode is "CREATE"; write one of CREATE_UPDATE, REPLACE_ON_FAILURE, DELETE_ONLY, CHANGE_SET_REPLACE, CHANGE_SET_EXECUTE`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, c.account)
			got, err := w.provider.Start(t.Context(), w.request(c.mode))
			if diff := cmp.Diff(c.calls, c.account.calls); diff != "" {
				t.Errorf("calls (-want +got):\n%s", diff)
			}
			switch {
			case c.failure != "":
				if err == nil || err.Error() != c.failure {
					t.Errorf("error %v\nwant  %s", err, c.failure)
				}
			case err != nil:
				t.Error(err)
			case c.summary != "" && (got.Pending || got.Summary != c.summary), c.id != "" && (!got.Pending || got.ExternalExecutionID != c.id):
				t.Errorf("outcome %+v", got)
			}
		})
	}
}

func TestDeletionBeforeACreationHasItsOwnToken(t *testing.T) {
	w := newWorld(t, &account{stack: stack("ROLLBACK_COMPLETE")})
	if _, err := w.provider.Start(t.Context(), w.request("REPLACE_ON_FAILURE")); err != nil || w.account.change.Token != "token-delete" {
		t.Errorf("token %q, %v", w.account.change.Token, err)
	}
}

func TestFirstChangeSetMakesTheStack(t *testing.T) {
	for status, isNew := range map[string]bool{"": true, "REVIEW_IN_PROGRESS": true, "CREATE_COMPLETE": false} {
		a := &account{}
		if status != "" {
			a.stack = stack(status)
		}
		w := newWorld(t, a)
		if _, err := w.provider.Start(t.Context(), w.request("CHANGE_SET_REPLACE")); err != nil || a.change.New != isNew {
			t.Errorf("%q: new %t, %v", status, a.change.New, err)
		}
	}
}

// What a change is asked for: the file, over it ParameterOverrides with its functions.
func TestChange(t *testing.T) {
	w := newWorld(t, &account{})
	r := w.request("CREATE_UPDATE", "Capabilities", "CAPABILITY_IAM, CAPABILITY_AUTO_EXPAND", "TemplateConfiguration", "App::config.json",
		"ParameterOverrides", `{"A": "over", "C": true, "Key": {"Fn::GetArtifactAtt": ["App", "ObjectKey"]}, "Bucket": {"Fn::GetArtifactAtt": ["App", "BucketName"]},
		"Url": {"Fn::GetArtifactAtt": ["App", "URL"]}, "Version": {"Fn::GetParam": ["App", "values.json", "version"]}}`)
	if _, err := w.provider.Start(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	want := cloudformation.Change{
		Operation: "CreateStack", StackName: "app", ChangeSetName: "set", Template: []byte("{}"), RoleARN: "role", Token: "token",
		TemplateAt: artifact.Location{Bucket: "store", Key: "release/templates/token"},
		Parameters: map[string]string{"A": "over", "B": "2", "C": "true", "Key": "app", "Bucket": "store", "Url": "https://s3.amazonaws.com/store/app", "Version": "1.2"},
		Tags:       map[string]string{"team": "x"}, StackPolicy: `{"Statement": []}`,
		Capabilities: []string{"CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"},
	}
	if diff := cmp.Diff(want, w.account.change); diff != "" {
		t.Errorf("change (-want +got):\n%s", diff)
	}
}

func TestMistakesInTheConfiguration(t *testing.T) {
	for _, c := range []struct{ key, value, want string }{
		{"StackName", "", "configuration key StackName is missing: ActionMode CREATE_UPDATE needs it"},
		{"TemplatePath", "", "configuration key TemplatePath is missing"},
		{"TemplatePath", "template.json", `TemplatePath is "template.json"; write the name of an input artifact, two colons and a path`},
		{"TemplatePath", "Ap::template.json", `TemplatePath names artifact "Ap", which is no input artifact of the action; write one of App`},
		{"TemplatePath", "App::none.json", `TemplatePath names file "none.json", which input artifact App does not have`},
		{"TemplateConfiguration", "App::bad.json", `TemplateConfiguration "App::bad.json" is not a JSON object of Parameters, Tags and StackPolicy`},
		{"ParameterOverrides", "{", "ParameterOverrides is not a JSON object of parameters"},
		{"ParameterOverrides", `{"A": ["x"]}`, "ParameterOverrides of A: write a text"},
		{"ParameterOverrides", `{"A": {"Ref": "x"}}`, "ParameterOverrides of A: write a text"},
		{"ParameterOverrides", `{"A": {"Fn::GetArtifactAtt": ["App", "Key"]}}`, `"Key" is no attribute of an artifact`},
		{"ParameterOverrides", `{"A": {"Fn::GetArtifactAtt": ["B", "URL"]}}`, `ParameterOverrides of A names artifact "B"`},
		{"ParameterOverrides", `{"A": {"Fn::GetParam": ["App", "bad.json", "x"]}}`, `file "bad.json" of input artifact App is not a JSON object`},
		{"ParameterOverrides", `{"A": {"Fn::GetParam": ["App", "values.json", "list"]}}`, `file "values.json" of input artifact App has no text for "list"`},
		{"ParameterOverrides", `{"A": "` + strings.Repeat("x", 1024) + `"}`, "ParameterOverrides: 1033 bytes, at most 1024 are allowed"},
	} {
		w := newWorld(t, &account{})
		var failure *action.Failure
		_, err := w.provider.Start(t.Context(), w.request("CREATE_UPDATE", c.key, c.value))
		if !errors.As(err, &failure) || failure.Code != action.ConfigurationError || !strings.Contains(failure.Message, c.want) {
			t.Errorf("%s %.60s: %v\nwant %s", c.key, c.value, err, c.want)
		}
		if len(w.account.calls) > 0 {
			t.Errorf("%s %s: %v", c.key, c.value, w.account.calls)
		}
	}
}

// What a status means to each mode.
func TestDescribe(t *testing.T) {
	const lost, goesOn, good = "lost", "goes on", "good"
	for _, c := range []struct{ mode, status, want string }{
		{"CREATE_UPDATE", "CREATE_IN_PROGRESS", goesOn},
		{"CREATE_UPDATE", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", goesOn},
		{"CREATE_UPDATE", "CREATE_COMPLETE", good},
		{"CREATE_UPDATE", "UPDATE_COMPLETE", good},
		{"CREATE_UPDATE", "UPDATE_ROLLBACK_IN_PROGRESS", goesOn},
		{"CREATE_UPDATE", "UPDATE_ROLLBACK_COMPLETE", "stack app is UPDATE_ROLLBACK_COMPLETE: resource Bucket (AWS::S3::Bucket) CREATE_FAILED: taken already"},
		{"CREATE_UPDATE", "DELETE_COMPLETE", "stack app is DELETE_COMPLETE: resource"},
		{"REPLACE_ON_FAILURE", "DELETE_COMPLETE", lost},
		{"REPLACE_ON_FAILURE", "DELETE_FAILED", "stack app is DELETE_FAILED: resource"},
		{"DELETE_ONLY", "DELETE_COMPLETE", good},
		{"DELETE_ONLY", "CREATE_COMPLETE", "stack app is CREATE_COMPLETE: resource"},
		{"CHANGE_SET_EXECUTE", "REVIEW_IN_PROGRESS", goesOn},
		{"CHANGE_SET_EXECUTE", "UPDATE_COMPLETE", good},
	} {
		w := newWorld(t, &account{stack: stack(c.status), events: []cloudformation.Event{
			{Token: "other", Type: "AWS::S3::Bucket", LogicalID: "Old", Status: "CREATE_FAILED", Reason: "of another change"},
			{Token: "token", Type: "AWS::SNS::Topic", LogicalID: "Topic", Status: "CREATE_FAILED", Reason: "Resource creation cancelled"},
			{Token: "token", Type: "AWS::S3::Bucket", LogicalID: "Bucket", Status: "CREATE_FAILED", Reason: "taken already"},
			{Token: "token", Type: "AWS::CloudFormation::Stack", LogicalID: "app", Status: "UPDATE_FAILED", Reason: "the following resources failed"},
		}})
		got, err := w.provider.Describe(t.Context(), w.request(c.mode), "arn:app")
		var gone *action.LostError
		switch {
		case c.want == lost && errors.As(err, &gone), c.want == goesOn && err == nil && got.Pending, c.want == good && err == nil && !got.Pending:
		case err == nil || !strings.Contains(err.Error(), c.want):
			t.Errorf("%s, %s: %+v, %v; want %s", c.mode, c.status, got, err, c.want)
		}
	}
}

func TestFailureWhoseEventsCannotBeRead(t *testing.T) {
	s := stack("ROLLBACK_COMPLETE")
	s.StatusReason = "The following resource(s) failed to create: [Bucket]"
	w := newWorld(t, &account{stack: s})
	_, err := w.provider.Describe(t.Context(), w.request("CREATE_UPDATE"), "arn:app")
	want := "JobFailed: stack app is ROLLBACK_COMPLETE: The following resource(s) failed to create: [Bucket]; which resource failed is not known: not allowed to look"
	if err == nil || err.Error() != want {
		t.Errorf("error %v\nwant  %s", err, want)
	}
}

func TestOutputs(t *testing.T) {
	for mode, want := range map[string]map[string]string{"CREATE_UPDATE": {"Url": "http://x"}, "DELETE_ONLY": nil} {
		status := map[string]string{"CREATE_UPDATE": "UPDATE_COMPLETE", "DELETE_ONLY": "DELETE_COMPLETE"}[mode]
		w := newWorld(t, &account{stack: stack(status)})
		r := w.request(mode, "OutputFileName", "out/stack.json")
		r.Outputs = []action.Output{{Name: "Out", Location: artifact.Location{Bucket: "store", Key: "out"}}}
		got, err := w.provider.Describe(t.Context(), r, "arn:app")
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got.Variables); diff != "" {
			t.Errorf("%s: variables (-want +got):\n%s", mode, diff)
		}
		z, err := w.store.OpenZip(t.Context(), got.Artifacts["Out"])
		if err != nil {
			t.Fatal(err)
		}
		w.Cleanup(func() { _ = z.Close() })
		body, err := z.Files[0].Open()
		if err != nil {
			t.Fatal(err)
		}
		w.Cleanup(func() { _ = body.Close() })
		stored := map[string]string{}
		if err := json.NewDecoder(body).Decode(&stored); err != nil || z.Files[0].Path != "out/stack.json" || len(stored) != len(want) {
			t.Errorf("%s: %s %v, %v", mode, z.Files[0].Path, stored, err)
		}
	}
	w := newWorld(t, &account{})
	r := w.request("CREATE_UPDATE")
	r.Outputs = []action.Output{{Name: "Out"}}
	if _, err := w.provider.Start(t.Context(), r); err == nil || !strings.Contains(err.Error(), `OutputFileName is missing: it names the file of output artifact "Out"`) {
		t.Errorf("without a file: %v", err)
	}
}

func TestDescribeChangeSet(t *testing.T) {
	for _, c := range []struct {
		set  cloudformation.ChangeSet
		want string
	}{
		{cloudformation.ChangeSet{Status: "CREATE_PENDING"}, "goes on"},
		{cloudformation.ChangeSet{Status: "CREATE_IN_PROGRESS"}, "goes on"},
		{cloudformation.ChangeSet{Status: "CREATE_COMPLETE"}, "stack app  change set set"},
		{cloudformation.ChangeSet{Status: "FAILED", Empty: true}, "stack app  no changes"},
		{cloudformation.ChangeSet{Status: "FAILED", StatusReason: "no such parameter"}, "JobFailed: change set set is FAILED: no such parameter"},
	} {
		w := newWorld(t, &account{stack: stack("CREATE_COMPLETE"), sets: sets(c.set)})
		got, err := w.provider.Describe(t.Context(), w.request("CHANGE_SET_REPLACE"), "arn:set")
		switch {
		case err != nil && err.Error() == c.want, got.Pending && c.want == "goes on":
		case err != nil || got.Pending || got.Summary != c.want || got.ExternalExecutionID != "arn:set":
			t.Errorf("%+v: %+v, %v; want %s", c.set, got, err, c.want)
		}
	}
	w := newWorld(t, &account{})
	if _, err := w.provider.Describe(t.Context(), w.request("CHANGE_SET_REPLACE"), "arn:set"); err == nil || !strings.Contains(err.Error(), "change set set is gone") {
		t.Errorf("gone: %v", err)
	}
}

func TestStopLetsTheChangeGoOn(t *testing.T) {
	w := newWorld(t, &account{stack: stack("UPDATE_IN_PROGRESS")})
	if err := w.provider.Stop(t.Context(), w.request("CREATE_UPDATE"), "arn:app"); err != nil || len(w.account.calls) > 0 {
		t.Errorf("%v, %v", w.account.calls, err)
	}
}
