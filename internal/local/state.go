package local

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"

	"github.com/penstock-ci/penstock/internal/execution"
	"github.com/penstock-ci/penstock/internal/local/journal"
)

// StateDirectory is the name of the state directory beside a definition.
const StateDirectory = ".penstock"

// format is the version of the state directory's layout. A directory of another version is refused, not rewritten; one
// of the version before becomes one of this when something runs in it: it only lacks the journal. A program of that
// version would close executions that can be resumed.
const (
	format       = "2"
	formatBefore = "1"
)

// workFolder is the folder of builds that run, in the state directory.
const workFolder = "work"

// ownerTimeout is how long to wait for the lock of a state directory that another process is about to leave.
const ownerTimeout = 200 * time.Millisecond

// state is an open state directory:
//
//	format       version of this layout
//	owner        process id of the owner
//	state.db     records, and the journal of the engine
//	objects/     artifacts and deployed files, one folder a bucket
//	logs/        what actions wrote
//	work/        folders of builds that run
//	home/        HOME of builds, kept between runs
//	.gitignore   keeps all of it out of version control
type state struct {
	dir     string
	table   *Table
	journal *journal.Journal
}

// OwnedError says that another process owns a state directory.
type OwnedError struct {
	Dir string
	PID string
}

func (e *OwnedError) Error() string {
	return fmt.Sprintf("state directory %s is in use by process %s", e.Dir, e.PID)
}

// openState opens or creates a state directory, and takes its lock. Where create is false a directory that is not
// there is a NotFound error.
func openState(dir string, create bool) (*state, error) {
	if _, err := os.Stat(dir); errors.Is(err, os.ErrNotExist) && !create {
		return nil, &execution.Error{Code: execution.NotFound, Message: fmt.Sprintf("there is no state directory %s", dir)}
	}
	if err := prepare(dir); err != nil {
		return nil, fmt.Errorf("open state directory %s: %w", dir, err)
	}
	table, err := OpenTable(filepath.Join(dir, "state.db"), &bbolt.Options{Timeout: ownerTimeout})
	if errors.Is(err, bolterrors.ErrTimeout) {
		return nil, &OwnedError{Dir: dir, PID: owner(dir)}
	}
	if err != nil {
		return nil, fmt.Errorf("open state directory %s: %w", dir, err)
	}
	s := &state{dir: dir, table: table}
	if err := s.own(create); err != nil {
		return nil, errors.Join(fmt.Errorf("open state directory %s: %w", dir, err), table.Close())
	}
	return s, nil
}

// own does what only the owner of the directory may do: it says who that is, and opens the journal, which is written
// with the records.
func (s *state) own(runs bool) (err error) {
	if err := os.WriteFile(s.path("owner"), fmt.Appendln(nil, os.Getpid()), fileMode); err != nil {
		return err
	}
	if runs {
		err = s.upgrade()
	}
	if err == nil {
		s.journal, err = journal.New(s.table.db)
	}
	if err == nil {
		s.table.commits.join = s.journal.Join
	}
	return err
}

// upgrade makes a directory of the version before one of this version.
func (s *state) upgrade() error {
	found, err := os.ReadFile(s.path("format"))
	if err != nil || strings.TrimSpace(string(found)) == format {
		return err
	}
	return os.WriteFile(s.path("format"), []byte(format+"\n"), fileMode)
}

func prepare(dir string) error {
	if err := os.MkdirAll(dir, directoryMode); err != nil {
		return err
	}
	found, err := os.ReadFile(filepath.Join(dir, "format"))
	switch version := strings.TrimSpace(string(found)); {
	case err == nil && version != "" && version != format && version != formatBefore:
		return fmt.Errorf("it has format %q, this program knows format %q: use the program that wrote it, or another directory", version, format)
	case err == nil && version != "":
		return nil
	case err != nil && !errors.Is(err, os.ErrNotExist):
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, ".gitignore"), []byte("*\n"), fileMode); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "format"), []byte(format+"\n"), fileMode)
}

func owner(dir string) string {
	pid, err := os.ReadFile(filepath.Join(dir, "owner"))
	if err != nil || len(strings.TrimSpace(string(pid))) == 0 {
		return "(unknown)"
	}
	return strings.TrimSpace(string(pid))
}

func (s *state) path(name ...string) string {
	return filepath.Join(append([]string{s.dir}, name...)...)
}

func (s *state) close() error { return errors.Join(s.journal.Flush(), s.table.Close()) }
