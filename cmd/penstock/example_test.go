package main

import (
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/penstock-ci/penstock/internal/local"
)

// copyExample copies the example of a Go service. Its builds share one Go build cache below the project's own folder:
// each state directory would begin with an empty one.
func copyExample(to string) error {
	if err := copyFolder(filepath.Join("..", "..", "examples", "go-service"), to); err != nil {
		return err
	}
	return shareBuildCache(filepath.Join(to, "penstock.local.yaml"))
}

// copyFolder copies an example, without what its runs left beside it.
func copyFolder(dir, to string) error {
	from := os.DirFS(dir)
	return fs.WalkDir(from, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.Name() == local.StateDirectory:
			return fs.SkipDir
		case d.IsDir():
			return os.MkdirAll(filepath.Join(to, name), 0o755)
		}
		text, err := fs.ReadFile(from, name)
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(to, name), text, 0o644)
	})
}

// TestExamples wants every example to be right for this machine, laid out, and to be the same pipeline in a template.
func TestExamples(t *testing.T) {
	all, err := filepath.Glob(filepath.Join("..", "..", "examples", "*", "pipeline.yaml"))
	if err != nil || len(all) < 3 {
		t.Fatalf("%d examples, error %v", len(all), err)
	}
	for _, file := range all {
		for _, args := range [][]string{{"check", "--for", "local", file}, {"fmt", "--check", file}, {"convert", file, "--to", "cloudformation"}} {
			if out, err := exec.Command("penstock", args...).CombinedOutput(); err != nil {
				t.Errorf("penstock %s: %v\n%s", strings.Join(args, " "), err, out)
			}
		}
	}
}

func shareBuildCache(bindings string) error {
	cache, err := filepath.Abs(filepath.Join("..", "..", ".cache", "example"))
	if err != nil {
		return err
	}
	text, err := os.ReadFile(bindings)
	if err != nil {
		return err
	}
	const projects = 2
	if n := strings.Count(string(text), "    buildspec:"); n != projects {
		return fmt.Errorf("%s has %d projects with a buildspec, want %d", bindings, n, projects)
	}
	shared := strings.ReplaceAll(string(text), "    buildspec:", fmt.Sprintf("    environment: {GOCACHE: %q}\n    buildspec:", cache))
	return os.WriteFile(bindings, []byte(shared), 0o644)
}
