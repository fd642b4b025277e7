package main

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/penstock-ci/penstock/internal/local"
)

// copyExample copies the example, without what its runs left beside it. Its builds share one Go build cache below the
// project's own folder: each state directory would begin with an empty one.
func copyExample(to string) error {
	from := os.DirFS(filepath.Join("..", "..", "examples", "go-service"))
	if err := fs.WalkDir(from, ".", func(name string, d fs.DirEntry, err error) error {
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
	}); err != nil {
		return err
	}
	return shareBuildCache(filepath.Join(to, "penstock.local.yaml"))
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
