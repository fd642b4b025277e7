package sources_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/penstock-ci/penstock/internal/action/source"
	"github.com/penstock-ci/penstock/internal/action/source/sourcestest"
	"github.com/penstock-ci/penstock/internal/local/sources"
)

// contracted is a bound repository for the contract.
type contracted struct {
	*checkout
	revision string
}

func (c contracted) Sources() source.Sources {
	return sources.New(map[string]sources.Binding{"Source/Checkout": {Path: c.dir, Revision: c.revision}}, nil)
}

func (c contracted) Request() source.Request {
	return source.Request{Stage: "Source", Action: "Checkout", Provider: "CodeCommit", Configuration: map[string]string{"RepositoryName": "app", "BranchName": "main"}}
}

func (c contracted) Commit(message string, files map[string]string) string {
	c.t.Helper()
	entries, err := os.ReadDir(c.dir)
	if err != nil {
		c.t.Fatal(err)
	}
	for _, entry := range entries {
		if entry.Name() != ".git" {
			err = errors.Join(err, os.RemoveAll(filepath.Join(c.dir, entry.Name())))
		}
	}
	for name, content := range files {
		if content == "" { // which checkout takes for a file to remove
			err = errors.Join(err, os.WriteFile(filepath.Join(c.dir, name), nil, 0o600))
			continue
		}
		c.write(map[string]string{name: content})
	}
	if err != nil {
		c.t.Fatal(err)
	}
	return c.commit(message)
}

// The contract, of a folder as it lies there and of a branch.
func TestContract(t *testing.T) {
	for name, revision := range map[string]string{"folder": "", "branch": "main"} {
		t.Run(name, func(t *testing.T) {
			sourcestest.Run(t, func(t *testing.T) sourcestest.Repository { return contracted{newCheckout(t), revision} })
		})
	}
}
