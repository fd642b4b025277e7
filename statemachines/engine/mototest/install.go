package mototest

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// programs are the files that run moto. They are in the test binary, so that a test whose outcome is cached runs again
// when one of them changes.
//
//go:embed moto
var programs embed.FS

// Installation is a moto that is ready to be imported.
type Installation struct {
	Python   string // the interpreter that has it
	Programs string // the folder with evaluator.py and repairs.py, which lasts as long as the test
}

// Install installs moto, and what further files of requirements name, into .cache/NAME of the project, where that is not
// done yet. Others that need moto in a process of theirs use it.
func Install(t testing.TB, name string, requirements ...string) Installation {
	t.Helper()
	dir := t.TempDir()
	cache, err := install(t.Context(), dir, name, requirements...)
	if err != nil {
		t.Fatal(err)
	}
	return Installation{Python: filepath.Join(cache, "moto-venv", "bin", "python"), Programs: filepath.Join(dir, "moto")}
}

// Python installs moto where it is not installed yet, and returns the Python that has it.
func Python(t testing.TB) string {
	t.Helper()
	return Install(t, "moto").Python
}

// Models is the folder with AWS's own models of its APIs, SERVICE/VERSION/service-2.json.gz, which botocore has. It comes with
// moto, and is installed where it is not yet.
func Models(ctx context.Context) (folder string, err error) {
	dir, err := os.MkdirTemp("", "penstock-moto-")
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	cache, err := install(ctx, dir, "moto")
	if err != nil {
		return "", err
	}
	const below = "moto-venv/lib/python3*/site-packages/botocore/data"
	found, err := filepath.Glob(filepath.Join(cache, filepath.FromSlash(below)))
	if err != nil || len(found) != 1 {
		return "", fmt.Errorf("%d folders are %s below %s, want 1; error %w", len(found), below, cache, err)
	}
	return found[0], nil
}

// install puts the programs into dir, and moto into the folder of the project that it returns.
func install(ctx context.Context, dir, name string, requirements ...string) (cache string, err error) {
	for _, program := range []string{"python3", "node", "npm"} {
		if _, err := exec.LookPath(program); err != nil {
			return "", fmt.Errorf("this test needs %s: install it", program)
		}
	}
	root, err := moduleRoot()
	if err != nil {
		return "", fmt.Errorf("find go.mod: %w", err)
	}
	if err := os.CopyFS(dir, programs); err != nil {
		return "", err
	}
	cache = filepath.Join(root, ".cache", name)
	setup := append([]string{filepath.Join(dir, "moto", "setup.sh"), cache}, requirements...)
	if out, err := exec.CommandContext(ctx, "sh", setup...).CombinedOutput(); err != nil {
		return "", fmt.Errorf("install moto: %w\n%s", err, out)
	}
	return cache, nil
}

// moduleRoot is the project's folder; a test runs in that of its package.
func moduleRoot() (string, error) {
	dir, err := os.Getwd()
	for err == nil {
		if _, err = os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir, nil
		}
		if parent := filepath.Dir(dir); errors.Is(err, fs.ErrNotExist) && parent != dir {
			dir, err = parent, nil
		}
	}
	return "", err
}
