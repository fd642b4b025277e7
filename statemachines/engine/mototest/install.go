package mototest

import (
	"embed"
	"errors"
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
	for _, program := range []string{"python3", "node", "npm"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Fatalf("this test needs %s: install it", program)
		}
	}
	dir := t.TempDir()
	if err := os.CopyFS(dir, programs); err != nil {
		t.Fatal(err)
	}
	dir = filepath.Join(dir, "moto")
	cache := filepath.Join(moduleRoot(t), ".cache", name)
	setup := append([]string{filepath.Join(dir, "setup.sh"), cache}, requirements...)
	out, err := exec.CommandContext(t.Context(), "sh", setup...).CombinedOutput()
	if err != nil {
		t.Fatalf("install moto: %v\n%s", err, out)
	}
	return Installation{Python: filepath.Join(cache, "moto-venv", "bin", "python"), Programs: dir}
}

// Python installs moto where it is not installed yet, and returns the Python that has it.
func Python(t testing.TB) string {
	t.Helper()
	return Install(t, "moto").Python
}

// moduleRoot is the project's folder; a test runs in that of its package.
func moduleRoot(t testing.TB) string {
	t.Helper()
	dir, err := os.Getwd()
	for err == nil {
		if _, err = os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		if parent := filepath.Dir(dir); errors.Is(err, fs.ErrNotExist) && parent != dir {
			dir, err = parent, nil
		}
	}
	t.Fatalf("find go.mod: %v", err)
	return ""
}
