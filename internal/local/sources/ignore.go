package sources

import (
	"bufio"
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/go-git/go-billy/v5/osfs"
	"github.com/go-git/go-git/v5/plumbing/format/gitignore"
	"github.com/go-git/go-git/v5/storage/filesystem"
)

// ignoring is what git's ignore files say, from the least important on: the user's, the repository's, and those of the
// folders on the way down.
type ignoring struct {
	patterns []gitignore.Pattern
	// base is the bound folder relative to the repository's root, in segments.
	base []string
}

// ignoredBy reads the patterns from outside the bound folder.
func ignoredBy(repo *repository) (ignoring, error) {
	if repo == nil {
		return ignoring{}, nil
	}
	i, err := ignoredByUser()
	if err != nil {
		return i, err
	}
	if stored, ok := repo.git.Storer.(*filesystem.Storage); ok {
		err = i.load(func() (io.ReadCloser, error) { return stored.Filesystem().Open("info/exclude") }, nil)
	}
	if err != nil || repo.below == "." {
		return i, err
	}
	i.base = strings.Split(repo.below, "/")
	for depth := range i.base {
		folder := filepath.Join(append([]string{repo.root}, i.base[:depth]...)...)
		err := i.load(func() (io.ReadCloser, error) { return os.Open(filepath.Join(folder, ignoreFile)) }, i.base[:depth])
		if err != nil {
			return i, err
		}
	}
	return i, nil
}

// ignoredByUser reads what the user has git ignore everywhere: without it, an editor's files would count as changes.
func ignoredByUser() (ignoring, error) {
	home, err := os.UserHomeDir()
	if err != nil {
		// A user without a home has no configuration.
		return ignoring{}, nil //nolint:nilerr // see above
	}
	// A configuration that go-git cannot read is no reason not to run: it only names an ignore file.
	configured, _ := gitignore.LoadGlobalPatterns(osfs.New("/"))
	i := ignoring{patterns: configured}
	folder := cmp.Or(os.Getenv("XDG_CONFIG_HOME"), filepath.Join(home, ".config"))
	err = i.load(func() (io.ReadCloser, error) { return os.Open(filepath.Join(folder, "git", "ignore")) }, nil)
	return i, err
}

const ignoreFile = ".gitignore"

// in adds the patterns of one more folder of the bound one, if it has any.
func (i ignoring) in(root *os.Root, name string, entries []fs.DirEntry) (ignoring, error) {
	if !slices.ContainsFunc(entries, func(e fs.DirEntry) bool { return e.Name() == ignoreFile && e.Type().IsRegular() }) {
		return i, nil
	}
	i.patterns = slices.Clip(i.patterns)
	err := i.load(func() (io.ReadCloser, error) { return root.Open(filepath.FromSlash(path.Join(name, ignoreFile))) }, i.segments(name))
	return i, err
}

func (i *ignoring) load(open func() (io.ReadCloser, error), domain []string) error {
	f, err := open()
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read ignore file: %w", err)
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		line := lines.Text()
		if strings.TrimSpace(line) != "" && !strings.HasPrefix(line, "#") {
			i.patterns = append(i.patterns, gitignore.ParsePattern(line, domain))
		}
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("read ignore file: %w", err)
	}
	return nil
}

// match asks for a path of the bound folder.
func (i ignoring) match(name string, folder bool) bool {
	segments := i.segments(name)
	return len(segments) > 0 && gitignore.NewMatcher(i.patterns).Match(segments, folder)
}

func (i ignoring) segments(name string) []string {
	if name == "." {
		return i.base
	}
	return append(slices.Clip(i.base), strings.Split(name, "/")...)
}
