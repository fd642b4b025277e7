//go:build unix

package main

import (
	"bufio"
	"crypto/sha256"
	"encoding/json"
	"flag"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/penstock-ci/penstock/internal/execution"
	"github.com/penstock-ci/penstock/internal/local"
)

var (
	kills    = flag.Int("kills", 6, "how often the run of the static site is killed")
	killSeed = flag.Uint64("kills.seed", 1, "where the sequence of its moments begins")
)

// left is what a run leaves: what its actions recorded, and the deployed files by their digests.
type left struct {
	Actions  []string
	Deployed map[string]string
}

// The static site, killed when it has told so many lines, and run again: its records and the deployed files are those of
// a run that nobody disturbed, and nothing unfinished stays. With -kills=500 it is killed that often.
func TestKilledSite(t *testing.T) {
	whole := t.TempDir()
	told := runSite(t, whole)
	want := readLeft(t, whole)
	random := rand.New(rand.NewPCG(*killSeed, 0))
	var resumed atomic.Int64
	t.Run("kills", func(t *testing.T) {
		for n := range *kills {
			after := random.IntN(told + 1)
			t.Run(fmt.Sprintf("%d-after-%d-lines", n, after), func(t *testing.T) {
				t.Parallel()
				dir := t.TempDir()
				copySite(t, dir)
				killAfter(t, dir, after)
				out, err := penstock(dir, "run", "pipeline.yaml", "--yes").CombinedOutput()
				if err != nil {
					t.Fatalf("the next run: %v\n%s", err, out)
				}
				if strings.Contains(string(out), "\nresuming execution ") {
					resumed.Add(1)
				}
				if diff := cmp.Diff(want, readLeft(t, dir)); diff != "" {
					t.Errorf("undisturbed (-) and killed (+):\n%s", diff)
				}
			})
		}
	})
	t.Logf("%d of %d runs were killed before they ended, and taken up", resumed.Load(), *kills)
	if resumed.Load() == 0 {
		t.Error("no run was killed before it ended")
	}
}

func copySite(t *testing.T, dir string) {
	t.Helper()
	if err := copyFolder(filepath.Join("..", "..", "examples", "static-site"), dir); err != nil {
		t.Fatal(err)
	}
}

// runSite runs the site undisturbed and counts the lines that it tells.
func runSite(t *testing.T, dir string) int {
	t.Helper()
	copySite(t, dir)
	out, err := penstock(dir, "run", "pipeline.yaml", "--yes", "--json").Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.Count(string(out), "\n")
}

// killAfter runs the site until it has told so many lines, or has ended.
func killAfter(t *testing.T, dir string, lines int) {
	t.Helper()
	cmd := penstock(dir, "run", "pipeline.yaml", "--yes", "--json")
	stdout, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	told := bufio.NewScanner(stdout)
	for lines > 0 && told.Scan() {
		lines--
	}
	_ = cmd.Process.Kill() // it may have ended
	_ = cmd.Wait()
}

// readLeft reads what the latest run left.
func readLeft(t *testing.T, dir string) left {
	t.Helper()
	out, err := penstock(dir, "show", "--json").Output()
	if err != nil {
		t.Fatal(err)
	}
	var shown shown
	if err := json.Unmarshal(out, &shown); err != nil {
		t.Fatal(err)
	}
	if shown.Execution.Status != execution.ExecutionSucceeded {
		t.Errorf("the run is %s", shown.Execution.Status)
	}
	l := left{Deployed: deployedFiles(t, dir)}
	for _, a := range shown.Actions {
		l.Actions = append(l.Actions, fmt.Sprint(a.StageName, "/", a.ActionName, " ", a.Status, " ", a.Summary, " ", a.OutputVariables, digests(a.OutputArtifacts)))
	}
	return l
}

func digests(all []execution.Artifact) (out []string) {
	for _, a := range all {
		out = append(out, a.Name+" "+a.SHA256)
	}
	return out
}

// deployedFiles are the files of every bucket but that of artifacts. Nothing unfinished is beside them.
func deployedFiles(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	objects := os.DirFS(filepath.Join(dir, local.StateDirectory, "objects"))
	err := fs.WalkDir(objects, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (name == local.ArtifactBucket || name == ".versions"):
			return fs.SkipDir
		case d.IsDir():
			return nil
		}
		content, err := fs.ReadFile(objects, name)
		files[name] = fmt.Sprintf("%x", sha256.Sum256(content))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}
