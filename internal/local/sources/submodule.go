package sources

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/go-git/go-git/v5"
	"github.com/go-git/go-git/v5/config"
	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/object"
	"github.com/go-git/go-git/v5/storage/filesystem"
)

// submodule finds the commit of a submodule that a commit records, in what git keeps of that submodule on this machine.
// name is the submodule's folder relative to the repository's root.
func (r *repository) submodule(c *object.Commit, name string, recorded plumbing.Hash) (*repository, *object.Commit, error) {
	declared, err := declaredSubmodule(c, name)
	if err != nil {
		return nil, nil, err
	}
	kept, err := r.keptSubmodules(name, declared.Name)
	if err != nil {
		return nil, nil, err
	}
	for _, candidate := range kept {
		commit, err := candidate.git.CommitObject(recorded)
		if err == nil {
			return candidate, commit, nil
		}
		if !errors.Is(err, plumbing.ErrObjectNotFound) {
			return nil, nil, fmt.Errorf("read commit %s of submodule %s: %w", recorded, name, err)
		}
	}
	if len(kept) > 0 {
		return nil, nil, staleSubmodule(r, name, recorded)
	}
	return nil, nil, absentSubmodule(r, name, declared.URL)
}

// declaredSubmodule is what the .gitmodules of a commit says of a folder; the zero value where it says nothing.
func declaredSubmodule(c *object.Commit, name string) (config.Submodule, error) {
	file, err := c.File(".gitmodules")
	if errors.Is(err, object.ErrFileNotFound) {
		return config.Submodule{}, nil
	}
	if err != nil {
		return config.Submodule{}, fmt.Errorf("read .gitmodules of commit %s: %w", c.Hash, err)
	}
	text, err := file.Contents()
	if err != nil {
		return config.Submodule{}, fmt.Errorf("read .gitmodules of commit %s: %w", c.Hash, err)
	}
	modules := config.NewModules()
	if err := modules.Unmarshal([]byte(text)); err != nil {
		return config.Submodule{}, fmt.Errorf("read .gitmodules of commit %s: %w", c.Hash, err)
	}
	for _, m := range modules.Submodules {
		if m.Path == name {
			return *m, nil
		}
	}
	return config.Submodule{}, nil
}

// keptSubmodules opens the repositories that git may keep of a submodule: below the folder of the repository itself,
// of the one that a linked working tree belongs to, and in the submodule's own folder, where old versions of git and
// whoever moved it there have it.
func (r *repository) keptSubmodules(folder, name string) ([]*repository, error) {
	var candidates []string
	if name != "" && filepath.IsLocal(name) {
		for _, dir := range r.gitFolders() {
			candidates = append(candidates, filepath.Join(dir, "modules", filepath.FromSlash(name)))
		}
	}
	if !r.bare() && filepath.IsLocal(folder) {
		if checkedOut := filepath.Join(r.root, filepath.FromSlash(folder)); hasGit(checkedOut) {
			candidates = append(candidates, checkedOut)
		}
	}
	var kept []*repository
	for _, candidate := range candidates {
		opened, err := git.PlainOpenWithOptions(candidate, &git.PlainOpenOptions{EnableDotGitCommonDir: true})
		if errors.Is(err, git.ErrRepositoryNotExists) || errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("open the submodule %s: %w", candidate, err)
		}
		sub := &repository{git: opened, below: "."}
		if !r.bare() {
			sub.root = filepath.Join(r.root, filepath.FromSlash(folder))
		}
		kept = append(kept, sub)
	}
	return kept, nil
}

func hasGit(folder string) bool {
	_, err := os.Lstat(filepath.Join(folder, git.GitDirName))
	return err == nil
}

// gitFolders are the folders in which git keeps this repository: its own, and the shared one of linked working trees.
func (r *repository) gitFolders() []string {
	stored, ok := r.git.Storer.(*filesystem.Storage)
	if !ok {
		return nil
	}
	own := stored.Filesystem().Root()
	folders := []string{own}
	shared, err := os.ReadFile(filepath.Join(own, "commondir"))
	if err != nil {
		return folders // only a linked working tree has one
	}
	common := strings.TrimSpace(string(shared))
	if !filepath.IsAbs(common) {
		common = filepath.Join(own, common)
	}
	return append(folders, common)
}
