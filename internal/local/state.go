package local

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"

	"github.com/penstock-ci/penstock/internal/execution"
	"github.com/penstock-ci/penstock/internal/local/journal"
	"github.com/penstock-ci/penstock/internal/local/keys"
)

// StateDirectory is the name of the state directory beside a definition.
const StateDirectory = ".penstock"

// format is the version of the state directory's layout. A directory of another version is refused, not rewritten.
const format = "4"

// formatsBefore become format when something runs in the directory. 1 lacks the journal, and a program of that version
// would close executions that can be resumed. 2 lacks the key: its artifacts are plain, and still read so; a program of
// that version would take the encrypted ones for damaged. 3 has every value in the table; a program of that version would
// not find those that lie beside it.
var formatsBefore = []string{"1", "2", "3"}

// keyFile is the key of artifacts, in the state directory.
const keyFile = "key"

// LogsFolder is the folder of logs, ObjectsFolder the one in which deployed files can be looked at, in the state
// directory.
const (
	LogsFolder    = "logs"
	ObjectsFolder = "objects"
)

// valuesFolder is the folder of values that are too long for the table, in the state directory.
const valuesFolder = "values"

// workFolder is the folder of builds that run, in the state directory.
const workFolder = "work"

// ownerTimeout is how long to wait for the lock of a state directory that another process is about to leave.
const ownerTimeout = 200 * time.Millisecond

// state is an open state directory:
//
//	format       version of this layout
//	socket       where the owner serves other processes
//	owner        process id of the owner
//	state.db     records, and the journal of the engine
//	values/      what is too long for state.db, by digest
//	key          the key of the artifacts, for its user only
//	objects/     artifacts, encrypted, and deployed files, plain: one folder a bucket
//	logs/        what actions wrote
//	events/      the event log
//	work/        folders of builds that run
//	home/        HOME of builds, kept between runs
//	cache/       what buildspecs declare as their cache: one archive a project and key
//	.gitignore   keeps all of it out of version control
type state struct {
	dir     string
	table   *Table
	journal *journal.Journal
	keys    *keys.Keys
}

// OwnedError says that another process owns a state directory.
type OwnedError struct {
	Dir string
	PID string
}

func (e *OwnedError) Error() string {
	return fmt.Sprintf("state directory %s is in use by process %s", e.Dir, e.PID)
}

// DamagedError says that the file of the records cannot be read as what it should be.
type DamagedError struct {
	Path string
	Err  error
}

func (e *DamagedError) Error() string {
	return fmt.Sprintf("the records %s are damaged: %v", e.Path, e.Err)
}

func (e *DamagedError) Unwrap() error { return e.Err }

// openState opens or creates a state directory, and takes its lock. Where create is false a directory that is none is a
// NotFound error, and stays as it is: it may be anything.
func openState(dir string, create bool) (*state, error) {
	if !create && lacks(dir, "state.db") && lacks(dir, "format") {
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
	s := &state{dir: dir, table: table, keys: keys.New(filepath.Join(dir, keyFile))}
	if err := s.own(create); err != nil {
		return nil, errors.Join(fmt.Errorf("open state directory %s: %w", dir, err), table.Close())
	}
	return s, nil
}

// lacks says whether a directory certainly has no such file.
func lacks(dir, name string) bool {
	_, err := os.Stat(filepath.Join(dir, name))
	return errors.Is(err, os.ErrNotExist)
}

// own does what only the owner of the directory may do: it says who that is, and opens the journal, which is written
// with the records. Where something is to run the key must be there, before a first action needs it.
func (s *state) own(runs bool) (err error) {
	if err := os.WriteFile(s.path("owner"), fmt.Appendln(nil, os.Getpid()), fileMode); err != nil {
		return err
	}
	if runs {
		err = s.upgrade()
	}
	if runs && err == nil {
		err = s.keys.Check()
	}
	if err == nil {
		s.journal, err = journal.New(s.table.db)
	}
	if err == nil {
		s.table.commits.join = s.journal.Join
	}
	return err
}

// upgrade makes a new directory, or one of a version before, one of this version. The key is there before the format
// says that it must be; one that is missing later is not made again, which would hide that artifacts are lost.
func (s *state) upgrade() error {
	found, err := formatOf(s.dir)
	if err != nil || found == format {
		return err
	}
	if err := keys.Create(s.path(keyFile)); err != nil {
		return err
	}
	return os.WriteFile(s.path("format"), []byte(format+"\n"), fileMode)
}

// formatOf is the format of a directory, empty where it has none yet.
func formatOf(dir string) (string, error) {
	found, err := os.ReadFile(filepath.Join(dir, "format"))
	if errors.Is(err, os.ErrNotExist) {
		err = nil
	}
	return strings.TrimSpace(string(found)), err
}

func prepare(dir string) error {
	if err := os.MkdirAll(dir, directoryMode); err != nil {
		return err
	}
	version, err := formatOf(dir)
	switch {
	case err != nil:
		return err
	case version == "":
		return os.WriteFile(filepath.Join(dir, ".gitignore"), []byte("*\n"), fileMode)
	case version != format && !slices.Contains(formatsBefore, version):
		return fmt.Errorf("it has format %q, this program knows format %q: use the program that wrote it, or another directory", version, format)
	}
	return nil
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
