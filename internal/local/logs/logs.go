// Package logs keeps what actions print: one file for each action of a pipeline execution, whole lines only, and each
// completed line told to whoever watches. It adds no time and no colour; a retry of an action goes on in its file.
package logs

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
)

// Name names the log of one action: the pipeline execution's ID, the stage and the action.
type Name struct{ Execution, Stage, Action string }

// Line is one completed line of an action's log, without its end.
type Line struct {
	Name
	Text string
}

// Logs is a folder of logs.
type Logs struct {
	dir string
	mu  sync.Mutex
	// watchers is replaced, never changed, so that it can be called without the lock.
	watchers []*func(Line)
}

// New makes Logs in dir, which the first Writer makes where it is missing.
func New(dir string) *Logs { return &Logs{dir: dir} }

// Subscribe calls watch for every line that is completed from now on, in the order of each log, until cancel is
// called. It is called from the goroutine that writes: lines of several actions may come at once, and a slow watch
// slows the action down.
func (l *Logs) Subscribe(watch func(Line)) (cancel func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	added := &watch
	l.watchers = append(slices.Clone(l.watchers), added)
	return func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.watchers = slices.DeleteFunc(slices.Clone(l.watchers), func(w *func(Line)) bool { return w == added })
	}
}

func (l *Logs) tell(line Line) {
	l.mu.Lock()
	watchers := l.watchers
	l.mu.Unlock()
	for _, watch := range watchers {
		(*watch)(line)
	}
}

// Path is the file of a log, whether it exists or not: <execution>/<stage>/<action>.log, each name escaped where it is
// no file name.
func (l *Logs) Path(n Name) string {
	return filepath.Join(l.dir, escape(n.Execution), escape(n.Stage), escape(n.Action)+".log")
}

// escape leaves the names that CodePipeline allows as they are, but for those that mean a folder.
func escape(name string) string {
	escaped := url.PathEscape(name)
	if strings.Trim(escaped, ".") == "" {
		escaped = strings.ReplaceAll(escaped, ".", "%2E") + "%"
	}
	return strings.ReplaceAll(escaped, ":", "%3A")
}

func unescape(name string) (string, error) {
	return url.PathUnescape(strings.TrimSuffix(name, "%"))
}

// Writer opens a log for appending. It may be written to by several goroutines; Close completes a last line without
// end. An error of the file does not keep lines from those who watch.
func (l *Logs) Writer(pipelineExecutionID, stage, action string) (io.WriteCloser, error) {
	n := Name{Execution: pipelineExecutionID, Stage: stage, Action: action}
	path := l.Path(n)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return nil, fmt.Errorf("open log of %s/%s: %w", n.Stage, n.Action, err)
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return nil, fmt.Errorf("open log of %s/%s: %w", n.Stage, n.Action, err)
	}
	return &writer{logs: l, name: n, file: f}, nil
}

// Open opens a log for reading. One that does not exist is an fs.ErrNotExist.
func (l *Logs) Open(n Name) (io.ReadCloser, error) {
	f, err := os.Open(l.Path(n))
	if err != nil {
		return nil, fmt.Errorf("open log of %s/%s: %w", n.Stage, n.Action, err)
	}
	return f, nil
}

// List lists the logs of a pipeline execution, by stage and action; there may be none.
func (l *Logs) List(execution string) ([]Name, error) {
	root := filepath.Join(l.dir, escape(execution))
	var all []Name
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch {
		case path == root && errors.Is(err, fs.ErrNotExist):
			return nil
		case err != nil || d.IsDir():
			return err
		}
		n, err := nameOf(execution, path)
		all = append(all, n)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list logs of execution %s: %w", execution, err)
	}
	slices.SortFunc(all, func(a, b Name) int {
		return strings.Compare(a.Stage+"\x00"+a.Action, b.Stage+"\x00"+b.Action)
	})
	return all, nil
}

// Size is how many bytes the logs of a pipeline execution have; there may be none.
func (l *Logs) Size(execution string) (int64, error) {
	all, err := l.List(execution)
	var total int64
	for _, n := range all {
		info, statErr := os.Stat(l.Path(n))
		if statErr != nil {
			return total, fmt.Errorf("size of the logs of execution %s: %w", execution, statErr)
		}
		total += info.Size()
	}
	return total, err
}

// Remove removes the logs of a pipeline execution, which must have ended.
func (l *Logs) Remove(execution string) error {
	if err := os.RemoveAll(filepath.Join(l.dir, escape(execution))); err != nil {
		return fmt.Errorf("remove the logs of execution %s: %w", execution, err)
	}
	return nil
}

func nameOf(execution, path string) (Name, error) {
	stage, err := unescape(filepath.Base(filepath.Dir(path)))
	if err != nil {
		return Name{}, err
	}
	action, err := unescape(strings.TrimSuffix(filepath.Base(path), ".log"))
	return Name{Execution: execution, Stage: stage, Action: action}, err
}
