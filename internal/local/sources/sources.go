// Package sources stands on this machine for the repositories and buckets of source actions: a folder as it lies
// there, a git repository at a revision, a file, an image, or an object that a deployment here has put. It is the source.Sources of a laptop; it never fetches from a
// network and never changes what it reads.
package sources

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"github.com/penstock-ci/penstock/internal/action/source"
	"github.com/penstock-ci/penstock/internal/action/source/commits"
	"github.com/penstock-ci/penstock/internal/artifact"
)

// Binding says what stands for a source: what lies at Path, or an image. Path is a folder, a git repository or a file.
// With a Revision (a branch, tag or commit) the committed tree is taken, of the repository that holds Path, below Path;
// without, what lies there. Image is the name of an image, Digest which one it is; an empty URI is one of this machine's account.
type Binding struct{ Path, Revision, Image, Digest, URI string }

// registry is the address of the registry that this machine's account would have.
const (
	account  = "000000000000"
	registry = account + ".dkr.ecr.us-east-1.amazonaws.com"
)

// Deployed opens objects that deployments on this machine have put; an *artifact.NotFoundError where there is none. It
// is a part of artifact.Objects.
type Deployed interface {
	Open(ctx context.Context, at artifact.Location) (artifact.Reader, error)
}

// Sources fetches from what is bound, and an S3 source that is not bound from what was deployed. It is a source.Sources.
type Sources struct {
	bound    map[string]Binding
	deployed Deployed
}

// New makes Sources from the bindings by "Stage/Action".
func New(bound map[string]Binding, deployed Deployed) *Sources { return &Sources{bound, deployed} }

// Fetch is that of source.Sources.
func (s *Sources) Fetch(ctx context.Context, r source.Request) (source.Fetched, error) {
	b, bound := s.bound[r.Stage+"/"+r.Action]
	switch {
	case !bound && r.Provider == "S3":
		return s.fetchDeployed(ctx, r)
	case !bound:
		return source.Fetched{}, notBound(r)
	case b.Image != "":
		return b.image()
	case r.CommitID != "":
		b.Revision = r.CommitID
	}
	info, err := b.look(r)
	switch {
	case err != nil:
		return source.Fetched{}, err
	case info.Mode().IsRegular() && b.Revision == "":
		return fetchFile(b.Path, r)
	case !info.IsDir():
		return source.Fetched{}, notFolder(r, b.Path)
	}
	fetched, err := fetchTree(ctx, b, r)
	if err != nil {
		return source.Fetched{}, errors.Join(err, fetched.Close())
	}
	return fetched, nil
}

// look finds what lies at the path.
func (b Binding) look(r source.Request) (fs.FileInfo, error) {
	info, err := os.Stat(b.Path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, missingPath(r, b.Path)
	}
	if err != nil {
		return nil, fmt.Errorf("look at bound source: %w", err)
	}
	return info, nil
}

// image is imageDetail.json about the image that is bound.
func (b Binding) image() (source.Fetched, error) {
	uri := cmp.Or(b.URI, registry+"/"+b.Image+"@"+b.Digest)
	id, _, _ := strings.Cut(uri, ".")
	if !strings.Contains(uri, ".dkr.ecr.") {
		id = account
	}
	file, err := source.Image{Digest: b.Digest, RegistryID: id, Repository: b.Image, URI: uri}.File()
	return source.Fetched{Files: []artifact.File{file}}, err
}

// fetchDeployed opens an object that a deployment on this machine put.
func (s *Sources) fetchDeployed(ctx context.Context, r source.Request) (source.Fetched, error) {
	at := artifact.Location{Bucket: r.Configuration["S3Bucket"], Key: r.Configuration["S3ObjectKey"]}
	opened, err := s.deployed.Open(ctx, at)
	var missing *artifact.NotFoundError
	if errors.As(err, &missing) {
		return source.Fetched{}, notDeployed(r, at)
	}
	if err != nil {
		return source.Fetched{}, err
	}
	content := io.NewSectionReader(opened, 0, opened.Size())
	if is, err := isVersion(content, r.ObjectVersion); err != nil || !is {
		at.VersionID = r.ObjectVersion
		return source.Fetched{}, errors.Join(cmp.Or(err, error(notDeployed(r, at))), opened.Close())
	}
	return source.Fetched{Object: content, Closer: opened}, nil
}

// isVersion says whether content has a version, which is the beginning of its SHA-256; the empty one is any. It leaves
// content at its beginning.
func isVersion(content io.ReadSeeker, version string) (bool, error) {
	if version == "" {
		return true, nil
	}
	sum := sha256.New()
	if _, err := io.Copy(sum, content); err != nil {
		return false, fmt.Errorf("read deployed object: %w", err)
	}
	_, err := content.Seek(0, io.SeekStart)
	return len(version) >= minVersion && strings.HasPrefix(hex.EncodeToString(sum.Sum(nil)), version), err
}

// minVersion is the length of the versions that source actions report.
const minVersion = 16

// fetchTree fetches from a folder or a git repository. What it returns is closed where it fails, too.
func fetchTree(ctx context.Context, b Binding, r source.Request) (source.Fetched, error) {
	repo, found, err := find(b.Path)
	switch {
	case err != nil:
		return source.Fetched{}, err
	case b.Revision != "" && !found:
		return source.Fetched{}, notRepository(b.Path, b.Revision)
	case found && repo.bare() && b.Revision == "":
		b.Revision = "HEAD"
	}
	var fetched source.Fetched
	if b.Revision != "" {
		fetched, err = repo.committed(ctx, b.Revision)
	} else {
		fetched, err = fetchFolder(ctx, b.Path, repo)
	}
	if err == nil {
		err = notice(&fetched, b)
	}
	if err == nil && fetched.Commit != nil && r.Configuration["OutputArtifactFormat"] == source.CloneFormat {
		err = repo.addClone(ctx, &fetched)
	}
	return fetched, err
}

// notice adds what a user should know of files.
func notice(f *source.Fetched, b Binding) error {
	found, first, err := commits.Pointers(f.Files)
	if err != nil {
		return fmt.Errorf("look for Git LFS pointers in %s: %w", b.Path, err)
	}
	if found > 0 {
		f.Notes = append(f.Notes, notePointers(found, first))
	}
	return nil
}

// fetchFile takes a file as the object that it stands for, or as the zip that a repository's provider would make. For an
// image it is the file about it.
func fetchFile(path string, r source.Request) (source.Fetched, error) {
	f, err := os.Open(path)
	if err != nil {
		return source.Fetched{}, fmt.Errorf("open bound source: %w", err)
	}
	if r.Provider == "ECR" {
		about := artifact.File{Path: source.ImageDetail, Open: func() (io.ReadCloser, error) { return os.Open(path) }}
		return source.Fetched{Files: []artifact.File{about}, Closer: f}, nil
	}
	if r.Provider != "S3" && !isZip(f) {
		return source.Fetched{}, errors.Join(notZip(r, path), f.Close())
	}
	return source.Fetched{Object: f, Closer: f}, nil
}

// isZip tells by the first bytes: those of an entry, or of the end of a zip without entries.
func isZip(f io.ReaderAt) bool {
	start := make([]byte, 4)
	_, err := f.ReadAt(start, 0)
	return err == nil && (string(start) == "PK\x03\x04" || string(start) == "PK\x05\x06")
}
