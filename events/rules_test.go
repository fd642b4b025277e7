package events_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/penstock-ci/penstock/events"
	"github.com/penstock-ci/penstock/events/pattern"
)

// keys are those of the samples of a provider.
func keys(provider string) map[string]string {
	all := map[string]string{
		"AWS::Partition": "aws", "AWS::Region": "us-east-1", "AWS::AccountId": "123456789012",
		"BranchName": "main", "S3Bucket": "my-source-bucket", "S3ObjectKey": "source.zip", "ImageTag": "latest",
		"RuleName": "my-nightly-rule", "ProjectName": "my-project", "StackName": "my-stack",
		"StateMachineArn": "arn:aws:states:us-east-1:123456789012:stateMachine:my-state-machine",
		"RepositoryName":  "my-repository", "EventSource": events.Source, "PipelineName": "my-pipeline",
	}
	if provider == "ECR" {
		all["RepositoryName"] = "my-image"
	}
	return all
}

func samples(t *testing.T) map[string][]byte {
	t.Helper()
	files, err := filepath.Glob("testdata/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("no samples: %v", err)
	}
	all := map[string][]byte{}
	for _, file := range files {
		if all[strings.TrimSuffix(filepath.Base(file), ".json")], err = os.ReadFile(file); err != nil {
			t.Fatal(err)
		}
	}
	return all
}

func compile(t *testing.T, rule events.Rule) *pattern.Pattern {
	t.Helper()
	source, err := rule.EventPattern(keys(rule.Provider))
	if err != nil {
		t.Fatal(err)
	}
	p, problems := pattern.Compile(rule.Name, source)
	if problems != nil {
		t.Fatalf("%s: %v", source, problems)
	}
	return p
}

func TestRules(t *testing.T) {
	all := samples(t)
	named := map[string]bool{}
	for _, rule := range events.Rules() {
		p := compile(t, rule)
		for name, event := range all {
			yes, err := p.Match(event)
			if err != nil {
				t.Fatal(err)
			}
			if want := slices.Contains(rule.Samples, name); yes != want {
				t.Errorf("rule %s matches %s: %t, want %t", rule.Name, name, yes, want)
			}
		}
		for _, name := range rule.Samples {
			named[name] = true
			if all[name] == nil {
				t.Errorf("rule %s: there is no sample %s", rule.Name, name)
			}
		}
	}
	for name := range all {
		if !named[name] {
			t.Errorf("no rule matches sample %s", name)
		}
	}
}

// TestRulesNeedEveryField takes from each sample what a field of the pattern is about: nothing in a pattern is idle.
func TestRulesNeedEveryField(t *testing.T) {
	all := samples(t)
	for _, rule := range events.Rules() {
		p := compile(t, rule)
		for _, path := range paths(rule.Pattern, nil) {
			for _, name := range rule.Samples {
				if yes, err := p.Match(without(t, all[name], path)); yes || err != nil {
					t.Errorf("rule %s matches %s without %s: %v", rule.Name, name, strings.Join(path, "."), err)
				}
			}
		}
	}
}

// paths are those of the pattern's fields.
func paths(fields events.Fields, above []string) [][]string {
	var all [][]string
	for name, member := range fields {
		path := append(slices.Clone(above), name)
		if inner, is := member.(events.Fields); is {
			all = append(all, paths(inner, path)...)
		} else {
			all = append(all, path)
		}
	}
	return all
}

func without(t *testing.T, event []byte, path []string) []byte {
	t.Helper()
	var whole map[string]any
	if err := json.Unmarshal(event, &whole); err != nil {
		t.Fatal(err)
	}
	object := whole
	for _, name := range path[:len(path)-1] {
		object, _ = object[name].(map[string]any)
	}
	if _, there := object[path[len(path)-1]]; !there {
		t.Fatalf("no %s in %s", strings.Join(path, "."), event)
	}
	delete(object, path[len(path)-1])
	left, err := json.Marshal(whole)
	if err != nil {
		t.Fatal(err)
	}
	return left
}

// TestSamples holds that every sample is an envelope, whole and with nothing else.
func TestSamples(t *testing.T) {
	for name, event := range samples(t) {
		decoder := json.NewDecoder(bytes.NewReader(event))
		decoder.DisallowUnknownFields()
		var e events.Envelope
		if err := decoder.Decode(&e); err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if e.Version != "0" || e.ID == "" || e.Account != "123456789012" || e.Region != "us-east-1" || e.Time.IsZero() ||
			e.Resources == nil || !bytes.HasPrefix(e.Detail, []byte("{")) || !strings.HasPrefix(e.Source, "aws.") && e.Source != events.Source {
			t.Errorf("%s is not a whole envelope: %+v", name, e)
		}
	}
}

func TestEventPatternNamesMissingKeys(t *testing.T) {
	_, err := events.Rules()[0].EventPattern(map[string]string{"BranchName": "main", "AWS::Partition": "aws"})
	const want = "event pattern of rule codecommit: no value of AWS::AccountId, AWS::Region, RepositoryName"
	if err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}
