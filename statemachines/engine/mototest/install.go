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

// unpack writes the programs to a folder of the test.
func unpack(t testing.TB) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, programs); err != nil {
		t.Fatal(err)
	}
	return filepath.Join(dir, "moto")
}

// Python installs moto where it is not installed yet, and returns the Python that has it.
func Python(t testing.TB) string {
	t.Helper()
	return install(t, unpack(t))
}

func install(t testing.TB, dir string) (python string) {
	t.Helper()
	for _, program := range []string{"python3", "node", "npm"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Fatalf("this test needs %s: install it", program)
		}
	}
	cache := filepath.Join(moduleRoot(t), ".cache", "moto")
	out, err := exec.CommandContext(t.Context(), "sh", filepath.Join(dir, "setup.sh"), cache).CombinedOutput()
	if err != nil {
		t.Fatalf("install moto: %v\n%s", err, out)
	}
	return filepath.Join(cache, "moto-venv", "bin", "python")
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
