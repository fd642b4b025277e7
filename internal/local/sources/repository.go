package sources

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/go-git/go-git/v5"
	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/filemode"
	"github.com/go-git/go-git/v5/plumbing/object"

	"github.com/penstock-ci/penstock/internal/action/source"
	"github.com/penstock-ci/penstock/internal/action/source/commits"
	"github.com/penstock-ci/penstock/internal/artifact"
)

// repository is a git repository as seen from a folder in it.
type repository struct {
	git *git.Repository
	// root is the working tree's folder, empty for a bare repository.
	root string
	// below is the bound folder relative to root, with slashes; "." for root itself.
	below string
}

func (r *repository) bare() bool { return r.root == "" }

// place is where the repository is, for messages: its working tree, or itself where it is bare.
func (r *repository) place() string {
	if folders := r.gitFolders(); r.bare() && len(folders) > 0 {
		return folders[0]
	}
	return r.root
}

// find opens the repository that holds folder, or is it, if there is one.
func find(folder string) (repo *repository, found bool, err error) {
	repo, err = open(folder)
	if errors.Is(err, git.ErrRepositoryNotExists) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, fmt.Errorf("open the git repository of %s: %w", folder, err)
	}
	return repo, true, nil
}

func open(folder string) (*repository, error) {
	resolved, err := filepath.EvalSymlinks(folder)
	if err == nil {
		resolved, err = filepath.Abs(resolved)
	}
	if err != nil {
		return nil, err
	}
	options := &git.PlainOpenOptions{DetectDotGit: !isBare(resolved), EnableDotGitCommonDir: true}
	opened, err := git.PlainOpenWithOptions(resolved, options)
	if err != nil {
		return nil, err
	}
	r := &repository{git: opened, below: "."}
	if err := readable(opened, resolved); err != nil {
		return nil, err
	}
	tree, err := opened.Worktree()
	if errors.Is(err, git.ErrIsBareRepository) {
		return r, nil
	}
	if err != nil {
		return nil, err
	}
	r.root = tree.Filesystem.Root()
	below, err := filepath.Rel(r.root, resolved)
	r.below = filepath.ToSlash(below)
	return r, err
}

// readable refuses repositories in newer forms, whose objects or references would otherwise seem to be missing.
func readable(opened *git.Repository, folder string) error {
	settings, err := opened.Config()
	if err != nil {
		return err
	}
	extensions := settings.Raw.Section("extensions")
	for key, read := range map[string]string{"objectformat": "sha1", "refstorage": "files"} {
		if value := extensions.Option(key); value != "" && value != read {
			return unreadableForm(folder, key, value)
		}
	}
	return nil
}

// isBare recognises a bare repository the way git does.
func isBare(folder string) bool {
	for _, name := range []string{"HEAD", "objects", "refs"} {
		if _, err := os.Stat(filepath.Join(folder, name)); err != nil {
			return false
		}
	}
	return true
}

// committed fetches the tree of a revision.
func (r *repository) committed(ctx context.Context, revision string) (source.Fetched, error) {
	hash, err := r.resolve(revision)
	if err != nil {
		return source.Fetched{}, err
	}
	commit, err := r.git.CommitObject(*hash)
	if err != nil {
		return source.Fetched{}, fmt.Errorf("read commit %s: %w", hash, err)
	}
	files, err := r.files(ctx, commit)
	if err != nil {
		return source.Fetched{}, err
	}
	found := commits.Describe(commit)
	found.Branch = r.branch(revision)
	return source.Fetched{Files: files, Commit: found}, nil
}

// resolve takes what git takes as a revision, and a branch that only the remote has.
func (r *repository) resolve(revision string) (*plumbing.Hash, error) {
	hash, err := r.git.ResolveRevision(plumbing.Revision(revision))
	if err != nil {
		if hash, remoteErr := r.git.ResolveRevision(plumbing.Revision("origin/" + revision)); remoteErr == nil {
			return hash, nil
		}
		known, err := r.references()
		if err != nil {
			return nil, err
		}
		return nil, unknownRevision(revision, r, known)
	}
	return hash, nil
}

// branch is the name of the branch that a revision means, if it is one.
func (r *repository) branch(revision string) string {
	if revision == "HEAD" {
		head, err := r.git.Head()
		if err == nil && head.Name().IsBranch() {
			return head.Name().Short()
		}
		return ""
	}
	name := strings.TrimPrefix(revision, "origin/")
	for _, reference := range []plumbing.ReferenceName{
		plumbing.NewBranchReferenceName(revision), plumbing.NewRemoteReferenceName("origin", name),
	} {
		if _, err := r.git.Reference(reference, false); err == nil {
			return strings.TrimPrefix(reference.Short(), "origin/")
		}
	}
	return ""
}

// subtree is the part of a commit's tree that the bound folder is; object.ErrDirectoryNotFound where it has none.
func (r *repository) subtree(c *object.Commit) (*object.Tree, error) {
	tree, err := c.Tree()
	if err != nil || r.below == "." {
		return tree, err
	}
	return tree.Tree(r.below)
}

// files are those of a commit below the bound folder, its submodules' included.
func (r *repository) files(ctx context.Context, c *object.Commit) ([]artifact.File, error) {
	tree, err := r.subtree(c)
	if errors.Is(err, object.ErrDirectoryNotFound) {
		return nil, unknownFolder(c.Hash, r.below)
	}
	if err != nil {
		return nil, fmt.Errorf("read tree of commit %s: %w", c.Hash, err)
	}
	files := []artifact.File{}
	err = commits.Walk(ctx, tree, func(name string, entry object.TreeEntry) error {
		if entry.Mode == filemode.Submodule {
			below, err := r.submoduleFiles(ctx, c, name, entry.Hash)
			files = append(files, below...)
			return err
		}
		f, err := r.file(name, entry)
		files = append(files, f)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read tree of commit %s: %w", c.Hash, err)
	}
	return files, nil
}

func (r *repository) submoduleFiles(ctx context.Context, c *object.Commit, name string, recorded plumbing.Hash) ([]artifact.File, error) {
	submodule, commit, err := r.submodule(c, path.Join(r.below, name), recorded)
	if err != nil {
		return nil, err
	}
	files, err := submodule.files(ctx, commit)
	for i := range files {
		files[i].Path = name + "/" + files[i].Path
	}
	return files, err
}

// file is an entry of a tree; a content that is not there is named by it.
func (r *repository) file(name string, entry object.TreeEntry) (artifact.File, error) {
	return commits.File(name, entry, func(hash plumbing.Hash) (*object.Blob, error) {
		blob, err := r.git.BlobObject(hash)
		if errors.Is(err, plumbing.ErrObjectNotFound) {
			return nil, missingBlob(r, hash, name)
		}
		if err != nil {
			return nil, fmt.Errorf("read blob %s: %w", hash, err)
		}
		return blob, nil
	})
}
