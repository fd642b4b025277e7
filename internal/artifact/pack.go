package artifact

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
)

// Pack stores a tree as a zip. The same tree gives the same bytes: entries are sorted by path, times are fixed, modes
// are reduced to 0644 and 0755, symbolic links stay links and may not leave the tree. Folders have no entries of
// their own, so an empty one is lost, as in git. A zip that could not be read back is a *ZipError.
//
// The zip is streamed: memory does not depend on its size, and a cancelled ctx leaves nothing stored.
func (s *Store) Pack(ctx context.Context, tree Tree, to Location) (Object, error) {
	root, files, err := tree.files()
	if err != nil {
		return Object{}, fmt.Errorf("pack artifact %s: %w", to, err)
	}
	defer root.Close()
	return s.PackFiles(ctx, files, to)
}

// PackFiles is Pack for files that need not lie in one folder.
func (s *Store) PackFiles(ctx context.Context, files []File, to Location) (Object, error) {
	files, err := ordered(files, s.limits)
	if err != nil {
		return Object{}, fmt.Errorf("pack artifact %s: %w", to, err)
	}
	body, zipped := stream(ctx, files)
	stored, err := s.objects.Put(ctx, to.Bucket, to.Key, body)
	body.CloseWithError(errAbandoned)
	zipErr := <-zipped
	if zipErr != nil && !errors.Is(zipErr, errAbandoned) {
		// The reason; what Put says is only its echo.
		err = zipErr
	}
	if err != nil {
		return Object{}, fmt.Errorf("pack artifact %s: %w", to, err)
	}
	return stored, nil
}

// WriteFiles writes the zip that PackFiles stores of the same files, byte for byte, with DefaultLimits. It is for who hands
// the zip to somebody else to be stored.
func WriteFiles(ctx context.Context, to io.Writer, files []File) error {
	files, err := ordered(files, DefaultLimits())
	if err != nil {
		return err
	}
	return writeZip(ctx, to, files)
}

// ordered are the files in the order of their zip, if they make one that can be read back.
func ordered(files []File, limits Limits) ([]File, error) {
	files = slices.SortedFunc(slices.Values(files), func(a, b File) int { return cmp.Compare(a.Path, b.Path) })
	return files, errors.Join(limits.checkEntries(len(files)), checkFiles(files))
}

var errAbandoned = errors.New("the store took no more")

func checkFiles(files []File) error {
	seen := newNames(len(files))
	for _, f := range files {
		if err := checkName(f.Path); err != nil {
			return err
		}
		if err := seen.add(f.Path); err != nil {
			return err
		}
	}
	return checkLinks(files)
}

// stream writes the zip from a goroutine that ends when the zip is written, or body is closed. Its error arrives on
// the channel, exactly once.
func stream(ctx context.Context, files []File) (body *io.PipeReader, zipped <-chan error) {
	body, pipe := io.Pipe()
	done := make(chan error, 1)
	go func() {
		err := writeZip(ctx, pipe, files)
		pipe.CloseWithError(err)
		done <- err
	}()
	return body, done
}

// writeZip compresses on all cores and writes in the order of files.
func writeZip(ctx context.Context, to io.Writer, files []File) error {
	ctx, cancel := context.WithCancel(ctx)
	d := startDeflater(ctx, files)
	err := assemble(to, files, d)
	cancel() // after an error there is something left to end
	if readErr := d.wait(); err == nil {
		err = readErr
	}
	return err
}
