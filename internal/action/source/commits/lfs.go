package commits

import (
	"bytes"
	"fmt"
	"io"
	"path"

	"github.com/penstock-ci/penstock/internal/artifact"
)

// pointerStart is how every Git LFS pointer begins, by the specification of its file format.
const pointerStart = "version https://git-lfs.github.com/spec/v1\n"

const attributesFile = ".gitattributes"

// Pointers counts the files that are Git LFS pointers. Files are looked into only where attributes say that the
// repository uses Git LFS, so that other repositories are not read twice. first is the path of one of them.
func Pointers(files []artifact.File) (found int, first string, err error) {
	used := false
	for _, f := range files {
		if path.Base(f.Path) != attributesFile || f.Link != "" || used {
			continue
		}
		text, err := beginning(f, 1<<20)
		if err != nil {
			return 0, "", err
		}
		used = bytes.Contains(text, []byte("filter=lfs"))
	}
	if !used {
		return 0, "", nil
	}
	for _, f := range files {
		if f.Link != "" {
			continue
		}
		text, err := beginning(f, int64(len(pointerStart)))
		if err != nil {
			return 0, "", err
		}
		if string(text) != pointerStart {
			continue
		}
		if found++; found == 1 {
			first = f.Path
		}
	}
	return found, first, nil
}

func beginning(f artifact.File, limit int64) ([]byte, error) {
	content, err := f.Open()
	if err != nil {
		return nil, err
	}
	defer content.Close()
	text, err := io.ReadAll(io.LimitReader(content, limit))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", f.Path, err)
	}
	return text, nil
}
