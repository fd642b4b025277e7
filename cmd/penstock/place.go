package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/penstock-ci/penstock/cmd/penstock/view"
	"github.com/penstock-ci/penstock/internal/execution"
	"github.com/penstock-ci/penstock/internal/local"
	"github.com/penstock-ci/penstock/internal/local/keys"
	"github.com/penstock-ci/penstock/internal/local/owner"
)

// place is where a state directory is, and how a command that is printed names it.
type place struct {
	dir   string
	flags []string
}

// placeOf is the state directory of a definition, unless one is named: the one beside it. Standard input is in the
// current directory.
func placeOf(stateDir, file string) place {
	switch {
	case stateDir != "":
		return place{dir: stateDir, flags: []string{"--state-dir", stateDir}}
	case file == "" || file == "-" || filepath.Dir(file) == ".":
		return place{dir: local.StateDirectory}
	}
	return place{dir: filepath.Join(filepath.Dir(file), local.StateDirectory), flags: []string{"-f", file}}
}

// objects is the folder with the deployed files.
func (pl place) objects() string { return filepath.Join(pl.dir, local.ObjectsFolder) }

// command is a command of this program that works in this place, as the user would type it.
func (pl place) command(p process, words ...string) string {
	return p.program() + " " + quotedWords(append(words, pl.flags...)...)
}

// open opens the state directory and says what to do where that does not work.
func (pl place) open(ctx context.Context, o local.Options) (*owner.Session, error) {
	session, err := owner.Open(ctx, pl.dir, o)
	if err == nil {
		return session, nil
	}
	return nil, pl.explain(err)
}

// explain adds to an operational error what its user can do about it.
func (pl place) explain(err error) error {
	var owned *local.OwnedError
	var damaged *local.DamagedError
	var key *keys.Error
	var file *fs.PathError
	switch {
	case errors.As(err, &file) && file.Path == os.Stdout.Name():
		return err // what is wrong is not here
	case errors.As(err, &damaged):
		return withHelp(err, "put back a copy of it, or move %s away: the next run begins a new one", pl.dir)
	case errors.As(err, &key) && errors.Is(err, fs.ErrPermission):
		return withHelp(err, "make it readable for you: chmod u+r %s", quotedWords(key.Path))
	case errors.As(err, &key):
		return withHelp(err, "put back the key file that was there; without one, move %s away: the next run begins a new one,\n"+
			"and show and logs still read the old one with --state-dir DIR", pl.dir)
	case errors.Is(err, owner.ErrGone):
		return withHelp(err, "it ended in this moment: try again")
	case errors.As(err, &owned):
		return withHelp(err, "wait until that process has ended, or name another directory with --state-dir DIR")
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT), errors.Is(err, syscall.EFBIG):
		return withHelp(err, "%s", pl.fullDisk())
	case errors.Is(err, syscall.EROFS), errors.Is(err, syscall.EACCES), errors.Is(err, syscall.EPERM):
		return withHelp(err, "make %s writable, or name another directory with --state-dir DIR", pl.dir)
	case errors.Is(err, syscall.ENOTDIR), errors.Is(err, syscall.EEXIST):
		return withHelp(err, "%s must be a directory: move away what is there, or name another directory with --state-dir DIR", pl.dir)
	}
	return err
}

func (pl place) fullDisk() string {
	return fmt.Sprintf("the disk that holds %s is full: %s", pl.dir, moreSpace)
}

// smallDisk says what to do where a run failed and its disk has little left; empty where it has enough. What was
// unfinished is removed by then, so a disk that was full is not any more.
func (pl place) smallDisk() string {
	const little = 64 << 20
	left, known := diskSpace(pl.dir)
	if !known || left >= little {
		return ""
	}
	return fmt.Sprintf("the disk that holds %s has only %s left: %s", pl.dir, view.Bytes(left), moreSpace)
}

const moreSpace = "free some space, or name another directory with --state-dir DIR; then run again"

// placeFlags are the flags of commands that look at what ran.
type placeFlags struct{ file, stateDir string }

func (f *placeFlags) add(cmd *cobra.Command) {
	cmd.Flags().StringVarP(&f.file, "file", "f", "", "look at the runs of the definition `FILE`, not at those of the current directory")
	cmd.Flags().StringVar(&f.stateDir, "state-dir", "", "look at what is kept in `DIR`")
}

// open opens a state directory that must exist already, to look at it.
func (f *placeFlags) open(ctx context.Context) (*owner.Session, place, error) {
	return f.openFor(ctx, local.Options{})
}

func (f *placeFlags) openFor(ctx context.Context, o local.Options) (*owner.Session, place, error) {
	pl := placeOf(f.stateDir, f.file)
	session, err := owner.Open(ctx, pl.dir, o)
	if err == nil {
		return session, pl, nil
	}
	if execution.CodeOf(err) == execution.NotFound {
		return nil, pl, f.nothing(pl)
	}
	return nil, pl, pl.explain(err)
}

// nothing says why there is nothing to look at.
func (f *placeFlags) nothing(pl place) error {
	const run = "run a pipeline: penstock run "
	missing := fmt.Errorf("nothing has run here: %s", pl.lacks())
	switch {
	case f.stateDir != "":
		return withHelp(missing, "name with --state-dir the directory that a run was given")
	case f.file == "":
		return withHelp(missing, "name the definition with -f FILE, or a directory with --state-dir DIR,\nor "+run+"FILE")
	}
	if _, err := readDefinition(f.file); err != nil {
		return err
	}
	return withHelp(missing, "%s", run+quoted(f.file))
}

// lacks says what is not there of a state directory.
func (pl place) lacks() string {
	if _, err := os.Stat(pl.dir); err != nil {
		return "there is no directory " + pl.dir
	}
	return "the directory " + pl.dir + " has no records of runs"
}

// looking is what a command that looks at what ran works with.
type looking struct {
	*owner.Session
	place   place
	console console
}

// look opens a state directory that must exist already, for as long as f looks at it.
func (f *placeFlags) look(cmd *cobra.Command, p process, see func(looking) error) error {
	c, err := consoleOf(cmd, p, p.stdout)
	if err != nil {
		return err
	}
	session, pl, err := f.open(cmd.Context())
	if err != nil {
		return err
	}
	c.style.Running, c.style.Now = !session.Owns(), local.Clock{}.Now()
	return errors.Join(pl.explain(see(looking{session, pl, c})), session.Close())
}
