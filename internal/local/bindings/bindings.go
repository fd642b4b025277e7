// Package bindings reads penstock.local.yaml: what this machine stands in for when a definition runs here. In go the
// file and the definition, out come the bindings and diagnostics about both. It fetches and runs nothing; what is
// bound is given to the adapters by whoever wires them.
package bindings

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/penstock-ci/penstock/internal/diag"
)

// FileName is the name of the file, beside the definition.
const FileName = "penstock.local.yaml"

// Bindings is what a penstock.local.yaml says. The zero Bindings binds nothing.
type Bindings struct {
	// Sources are keyed by "Stage/Action", Projects by the project's name.
	Sources  map[string]Source
	Projects map[string]Project
	// Functions are keyed by the function's name, StateMachines by their name or ARN, Mocks by "Stage/Action".
	Functions     map[string]Function
	StateMachines map[string]StateMachine
	Mocks         map[string]Mock
	// Parameters are the values of parameter-store by name.
	Parameters map[string]string
	// Deployed says whether a deployment on this machine has put an object: an S3 source of one needs no binding. Nil is
	// that there are none.
	Deployed func(bucket, key string) bool
	// WrongRevision says what is wrong with the revision of a source by its key, empty where nothing is. Nil is that this is
	// seen when the source is fetched.
	WrongRevision func(key string) string

	// Asked are the mocks that are not of the file, in order.
	Asked []Asked

	secrets map[string]secret
	file    string
	source  []byte
	// keys are the places of keys, each behind the kind of its section, for Check.
	keys map[string]diag.Range
	// unreadable says that the file is no YAML: then nothing can be said about what it lacks.
	unreadable bool
	// machines are the texts of the definitions of state machines, by path, once they were checked.
	machines map[string][]byte
}

// Source stands for the source of one action: either what lies at Path, or an image. Path is a folder, git repository
// or file, absolute or relative to the working directory; Revision is empty where the path is taken as it lies there.
// Image is the name of an ECR image, Digest its digest, "sha256:" and 64 hexadecimal digits, and URI where it is pulled
// from; empty is a registry of this machine's account.
type Source struct{ Path, Revision, Image, Digest, URI string }

// Project stands for a CodeBuild project.
type Project struct {
	// Buildspec is the path of the buildspec in the primary source; empty is CodeBuild's default.
	Buildspec   string
	Environment map[string]string
	// Timeout of a build; zero where the file has none.
	Timeout time.Duration
	// AWSCredentials gives the builds of the project the AWS credentials of who runs them.
	AWSCredentials bool
}

type secret struct{ value, path string }

// Read loads the file of that name. One that does not exist binds nothing and is no error: a definition may need
// nothing.
func Read(file string) (*Bindings, diag.List, error) {
	source, err := os.ReadFile(file)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, nil, fmt.Errorf("read bindings: %w", err)
	}
	b, list := Load(file, source)
	return b, list, nil
}

// Load reads the source of a file and reports all that is wrong with it. Paths in it are relative to the file's
// folder. What was understood is returned in any case.
func Load(file string, source []byte) (*Bindings, diag.List) {
	b := &Bindings{
		Sources: map[string]Source{}, Projects: map[string]Project{}, Parameters: map[string]string{},
		Functions: map[string]Function{}, StateMachines: map[string]StateMachine{}, Mocks: map[string]Mock{},
		secrets: map[string]secret{}, file: file, source: source, keys: map[string]diag.Range{},
		machines: map[string][]byte{},
	}
	r := &reader{bindings: b}
	r.read(source)
	return b, r.list.Sorted()
}

// Source is the text of a file that diagnostics are about, for their excerpts: the file of the bindings, or a definition of
// a state machine that is bound. Nil is any other.
func (b *Bindings) Source(file string) []byte {
	if file == b.file {
		return b.source
	}
	return b.machines[file]
}

// File is the name of the file, as it was given.
func (b *Bindings) File() string { return b.file }

// Secret is the value of a secret by name. A file is read anew each time, without the line end at its end.
func (b *Bindings) Secret(name string) (value string, bound bool, err error) {
	s, bound := b.secrets[name]
	if !bound || s.path == "" {
		return s.value, bound, nil
	}
	content, err := os.ReadFile(s.path)
	if err != nil {
		return "", true, fmt.Errorf("read secret %s: %w", name, err)
	}
	value = strings.TrimSuffix(string(content), "\n")
	return strings.TrimSuffix(value, "\r"), true, nil
}

// SecretValues are the values of all secrets, for those who mask them; of one that is an object of JSON the texts in it too,
// which are read one by one.
func (b *Bindings) SecretValues() ([]string, error) {
	var values []string
	for _, name := range slices.Sorted(maps.Keys(b.secrets)) {
		value, _, err := b.Secret(name)
		if err != nil {
			return nil, err
		}
		values = append(append(values, value), membersOf(value)...)
	}
	return values, nil
}

// membersOf are the texts in an object of JSON.
func membersOf(value string) (texts []string) {
	var object map[string]any
	if json.Unmarshal([]byte(value), &object) != nil {
		return texts
	}
	for _, key := range slices.Sorted(maps.Keys(object)) {
		if text, ok := object[key].(string); ok {
			texts = append(texts, text)
		}
	}
	return texts
}

// resolve makes a path of the file one of the working directory.
func (b *Bindings) resolve(path string) string {
	if filepath.IsAbs(path) {
		return filepath.Clean(path)
	}
	return filepath.Join(filepath.Dir(b.file), filepath.FromSlash(path))
}
