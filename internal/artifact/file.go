package artifact

import (
	"io"
	"path"
	"path/filepath"
	"strings"
)

// File is one file or symbolic link of a tree: what Zip yields and PackFiles takes.
type File struct {
	// Path is relative to the tree's root, with slashes, without "." or "..".
	Path string
	// Executable is all that is kept of the file's mode: 0755 where set, else 0644.
	Executable bool
	// Link is the target of a symbolic link as it is written there, and empty for a file.
	Link string
	// Size is the number of bytes that Open yields, where that is known before: in a Zip.
	Size int64
	// Open opens the content; a link has none.
	Open func() (io.ReadCloser, error)
}

// The longest names that Linux and macOS take, in bytes: between two slashes, and altogether.
const (
	maxSegment = 255
	maxPath    = 4095
)

// checkName refuses the names that cannot be written inside a folder on every system that Penstock runs on, or that
// another system, on which the zip may be unpacked, would take for a path out of it.
func checkName(name string) error {
	local := filepath.FromSlash(name)
	switch {
	case name == "":
		return refuse(InvalidName, name, "no file can have this name")
	case strings.ContainsFunc(name, func(r rune) bool { return r < ' ' || r == 0x7f }):
		return refuse(InvalidName, name, "a control character in a name is not allowed")
	case path.IsAbs(name) || filepath.IsAbs(local) || filepath.VolumeName(local) != "" || isWindowsAbs(name):
		return refuse(AbsolutePath, name, "an absolute path is not allowed")
	case hasParent(name) || !filepath.IsLocal(local):
		return refuse(ParentPath, name, "a path out of the tree is not allowed")
	}
	return checkLength(name)
}

// isWindowsAbs knows paths with a drive, and those of the current drive and of another machine, which begin with a
// backslash.
func isWindowsAbs(name string) bool {
	if name[0] == '\\' {
		return true
	}
	isLetter := 'a' <= name[0]|0x20 && name[0]|0x20 <= 'z'
	return len(name) > 2 && isLetter && name[1] == ':' && (name[2] == '/' || name[2] == '\\')
}

// hasParent takes backslashes for slashes too, as Windows does.
func hasParent(name string) bool {
	for segment := range strings.FieldsFuncSeq(name, func(r rune) bool { return r == '/' || r == '\\' }) {
		if segment == ".." {
			return true
		}
	}
	return false
}

func checkLength(name string) error {
	if len(name) > maxPath {
		return refuse(InvalidName, name[:maxSegment]+"...", "the name has %d bytes, at most %d are allowed", len(name), maxPath)
	}
	for segment := range strings.SplitSeq(name, "/") {
		if len(segment) > maxSegment {
			return refuse(InvalidName, name, "a part of the name has %d bytes, at most %d are allowed between two slashes", len(segment), maxSegment)
		}
	}
	return nil
}

// names finds the entries of one tree that cannot exist side by side.
type names struct {
	files   map[string]bool
	folders map[string]bool
}

func newNames(size int) *names {
	return &names{files: make(map[string]bool, size), folders: make(map[string]bool)}
}

func (n *names) add(name string) error {
	if n.files[name] || n.folders[name] {
		return refuse(Duplicate, name, "this name occurs twice")
	}
	n.files[name] = true
	return n.addFolder(path.Dir(name))
}

func (n *names) addFolder(name string) error {
	for ; name != "." && !n.folders[name]; name = path.Dir(name) {
		if n.files[name] {
			return refuse(Duplicate, name, "this name is a file and a folder")
		}
		n.folders[name] = true
	}
	return nil
}

// maxLink is the longest target of a symbolic link that Linux and macOS take.
const maxLink = maxPath

// checkLinks refuses every link that leads out of the tree. It follows links through links, since "a/b/..", where b
// is a link, is not a.
func checkLinks(files []File) error {
	links := linksOf(files)
	for _, f := range files {
		if f.Link == "" {
			continue
		}
		if len(f.Link) > maxLink || strings.ContainsRune(f.Link, 0) {
			return refuse(Malformed, f.Path, "no symbolic link can have this target")
		}
		if _, inside := follow(links, f.Path); !inside {
			return refuse(LinkOutside, f.Path, "the symbolic link to %q leads out of the tree", f.Link)
		}
	}
	return nil
}

func linksOf(files []File) map[string]string {
	links := make(map[string]string)
	for _, f := range files {
		if f.Link != "" {
			links[f.Path] = f.Link
		}
	}
	return links
}

// maxHops is where Linux gives up on following links; what goes in circles leads nowhere, so not outside either.
const maxHops = 40

// follow resolves a path of the tree through its links, as the system would: to where it leads, or to the first thing
// on the way that is none of the links. It reports whether that stays inside the tree.
func follow(links map[string]string, name string) (to string, inside bool) {
	rest := strings.Split(name, "/")
	var at []string
	for hops := 0; len(rest) > 0; {
		segment := rest[0]
		rest = rest[1:]
		switch {
		case segment == "" || segment == ".":
			continue
		case segment == ".." && len(at) == 0:
			return "", false
		case segment == "..":
			at = at[:len(at)-1]
			continue
		}
		at = append(at, segment)
		target, isLink := links[strings.Join(at, "/")]
		if !isLink {
			continue
		}
		if hops++; hops > maxHops {
			return "", true
		}
		if path.IsAbs(target) || target != "" && isWindowsAbs(target) || filepath.IsAbs(filepath.FromSlash(target)) {
			return "", false
		}
		at = at[:len(at)-1]
		rest = append(strings.Split(target, "/"), rest...)
	}
	return strings.Join(at, "/"), true
}
