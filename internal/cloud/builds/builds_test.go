package builds

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/penstock-ci/penstock/internal/action"
	"github.com/penstock-ci/penstock/internal/action/codebuild"
	"github.com/penstock-ci/penstock/internal/action/codebuild/buildspec"
	"github.com/penstock-ci/penstock/internal/artifact"
	"github.com/penstock-ci/penstock/internal/cloud"
	"github.com/penstock-ci/penstock/internal/cloud/cloudtest"
	"github.com/penstock-ci/penstock/internal/execution"
)

var begun = time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)

// account is one whose calls are answered by a.
func account(a *cloudtest.Answers) *cloud.Account {
	return cloud.New(cloud.Config{Region: cloudtest.Region, Endpoint: "http://aws.invalid", Change: cloudtest.Offline, Through: a.Through})
}

func buildsAt(a *cloudtest.Answers, now time.Time) *Builds {
	return New(account(a), Options{Artifacts: cloud.BucketOptions{KMSKeyID: "key"}, CommandsProject: "penstock-commands", ServiceRole: "build", Clock: cloudtest.FixedClock(now)})
}

func inputOf(name string) codebuild.Source {
	return codebuild.Source{Name: name, Object: artifact.Object{Location: artifact.Location{Bucket: "store", Key: "release/" + name, VersionID: "v-" + name}}}
}

func output(name string) codebuild.Output {
	return codebuild.Output{Name: name, Location: artifact.Location{Bucket: "store", Key: "release/" + name + "/KEY"}}
}

func aBuild(outputs ...string) codebuild.Build {
	b := codebuild.Build{
		IdempotencyToken: "token", Project: "app", PipelineName: "release", PipelineExecutionID: "execution", Started: begun,
		Sources:     []codebuild.Source{inputOf("Source")},
		Environment: []codebuild.EnvironmentVariable{{Name: "A", Value: "1", Type: "PLAINTEXT"}, {Name: buildMark, Value: "forged", Type: "PLAINTEXT"}},
	}
	b.Sources[0].Revision = "abc"
	for _, name := range outputs {
		b.Outputs = append(b.Outputs, output(name))
	}
	return b
}

// startOf is what CodeBuild was asked for by a start.
func startOf(t *testing.T, operation string, b codebuild.Build) map[string]any {
	t.Helper()
	var asked map[string]any
	a := &cloudtest.Answers{JSON: map[string]func(map[string]any) any{operation: func(in map[string]any) any {
		asked = in
		started := map[string]string{"StartBuild": "build", "StartBuildBatch": "buildBatch"}[operation]
		return map[string]any{started: map[string]any{"id": "app:1"}}
	}}}
	id, err := buildsAt(a, begun).StartBuild(t.Context(), b)
	if err != nil || id != "app:1" {
		t.Fatalf("StartBuild = %q, %v", id, err)
	}
	if diff := cmp.Diff([]string{operation}, a.Asked); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}
	return asked
}

func TestStartBuildOverridesSourceAndArtifacts(t *testing.T) {
	want := map[string]any{}
	text := `{
	 "projectName": "app", "idempotencyToken": "token", "encryptionKeyOverride": "key",
	 "sourceTypeOverride": "S3", "sourceLocationOverride": "store/release/Source", "sourceVersion": "v-Source",
	 "secondarySourcesOverride": [], "secondaryArtifactsOverride": [],
	 "artifactsOverride": {"type": "S3", "location": "store", "path": "release/App", "name": "KEY", "namespaceType": "NONE", "packaging": "ZIP", "overrideArtifactName": false},
	 "environmentVariablesOverride": [
	  {"name": "A", "value": "1", "type": "PLAINTEXT"},
	  {"name": "PENSTOCK_ACTION_EXECUTION", "value": "token", "type": "PLAINTEXT"},
	  {"name": "PENSTOCK_INITIATOR", "value": "codepipeline/release", "type": "PLAINTEXT"},
	  {"name": "PENSTOCK_PIPELINE_EXECUTION", "value": "execution", "type": "PLAINTEXT"},
	  {"name": "PENSTOCK_SOURCE_VERSION", "value": "abc", "type": "PLAINTEXT"}]}`
	if err := json.Unmarshal([]byte(text), &want); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, startOf(t, "StartBuild", aBuild("App"))); diff != "" {
		t.Errorf("StartBuild (-want +got):\n%s", diff)
	}
}

func TestStartBuildOfSeveralArtifacts(t *testing.T) {
	b := aBuild("App", "Test-Report")
	b.Sources = append(b.Sources, inputOf("Second-One"))
	b.Sources[1].VersionID = "etag e"
	asked := startOf(t, "StartBuild", b)
	for path, want := range map[string]any{
		"artifactsOverride.type":                            "NO_ARTIFACTS",
		"secondaryArtifactsOverride.0.artifactIdentifier":   "App",
		"secondaryArtifactsOverride.1.artifactIdentifier":   "Test_Report",
		"secondaryArtifactsOverride.1.path":                 "release/Test-Report",
		"secondarySourcesOverride.0.sourceIdentifier":       "Second_One",
		"secondarySourcesOverride.0.location":               "store/release/Second-One",
		"secondarySourcesVersionOverride":                   nil,
		"environmentVariablesOverride.1.name":               buildMark,
		"secondaryArtifactsOverride.0.overrideArtifactName": false,
		"secondaryArtifactsOverride.0.namespaceType":        "NONE",
	} {
		if got := cloudtest.At(t, asked, path); got != want {
			t.Errorf("%s = %v, want %v", path, got, want)
		}
	}
	if got := cloudtest.At(t, startOf(t, "StartBuild", aBuild()), "artifactsOverride.type"); got != "NO_ARTIFACTS" {
		t.Errorf("without outputs the artifacts are %v", got)
	}
}

func TestStartBuildRefusesNamesThatAreOneForCodeBuild(t *testing.T) {
	_, err := buildsAt(&cloudtest.Answers{}, begun).StartBuild(t.Context(), aBuild("A-B", "A_B"))
	var failure *action.Failure
	if !errors.As(err, &failure) || failure.Code != action.ConfigurationError || failure.Message != `output artifacts "A-B" and "A_B" are both "A_B" to CodeBuild; rename one` {
		t.Errorf("error %v", err)
	}
}

func TestStartBuildBatch(t *testing.T) {
	b := aBuild("one")
	b.Batch, b.CombineArtifacts = true, true
	asked := startOf(t, "StartBuildBatch", b)
	for path, want := range map[string]any{
		"artifactsOverride.path": "release/one/KEY", "artifactsOverride.name": "artifact", "artifactsOverride.namespaceType": "BUILD_ID",
		"buildBatchConfigOverride.combineArtifacts": true, "sourceLocationOverride": "store/release/Source",
	} {
		if got := cloudtest.At(t, asked, path); got != want {
			t.Errorf("%s = %v, want %v", path, got, want)
		}
	}
}

// The secondary artifacts of a batch are those that its outputs name for builds whose primary artifacts are outputs too.
func TestStartBuildBatchOfSeveralArtifacts(t *testing.T) {
	for _, c := range []struct{ outputs, want []string }{
		{[]string{"build1", "build1_artifact1", "build1_artifact2", "build2_artifact1"}, []string{"artifact1", "artifact2"}},
		{[]string{"a", "a_b", "a_b_c"}, []string{"b", "c"}},
		{[]string{"linux_small", "linux_large"}, nil},
		{[]string{"build1_artifact1", "build2_artifact1"}, nil},
	} {
		b := aBuild(c.outputs...)
		b.Batch = true
		asked := startOf(t, "StartBuildBatch", b)
		all, _ := asked["secondaryArtifactsOverride"].([]any)
		var got []string
		for i := range all {
			at := fmt.Sprintf("secondaryArtifactsOverride.%d.", i)
			identifier := fmt.Sprint(cloudtest.At(t, asked, at+"artifactIdentifier"))
			got = append(got, identifier)
			for path, want := range map[string]any{"path": "release/" + c.outputs[0] + "/KEY", "name": "artifact_" + identifier, "namespaceType": "BUILD_ID", "type": "S3"} {
				if got := cloudtest.At(t, asked, at+path); got != want {
					t.Errorf("%v: %s%s is %v, want %v", c.outputs, at, path, got, want)
				}
			}
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%v (-want +got):\n%s", c.outputs, diff)
		}
		if got := cloudtest.At(t, asked, "artifactsOverride.name"); got != "artifact" {
			t.Errorf("%v: the primary artifact is %v", c.outputs, got)
		}
	}
}

func commandsBuild() codebuild.Build {
	b := aBuild("Out-Put")
	b.Project, b.Container = "", map[string]string{"ComputeType": "BUILD_GENERAL1_LARGE"}
	b.Buildspec = &buildspec.Buildspec{
		Env:                buildspec.Env{ExportedVariables: []buildspec.Text{{Value: "VERSION"}}},
		Phases:             []buildspec.Phase{{Name: buildspec.Build, Commands: []buildspec.Text{{Value: `echo "a: b" # c`}}}},
		SecondaryArtifacts: []buildspec.Artifact{{Identifier: "Out-Put", Files: []buildspec.Text{{Value: "**/*"}}}},
	}
	return b
}

// What CodeBuild gets is a buildspec that reads as what was meant.
func TestStartBuildOfCommands(t *testing.T) {
	asked := startOf(t, "StartBuild", commandsBuild())
	for path, want := range map[string]any{
		"projectName": "penstock-commands", "serviceRoleOverride": "build", "computeTypeOverride": "BUILD_GENERAL1_LARGE", "timeoutInMinutesOverride": 55.0,
		"artifactsOverride.type": "NO_ARTIFACTS", "secondaryArtifactsOverride.0.artifactIdentifier": "Out_Put",
	} {
		if got := cloudtest.At(t, asked, path); got != want {
			t.Errorf("%s = %v, want %v", path, got, want)
		}
	}
	text, _ := asked["buildspecOverride"].(string)
	spec, diagnostics := buildspec.Parse("buildspec", []byte(text))
	if diagnostics.HasErrors() {
		t.Fatalf("%s: %v", text, diagnostics)
	}
	a, found := spec.ArtifactFor("Out_Put", 1)
	if !found || a.Files[0].Value != "**/*" || spec.Phases[0].Commands[0].Value != `echo "a: b" # c` || spec.Env.ExportedVariables[0].Value != "VERSION" {
		t.Errorf("%s reads as %+v", text, spec)
	}
	b := commandsBuild()
	b.Container["VpcId"] = "vpc-1"
	if _, err := buildsAt(&cloudtest.Answers{}, begun).StartBuild(t.Context(), b); err == nil || !strings.Contains(err.Error(), `VpcId is "vpc-1"`) {
		t.Errorf("in a VPC: %v", err)
	}
}

// After the life of the token a build is looked for before another one is started, as far back as there may be one.
func TestLostStartOfABuild(t *testing.T) {
	build := func(id, mark string, after time.Duration) map[string]any {
		return map[string]any{"id": id, "startTime": begun.Add(after).Unix(), "environment": map[string]any{
			"environmentVariables": []any{map[string]any{"name": buildMark, "value": mark}},
		}}
	}
	for name, c := range map[string]struct {
		now   time.Time
		batch bool
		there []any
		want  string
		calls []string
	}{
		"token known": {begun.Add(tokenLife - time.Second), false, nil, "new", []string{"StartBuild"}},
		"found": {
			begun.Add(tokenLife), false,
			[]any{build("b:2", "other", time.Minute), build("b:1", "token", 0)},
			"b:1",
			[]string{"ListBuildsForProject", "BatchGetBuilds"},
		},
		"older builds are not of this action": {
			begun.Add(time.Hour), false,
			[]any{build("b:0", "other", -time.Hour)},
			"new",
			[]string{"ListBuildsForProject", "BatchGetBuilds", "StartBuild"},
		},
		"on the next page": {
			begun.Add(time.Hour), false,
			[]any{build("b:3", "other", time.Minute)},
			"new",
			[]string{"ListBuildsForProject", "BatchGetBuilds", "ListBuildsForProject", "StartBuild"},
		},
		"batch": {
			begun.Add(time.Hour), true,
			[]any{build("b:1", "token", 0)},
			"b:1",
			[]string{"ListBuildBatchesForProject", "BatchGetBuildBatches"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			list := func(in map[string]any) any {
				if in["nextToken"] != nil {
					return map[string]any{"ids": []any{}}
				}
				return map[string]any{"ids": []any{"x"}, "nextToken": "more"}
			}
			there := func(member string) func(map[string]any) any {
				return func(map[string]any) any { return map[string]any{member: c.there} }
			}
			a := &cloudtest.Answers{JSON: map[string]func(map[string]any) any{
				"ListBuildsForProject": list, "ListBuildBatchesForProject": list, "BatchGetBuilds": there("builds"), "BatchGetBuildBatches": there("buildBatches"),
				"StartBuild": func(map[string]any) any { return map[string]any{"build": map[string]any{"id": "new"}} },
			}}
			b := aBuild("App")
			b.Batch = c.batch
			id, err := buildsAt(a, c.now).StartBuild(t.Context(), b)
			if err != nil || id != c.want {
				t.Errorf("StartBuild = %q, %v; want %q", id, err, c.want)
			}
			if diff := cmp.Diff(c.calls, a.Asked); diff != "" {
				t.Errorf("calls (-want +got):\n%s", diff)
			}
		})
	}
}

// content and its SHA-256.
const content, contentSHA256 = "content", "ed7002b439e9ac845f22357d822bac1444730fbdb6016d3ec9432297b9ec9f73"

func describing(build map[string]any) *cloudtest.Answers {
	return &cloudtest.Answers{Rest: cloudtest.Object(content, "v1"), JSON: map[string]func(map[string]any) any{ //nolint:bodyclose // whoever gets it closes it
		"BatchGetBuilds": func(map[string]any) any { return map[string]any{"builds": []any{build}} },
	}}
}

func TestDescribeBuild(t *testing.T) {
	build := map[string]any{
		"id": "app:1", "buildStatus": "SUCCEEDED", "startTime": begun.Unix(), "endTime": begun.Add(time.Minute).Unix(),
		"logs":                         map[string]any{"deepLink": "https://logs"},
		"exportedEnvironmentVariables": []any{map[string]any{"name": "VERSION", "value": "1.2"}, map[string]any{"name": "EMPTY", "value": ""}},
		"artifacts":                    map[string]any{"location": "arn:aws:s3:::store/release/App/KEY", "sha256sum": contentSHA256},
		"phases": []any{map[string]any{
			"phaseType": "BUILD", "phaseStatus": "SUCCEEDED", "startTime": begun.Unix(), "endTime": begun.Unix(), "contexts": []any{map[string]any{"statusCode": "", "message": ""}},
		}},
	}
	d, err := buildsAt(describing(build), begun).DescribeBuild(t.Context(), aBuild("App"), "app:1")
	if err != nil {
		t.Fatal(err)
	}
	want := codebuild.Description{
		ID: "app:1", Project: "app", Status: "SUCCEEDED", Start: d.Start, End: d.End, URL: "https://logs",
		Phases:            []codebuild.Phase{{Type: "BUILD", Status: "SUCCEEDED", Start: d.Start, End: d.Start}},
		ExportedVariables: map[string]string{"VERSION": "1.2"},
		Artifacts: map[string]artifact.Object{"App": {
			Location: artifact.Location{Bucket: "store", Key: "release/App/KEY", VersionID: "v1"}, SHA256: contentSHA256, Size: int64(len(content)),
		}},
	}
	if diff := cmp.Diff(want, d); diff != "" || !d.Start.Equal(begun) {
		t.Errorf("description (-want +got):\n%s", diff)
	}
}

func TestArtifactThatWasOverwritten(t *testing.T) {
	build := map[string]any{"id": "app:1", "buildStatus": "SUCCEEDED", "artifacts": map[string]any{"sha256sum": strings.Repeat("0", 64)}}
	_, err := buildsAt(describing(build), begun).DescribeBuild(t.Context(), aBuild("App"), "app:1")
	if err == nil || !strings.Contains(err.Error(), contentSHA256) || !strings.Contains(err.Error(), "it was overwritten since") {
		t.Errorf("error %v; want both digests", err)
	}
}

func TestArtifactThatIsMissing(t *testing.T) {
	a := describing(map[string]any{"id": "app:1", "buildStatus": "SUCCEEDED"})
	a.Rest = nil
	d, err := buildsAt(a, begun).DescribeBuild(t.Context(), aBuild("App"), "app:1")
	if err != nil || len(d.Artifacts) != 0 {
		t.Errorf("%v, %v", d.Artifacts, err)
	}
}

func TestFailureOfABuild(t *testing.T) {
	failed := func(status, code, message string) []any {
		return []any{
			map[string]any{"phaseType": "INSTALL", "phaseStatus": "SUCCEEDED", "contexts": []any{map[string]any{"message": ""}}},
			map[string]any{"phaseType": "BUILD", "phaseStatus": status, "contexts": []any{map[string]any{"statusCode": code, "message": message}}},
			map[string]any{"phaseType": "POST_BUILD", "phaseStatus": "FAILED", "contexts": []any{map[string]any{"message": "later"}}},
		}
	}
	for want, build := range map[string]map[string]any{
		"exit status 1 in BUILD: go test ./...": {"buildStatus": "FAILED", "phases": failed("FAILED", "COMMAND_EXECUTION_ERROR",
			"Error while executing command: go test ./.... Reason: exit status 1")},
		"BUILD: no matching artifact paths found": {"buildStatus": "FAILED", "phases": failed("FAILED", "CLIENT_ERROR", "no matching artifact paths found")},
		"BUILD: it timed out":                     {"buildStatus": "TIMED_OUT", "phases": failed("TIMED_OUT", "", "")},
		"it was stopped":                          {"buildStatus": "STOPPED"},
	} {
		build["id"] = "app:1"
		d, err := buildsAt(describing(build), begun).DescribeBuild(t.Context(), aBuild("App"), "app:1")
		if err != nil || d.Failure == nil || d.Failure.String() != want {
			t.Errorf("failure %v, %v; want %s", d.Failure, err, want)
		}
	}
}

// batchOf answers a batch of builds "one" and "two".
func batchOf(status string, builds ...map[string]any) *cloudtest.Answers {
	var groups []any
	for i, b := range builds {
		groups = append(groups, map[string]any{
			"identifier": []string{"one", "two"}[i], "currentBuildSummary": map[string]any{"arn": fmt.Sprintf("arn:aws:codebuild:eu-central-1:1:build/%s", b["id"])},
		})
	}
	return &cloudtest.Answers{Rest: cloudtest.Object(content, "v1"), JSON: map[string]func(map[string]any) any{ //nolint:bodyclose // whoever gets it closes it
		"BatchGetBuildBatches": func(map[string]any) any {
			return map[string]any{"buildBatches": []any{map[string]any{
				"id": "app:b", "buildBatchStatus": status, "buildGroups": groups, "artifacts": map[string]any{"location": "arn:aws:s3:::store/release/one/KEY/b/artifact"},
			}}}
		},
		"BatchGetBuilds": func(map[string]any) any { return map[string]any{"builds": builds} },
	}}
}

func TestDescribeBatch(t *testing.T) {
	one := map[string]any{
		"id": "app:1", "buildStatus": "SUCCEEDED", "artifacts": map[string]any{"location": "arn:aws:s3:::store/release/one/KEY/1/artifact"},
		"exportedEnvironmentVariables": []any{map[string]any{"name": "SAME", "value": "1"}, map[string]any{"name": "OTHER", "value": "1"}},
	}
	two := map[string]any{
		"id": "app:2", "buildStatus": "SUCCEEDED", "artifacts": map[string]any{"location": "arn:aws:s3:::store/release/one/KEY/2/artifact"},
		"exportedEnvironmentVariables": []any{map[string]any{"name": "SAME", "value": "1"}, map[string]any{"name": "OTHER", "value": "2"}},
	}
	b := aBuild("one", "two")
	b.Batch = true
	d, err := buildsAt(batchOf("SUCCEEDED", one, two), begun).DescribeBuild(t.Context(), b, "app:b")
	if err != nil || d.Builds != 2 || d.Artifacts["one"].Key != "release/one/KEY/1/artifact" || d.Artifacts["two"].Key != "release/one/KEY/2/artifact" {
		t.Errorf("%+v, %v", d, err)
	}
	if diff := cmp.Diff(map[string]string{"SAME": "1"}, d.ExportedVariables); diff != "" {
		t.Errorf("variables (-want +got):\n%s", diff)
	}
	b = aBuild("All")
	b.Batch, b.CombineArtifacts = true, true
	if d, err = buildsAt(batchOf("SUCCEEDED", one, two), begun).DescribeBuild(t.Context(), b, "app:b"); err != nil || d.Artifacts["All"].Key != "release/one/KEY/b/artifact" {
		t.Errorf("combined: %+v, %v", d.Artifacts, err)
	}
	one["buildStatus"], two["buildStatus"] = "FAILED", "FAILED"
	one["phases"] = []any{map[string]any{"phaseType": "BUILD", "phaseStatus": "FAILED", "contexts": []any{map[string]any{"message": "Error while executing command: false. Reason: exit status 1"}}}}
	d, err = buildsAt(batchOf("FAILED", one, two), begun).DescribeBuild(t.Context(), b, "app:b")
	if want := "build one: exit status 1 in BUILD: false (and 1 more build failed)"; err != nil || d.Failure == nil || d.Failure.String() != want {
		t.Errorf("failure %v, %v; want %s", d.Failure, err, want)
	}
}

func TestDescribeBatchWithSecondaryArtifacts(t *testing.T) {
	one := map[string]any{
		"id": "app:1", "buildStatus": "SUCCEEDED", "artifacts": map[string]any{"location": "arn:aws:s3:::store/release/one/KEY/1/artifact"},
		"secondaryArtifacts": []any{map[string]any{"artifactIdentifier": "docs", "location": "arn:aws:s3:::store/release/one/KEY/1/artifact_docs"}},
	}
	b := aBuild("one", "one_docs")
	b.Batch = true
	d, err := buildsAt(batchOf("SUCCEEDED", one), begun).DescribeBuild(t.Context(), b, "app:b")
	if err != nil || d.Artifacts["one"].Key != "release/one/KEY/1/artifact" || d.Artifacts["one_docs"].Key != "release/one/KEY/1/artifact_docs" {
		t.Errorf("%+v, %v", d.Artifacts, err)
	}
	delete(one, "secondaryArtifacts")
	b.Outputs = []codebuild.Output{output("one_docs")}
	_, err = buildsAt(batchOf("SUCCEEDED", one), begun).DescribeBuild(t.Context(), b, "app:b")
	var failure *action.Failure
	if !errors.As(err, &failure) || failure.Code != action.ConfigurationError || !strings.Contains(failure.Message, `add an output artifact "one"`) {
		t.Errorf("without the primary artifact: %v", err)
	}
}

func TestUnknownBuild(t *testing.T) {
	none := func(member string) func(map[string]any) any {
		return func(map[string]any) any { return map[string]any{member + "NotFound": []any{"app:1"}} }
	}
	missing := func(map[string]any) any { return cloudtest.Refuse(400, "ResourceNotFoundException", "no") }
	a := &cloudtest.Answers{JSON: map[string]func(map[string]any) any{
		"BatchGetBuilds": none("builds"), "BatchGetBuildBatches": none("buildBatches"), "StopBuild": missing, "StopBuildBatch": missing,
	}}
	for _, batch := range []bool{false, true} {
		b := aBuild()
		b.Batch = batch
		_, describeErr := buildsAt(a, begun).DescribeBuild(t.Context(), b, "app:1")
		for name, err := range map[string]error{"DescribeBuild": describeErr, "StopBuild": buildsAt(a, begun).StopBuild(t.Context(), b, "app:1")} {
			var unknown *codebuild.NotFoundError
			if !errors.As(err, &unknown) {
				t.Errorf("%s, batch %t: %v", name, batch, err)
			}
		}
	}
}

// A cloudtest.Refusal tells what was called, who called, and what is missing.
func TestRefusedBuilds(t *testing.T) {
	denied := func(action string) func(map[string]any) any {
		return func(map[string]any) any {
			return cloudtest.Refuse(400, "AccessDeniedException", "User: arn:aws:sts::1:assumed-role/r/s is not authorized to perform: codebuild:"+action+" on resource: arn:aws:codebuild:::project/app because no policy allows it")
		}
	}
	a := &cloudtest.Answers{JSON: map[string]func(map[string]any) any{"StartBuild": denied("StartBuild")}}
	_, err := buildsAt(a, begun).StartBuild(t.Context(), aBuild())
	want := "start a build of project app: arn:aws:sts::1:assumed-role/r/s needs codebuild:StartBuild on arn:aws:codebuild:::project/app"
	if execution.CodeOf(err) != execution.NotAllowed || !strings.HasPrefix(err.Error(), want) {
		t.Errorf("error %v; want %s", err, want)
	}
	a.JSON["StartBuild"] = func(map[string]any) any {
		return cloudtest.Refuse(400, "AccountLimitExceededException", "Cannot have more than 1 builds in queue")
	}
	if _, err := buildsAt(a, begun).StartBuild(t.Context(), aBuild()); execution.CodeOf(err) != execution.Throttled || slices.Contains(a.Asked, "BatchGetBuilds") {
		t.Errorf("error %v; want code %s", err, execution.Throttled)
	}
}

// What the provider tells of a call that failed names the build once.
func TestFailedCallsNameTheBuildOnce(t *testing.T) {
	denied := func(map[string]any) any { return cloudtest.Refuse(400, "AccessDeniedException", "no") }
	a := &cloudtest.Answers{JSON: map[string]func(map[string]any) any{
		"BatchGetBuilds": denied, "BatchGetBuildBatches": denied, "StopBuild": denied, "StopBuildBatch": denied,
	}}
	p := codebuild.NewProvider(buildsAt(a, begun))
	for _, batch := range []string{"false", "true"} {
		source := inputOf("Source")
		r := action.Request{Configuration: map[string]string{"ProjectName": "app", "BatchEnabled": batch}, Inputs: []action.Input{{Name: source.Name, Object: source.Object}}}
		_, err := p.Describe(t.Context(), r, "app:1")
		for name, err := range map[string]error{"Describe": err, "Stop": p.Stop(t.Context(), r, "app:1")} {
			if err == nil || strings.Count(err.Error(), "app:1") != 1 || execution.CodeOf(err) != execution.NotAllowed {
				t.Errorf("%s, batch %s: %v", name, batch, err)
			}
		}
	}
}
