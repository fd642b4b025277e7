package cloudtest

import (
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/penstock-ci/penstock/statemachines/engine/mototest"
)

// models are AWS's models of the services whose members are declared here, by the SDK's names of the services.
var models = map[string]string{
	"CloudFormation":  "cloudformation/2010-05-15",
	"CodeBuild":       "codebuild/2016-10-06",
	"DynamoDB":        "dynamodb/2012-08-10",
	"ECR":             "ecr/2015-09-21",
	"EventBridge":     "events/2015-10-07",
	"KMS":             "kms/2014-11-01",
	"SFN":             "stepfunctions/2016-11-23",
	"SNS":             "sns/2010-03-31",
	"STS":             "sts/2011-06-15",
	"Secrets Manager": "secretsmanager/2017-10-17",
}

// model is what AWS says of a service's API: how it is called, and what its operations take and answer.
type model struct {
	Metadata struct {
		EndpointPrefix, SigningName, TargetPrefix, JSONVersion, APIVersion string
	}
	Operations map[string]struct{ Input, Output struct{ Shape string } }
	Shapes     map[string]shape
}

type shape struct {
	Type     string
	Enum     []string
	Min, Max *float64 // of a text, in characters
	Required []string
	Members  map[string]reference
	Member   reference // of a list
	Value    reference // of a map
}

type reference struct{ Shape, LocationName string }

var (
	loading sync.Mutex
	loaded  = map[string]*model{}
)

// modelOf is the model of a service, which is read once.
func modelOf(serviceID string) (*model, error) {
	loading.Lock()
	defer loading.Unlock()
	if m := loaded[serviceID]; m != nil {
		return m, nil
	}
	at, known := models[serviceID]
	if !known {
		return nil, fmt.Errorf("no model of %q is named in cloudtest", serviceID)
	}
	folder, err := mototest.Models(context.Background())
	if err != nil {
		return nil, err
	}
	file, err := os.Open(filepath.Join(folder, filepath.FromSlash(at), "service-2.json.gz"))
	if err != nil {
		return nil, err
	}
	defer file.Close()
	text, err := gzip.NewReader(file)
	if err != nil {
		return nil, err
	}
	m := &model{}
	if err := json.NewDecoder(text).Decode(m); err != nil {
		return nil, fmt.Errorf("model %s: %w", at, err)
	}
	loaded[serviceID] = m
	return m, nil
}

// kinds are the JSON values that the types of a model are written as.
var kinds = map[string]func(any) bool{
	"string":    isA[string],
	"blob":      isA[string],
	"character": isA[string],
	"boolean":   isA[bool],
	"integer":   isA[float64],
	"long":      isA[float64],
	"float":     isA[float64],
	"double":    isA[float64],
	"timestamp": isA[float64],
	"structure": isA[map[string]any],
	"map":       isA[map[string]any],
	"list":      isA[[]any],
}

func isA[T any](v any) bool { _, is := v.(T); return is }

// check says what is not as a shape has it, in a value from JSON. Whole is what has all that is required; an answer of a test
// has what is read of it.
func (m *model) check(name, at string, value any, whole bool) []string {
	s := m.Shapes[name]
	if value == nil && !whole {
		return nil
	}
	if is := kinds[s.Type]; is == nil || !is(value) {
		return []string{fmt.Sprintf("%s is %v, want a %s", at, value, s.Type)}
	}
	var wrong []string
	switch v := value.(type) {
	case string:
		wrong = s.checkText(at, v)
	case []any:
		for i, one := range v {
			wrong = append(wrong, m.check(s.Member.Shape, at+"."+strconv.Itoa(i), one, whole)...)
		}
	case map[string]any:
		for _, required := range s.Required {
			if _, is := v[required]; whole && !is {
				wrong = append(wrong, fmt.Sprintf("%s has no %s", at, required))
			}
		}
		for key, one := range v {
			of := s.Value
			if s.Type == "structure" {
				of = s.Members[key]
			}
			if of.Shape == "" {
				wrong = append(wrong, fmt.Sprintf("%s has no member %q", at, key))
				continue
			}
			wrong = append(wrong, m.check(of.Shape, at+"."+key, one, whole)...)
		}
	}
	return wrong
}

// checkText says how a text is none of the values that there are, or too long or too short.
func (s shape) checkText(at, text string) []string {
	n := float64(utf8.RuneCountInString(text))
	switch {
	case len(s.Enum) > 0 && !slices.Contains(s.Enum, text):
		return []string{fmt.Sprintf("%s is %q, want one of %s", at, text, strings.Join(s.Enum, ", "))}
	case s.Type == "string" && (s.Min != nil && n < *s.Min || s.Max != nil && n > *s.Max):
		return []string{fmt.Sprintf("%s has %v characters: %q", at, n, text)}
	}
	return nil
}

// checkForm says what is not as a shape has it, in a form of awsQuery.
func (m *model) checkForm(name string, form url.Values) []string {
	var wrong []string
	for key, values := range form {
		if key == "Action" || key == "Version" {
			continue
		}
		s := m.scalar(name, strings.Split(key, "."))
		if s.Type == "" {
			wrong = append(wrong, fmt.Sprintf("%s has no member %q", name, key))
		}
		wrong = append(wrong, s.checkText(name+"."+key, values[0])...)
	}
	for _, required := range m.Shapes[name].Required {
		if !slices.ContainsFunc(slices.Collect(maps.Keys(form)), func(key string) bool { return key == required || strings.HasPrefix(key, required+".") }) {
			wrong = append(wrong, fmt.Sprintf("%s has no %s", name, required))
		}
	}
	return wrong
}

// scalar is the shape of the value to which a path leads from another; one without a type where it leads to none.
func (m *model) scalar(name string, path []string) shape {
	s := m.Shapes[name]
	switch {
	case s.Type == "structure" && len(path) > 0:
		return m.scalar(s.Members[path[0]].Shape, path[1:])
	case s.Type == "list" && len(path) > 1:
		if _, err := strconv.ParseUint(path[1], 10, 16); err == nil && path[0] == "member" {
			return m.scalar(s.Member.Shape, path[2:])
		}
	case s.Type != "structure" && s.Type != "list" && len(path) == 0:
		return s
	}
	return shape{}
}
