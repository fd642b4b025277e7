package bindings

import (
	"time"

	"github.com/penstock-ci/penstock/internal/action"
	"github.com/penstock-ci/penstock/internal/diag"
)

// Mock stands for an action of any type: nothing of the action runs, and this is what came of it.
type Mock struct {
	// Failed is outcome: Failed, or an error without an outcome; then Code and Message say why, and Variables and Artifacts have no part.
	Failed        bool
	Code, Message string
	Variables     map[string]string
	// Artifacts are the paths of output artifacts by name: a folder, a zip that is the artifact, or any other file.
	Artifacts map[string]string
	// Delay is how long the action takes, from its start on.
	Delay   time.Duration
	Summary string
}

// Asked is a mock that a flag of the command line asks for: the key of the action, and whether it fails.
type Asked struct {
	Key    string `json:"key"`
	Failed bool   `json:"failed"`
}

// The outcomes of a mock.
const (
	Succeeded = "Succeeded"
	Failed    = "Failed"
)

// mockFailure is what a mocked failure says where nothing else is written.
const mockFailure = "the mock says so"

// Mock has a mock stand for an action, "Stage/Action", as a flag of the command line asks for: with what the file has for
// it, but for the outcome.
func (b *Bindings) Mock(key string, failed bool) {
	b.Asked = append(b.Asked, Asked{key, failed})
	m, written := b.Mocks[key]
	m.Failed = failed
	b.Mocks[key] = m.complete()
	if !written {
		b.keys["mock "+key] = diag.Range{}
	}
}

// Mocked says whether a mock stands for an action.
func (b *Bindings) Mocked(stage, name string) bool {
	_, mocked := b.Mocks[stage+"/"+name]
	return mocked
}

func (m Mock) complete() Mock {
	if m.Failed && m.Code == "" {
		m.Code = action.JobFailed
	}
	if m.Failed && m.Message == "" {
		m.Message = mockFailure
	}
	return m
}

// failureCodes are what a failed action of CodePipeline may have as its code.
var failureCodes = []string{
	action.JobFailed, action.ConfigurationError, action.PermissionError, action.RevisionOutOfSync,
	action.RevisionUnavailable, action.SystemUnavailable,
}

func (r *reader) mock(key text, v value) {
	m := Mock{Variables: map[string]string{}, Artifacts: map[string]string{}}
	var failure text
	outcome := ""
	r.fields(v, "a mock", map[string]func(text, value){
		"outcome":   func(k text, v value) { outcome = r.choice(k, v, []string{Succeeded, Failed}) },
		"variables": r.section(func(k text, v value) { m.Variables[k.value] = r.scalar(k, v) }),
		"artifacts": r.section(func(k text, v value) {
			m.Artifacts[k.value] = r.bindings.resolve(r.path(k, v).value)
			r.bindings.keys["mock "+key.value+" artifact "+k.value] = k.at
		}),
		"delay":   func(k text, v value) { m.Delay = r.pause(k, v) },
		"summary": func(k text, v value) { m.Summary = r.scalar(k, v) },
		"error": func(k text, v value) {
			failure = k
			r.fields(v, "the error of a mock", map[string]func(text, value){
				"code":    func(k text, v value) { m.Code = r.choice(k, v, failureCodes) },
				"message": func(k text, v value) { m.Message = r.scalar(k, v) },
			})
		},
	})
	m.Failed = outcome == Failed || outcome == "" && failure.value != ""
	if failure.value != "" && !m.Failed {
		r.list.Add(errorOfSuccess(failure))
	}
	r.bindings.Mocks[key.value] = m.complete()
	r.bindings.keys["mock "+key.value] = key.at
}
