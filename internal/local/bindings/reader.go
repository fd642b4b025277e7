package bindings

import (
	"os"
	"strings"
	"time"

	"github.com/penstock-ci/penstock/internal/diag"
)

// reader fills Bindings from the document and collects what is wrong.
type reader struct {
	bindings *Bindings
	list     diag.List
}

func (r *reader) read(source []byte) {
	root, problem := parse(r.bindings.file, source)
	if problem != nil {
		r.bindings.unreadable = true
		r.list.Add(*problem)
		return
	}
	r.fields(root, "the file", map[string]func(text, value){
		"sources":       r.section(r.source),
		"projects":      r.section(r.project),
		"parameters":    r.section(r.parameter),
		"secrets":       r.section(r.secret),
		"functions":     r.section(r.function),
		"stateMachines": r.section(r.stateMachine),
		"mocks":         r.section(r.mock),
	})
}

// fields reads a mapping whose keys are known.
func (r *reader) fields(v value, of string, known map[string]func(text, value)) {
	for _, e := range r.entries(v, of) {
		read, ok := known[e.key.value]
		if !ok {
			r.list.Add(unknownKey(e.key, of, known))
			continue
		}
		if e.value.kind != null {
			read(e.key, e.value)
		}
	}
}

// section reads a mapping whose keys are names.
func (r *reader) section(one func(text, value)) func(text, value) {
	return func(name text, v value) {
		for _, e := range r.entries(v, quote(name.value)) {
			one(e.key, e.value)
		}
	}
}

// entries are those of a mapping, each key once. Nothing at all is an empty mapping.
func (r *reader) entries(v value, of string) []entry {
	if v.kind != mapping {
		if v.kind != null {
			r.list.Add(wrongKind(v.at, of, "a mapping"))
		}
		return nil
	}
	first := map[string]diag.Range{}
	var once []entry
	for _, e := range v.entries {
		if at, twice := first[e.key.value]; twice {
			r.list.Add(duplicateKey(e.key, at))
			continue
		}
		first[e.key.value] = e.key.at
		once = append(once, e)
	}
	return once
}

func (r *reader) project(key text, v value) {
	p := Project{Environment: map[string]string{}}
	r.fields(v, "a project", map[string]func(text, value){
		"buildspec":      func(k text, v value) { p.Buildspec = r.scalar(k, v) },
		"environment":    r.section(func(k text, v value) { p.Environment[k.value] = r.scalar(k, v) }),
		"timeout":        func(k text, v value) { p.Timeout = r.duration(k, v) },
		"awsCredentials": func(k text, v value) { p.AWSCredentials = r.flag(k, v) },
	})
	r.bindings.Projects[key.value] = p
	r.bindings.keys["project "+key.value] = key.at
}

func (r *reader) parameter(key text, v value) {
	r.bindings.Parameters[key.value] = r.scalar(key, v)
}

func (r *reader) secret(key text, v value) {
	var s secret
	given := 0
	r.fields(v, "a secret", map[string]func(text, value){
		"file":  func(k text, v value) { given++; s.path = r.bindings.resolve(r.path(k, v).value) },
		"value": func(k text, v value) { given++; s.value = r.scalar(k, v) },
	})
	if given != 1 {
		r.list.Add(oneOfFileAndValue(key))
	}
	r.bindings.secrets[key.value] = s
}

// scalar reads a text; a number or a boolean is the text that was written.
func (r *reader) scalar(key text, v value) string {
	if v.kind != scalar {
		r.list.Add(wrongKind(v.at, quote(key.value), "a string"))
	}
	return v.text
}

// path reads the path of something that must exist.
func (r *reader) path(key text, v value) text {
	name := text{value: r.scalar(key, v), at: v.at}
	if name.value == "" {
		return name
	}
	if strings.HasPrefix(name.value, "~") {
		r.list.Add(homePath(name))
		return name
	}
	if _, err := os.Stat(r.bindings.resolve(name.value)); err != nil {
		r.list.Add(missingPath(name, r.bindings.resolve(name.value), err))
	}
	return name
}

// flag reads true or false.
func (r *reader) flag(key text, v value) bool {
	written := r.scalar(key, v)
	if v.kind == scalar && written != "true" && written != "false" {
		r.list.Add(wrongFlag(key, text{value: written, at: v.at}))
	}
	return written == "true"
}

func (r *reader) duration(key text, v value) time.Duration {
	written := r.scalar(key, v)
	d, err := time.ParseDuration(written)
	if v.kind == scalar && (err != nil || d <= 0) {
		r.list.Add(invalidTimeout(text{value: written, at: v.at}))
		return 0
	}
	return d
}
