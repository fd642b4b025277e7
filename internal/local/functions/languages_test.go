package functions_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/penstock-ci/penstock/internal/local/functions"
	"github.com/penstock-ci/penstock/statemachines/engine/mototest"
)

// unpack writes the files of an archive of testdata.
func unpack(t *testing.T, name string) string {
	t.Helper()
	archive, err := txtar.ParseFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for _, f := range archive.Files {
		path := filepath.Join(dir, f.Name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, f.Data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestHandlers(t *testing.T) {
	dir := unpack(t, "handlers.txtar")
	for _, c := range []struct{ runtime, path, handler, want, err string }{
		{"python3.13", "python", "app.handler", `{"got": {"a": 1}, "name": "f", "time": true}`, ""},
		{"python3.13", "python/app.py", "in/deep.handler", `"deep"`, ""},
		{"python3.13", "python", "app.fails", "", "KeyError: 'b'"},
		{"python3.13", "python", "app.missing", "", "AttributeError: module 'app' has no attribute 'missing'"},
		{"python3.13", "python", "app.exits", "", "SystemExit: 4"},
		{"nodejs22.x", "node", "index.handler", `{"got":{"a":1},"name":"f","time":true}`, ""},
		{"nodejs22.x", "node", "index.nothing", `null`, ""},
		{"nodejs22.x", "node", "common.back", `"called back"`, ""},
		{"nodejs22.x", "node", "common.refuses", "", "RangeError: called back"},
		{"nodejs22.x", "node", "index.fails", "", "TypeError: not so"},
		{"nodejs22.x", "node", "index.missing", "", "index.mjs exports no function missing"},
		{"", "go", "", `{"a":1}`, ""},
	} {
		t.Run(c.path+"/"+c.handler, func(t *testing.T) {
			r := newRig(t)
			r.bound["f"] = functions.Function{Path: filepath.Join(dir, c.path), Runtime: c.runtime, Handler: c.handler}
			got, err := r.invoke(t, "f", `{"a":1}`)
			if c.err == "" && err != nil || c.err != "" && (err == nil || !strings.Contains(err.Error(), c.err)) {
				t.Errorf("the error is %v, want %s\nlog:\n%s", err, c.err, r.log.String())
			}
			if got != c.want {
				t.Errorf("it returned %q, want %q", got, c.want)
			}
		})
	}
}

// AWS's own SDK gets and stores the artifacts and gives the result of its job, without being told where.
func TestSDK(t *testing.T) {
	t.Setenv("PATH", filepath.Dir(mototest.Python(t))+string(os.PathListSeparator)+os.Getenv("PATH"))
	r := newRig(t)
	r.bound["sdk"] = functions.Function{Path: "testdata/sdk", Runtime: "python3.13", Handler: "app.handler"}
	result, err := r.RunJob(t.Context(), r.job(t, "sdk"), &r.log)
	if err != nil {
		t.Fatalf("%v\nlog:\n%s", err, r.log.String())
	}
	want := map[string]string{"read": "the input", "again": "InvalidJobStateException", "elsewhere": "NoSuchKey", "parameters": "p"}
	if diff := cmp.Diff(want, result.Variables); diff != "" || result.Summary != "by the SDK" {
		t.Errorf("summary %q, variables (-want +got):\n%s\nlog:\n%s", result.Summary, diff, r.log.String())
	}
	if one, two := result.Artifacts["One"], result.Artifacts["Two"]; one.Size != 9 || two.Size != 12<<20 {
		t.Errorf("stored %d and %d bytes, want 9 and 12 MiB", one.Size, two.Size)
	}
}

// A main package of Go is compiled once, and again only where that failed.
func TestCompiledOnce(t *testing.T) {
	dir := filepath.Join(unpack(t, "handlers.txtar"), "go")
	r := newRig(t)
	r.bound["f"], r.bound["g"] = functions.Function{Path: dir}, functions.Function{Path: dir}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := r.Invoke(ctx, "f", []byte("1"), &r.log); !errors.Is(err, context.Canceled) {
		t.Errorf("stopped before: %v", err)
	}
	for _, name := range []string{"f", "g", "f"} {
		if got, err := r.invoke(t, name, "1"); got != "1" || err != nil {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	if n := strings.Count(r.log.String(), "compiling "); n != 2 {
		t.Errorf("compiled %d times, want twice:\n%s", n, r.log.String())
	}
}

func TestPrograms(t *testing.T) {
	dir := t.TempDir()
	plain, broken := filepath.Join(dir, "plain"), filepath.Join(dir, "broken")
	if err := errors.Join(os.WriteFile(plain, []byte("x"), 0o600), os.Mkdir(broken, 0o700),
		os.WriteFile(filepath.Join(broken, "go.mod"), []byte("module example.com/broken\n"), 0o600),
		os.WriteFile(filepath.Join(broken, "main.go"), []byte("package main\n\nfunc main() { undefined() }\n"), 0o600)); err != nil {
		t.Fatal(err)
	}
	bootstrap := filepath.Join(dir, "custom")
	if err := errors.Join(os.Mkdir(bootstrap, 0o700), os.WriteFile(filepath.Join(bootstrap, "bootstrap"), []byte("#!/bin/sh\nexit 7\n"), 0o700)); err != nil { //nolint:gosec // a program
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		plain:     "plain is not executable: chmod +x it",
		dir:       "has neither an executable called bootstrap nor a main package of Go",
		broken:    "undefined: undefined",
		bootstrap: "exit status 7",
		"nowhere": "no such file",
	} {
		r := newRig(t)
		r.bound["f"] = functions.Function{Path: path}
		if _, err := r.invoke(t, "f", "{}"); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", path, err, want)
		}
	}
}
