package artifact

import (
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
)

// Tree says which files under Dir an artifact is made of.
type Tree struct {
	Dir string
	// Entries are the files to take, and under which names. Nil takes everything under Dir but .git; a list without
	// entries makes an empty zip.
	Entries []Entry
}

// Entry takes the file From under the name To. Both are slash paths, From relative to the tree's Dir, To relative to
// the artifact's root; an empty To is From.
type Entry struct{ From, To string }

// files lists the tree's files. They are opened through root, which must stay open until they are read and from
// which no link leads out.
func (t Tree) files() (root *os.Root, files []File, err error) {
	root, err = os.OpenRoot(t.Dir)
	if err != nil {
		return nil, nil, err
	}
	entries := t.Entries
	if entries == nil {
		entries, err = everything(root)
	}
	for _, e := range entries {
		var f File
		if err == nil {
			f, err = fileOf(root, e)
		}
		files = append(files, f)
	}
	if err != nil {
		_ = root.Close()
		return nil, nil, err
	}
	return root, files, nil
}

func everything(root *os.Root) ([]Entry, error) {
	entries := []Entry{}
	err := fs.WalkDir(root.FS(), ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.Name() == ".git" && d.IsDir():
			return fs.SkipDir
		case d.Name() == ".git" || d.IsDir():
			// A .git file is where a worktree or a submodule says where its repository is.
			return nil
		}
		entries = append(entries, Entry{From: name})
		return nil
	})
	return entries, err
}

func fileOf(root *os.Root, e Entry) (File, error) {
	if err := checkName(e.From); err != nil {
		return File{}, err
	}
	local := filepath.FromSlash(path.Clean(e.From))
	name := path.Clean(e.From)
	if e.To != "" {
		name = path.Clean(e.To)
	}
	info, err := root.Lstat(local)
	if err != nil {
		return File{}, err
	}
	switch mode := info.Mode(); {
	case mode.IsRegular():
		return File{
			Path: name, Executable: mode&0o111 != 0, Size: info.Size(),
			Open: func() (io.ReadCloser, error) { return root.Open(local) },
		}, nil
	case mode&fs.ModeSymlink != 0:
		target, err := root.Readlink(local)
		return File{Path: name, Link: filepath.ToSlash(target)}, err
	}
	return File{}, refuse(NotAFile, e.From, "neither a file nor a symbolic link")
}
