package builds

import (
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/penstock-ci/penstock/internal/action/codebuild"
	"github.com/penstock-ci/penstock/internal/action/codebuild/buildspec"
	"github.com/penstock-ci/penstock/internal/artifact"
)

// uploading is what the phase UPLOAD_ARTIFACTS does; nil in a build without it.
func (b *build) uploading() func(values map[string]string) *failure {
	switch {
	case b.part.keeps():
		return b.gatherArtifact
	case len(b.request.Outputs) > 0:
		return b.uploadArtifacts
	}
	return nil
}

// gatherArtifact finds the files that a build adds to the combined artifact of its batch.
func (b *build) gatherArtifact(values map[string]string) *failure {
	if b.spec.Artifacts == nil {
		b.log.container("The buildspec declares no primary artifact to combine")
		return nil
	}
	entries, err := b.collect(expandArtifact(*b.spec.Artifacts, values))
	if err != nil {
		return clientError(err)
	}
	b.part.gathered = entries
	b.log.container("Gathered %d file(s) for the combined artifact", len(entries))
	return nil
}

// uploadArtifacts stores every output.
func (b *build) uploadArtifacts(values map[string]string) *failure {
	for _, output := range b.request.Outputs {
		declared, err := b.declaredArtifact(output)
		if err != nil {
			return clientError(err)
		}
		entries, err := b.collect(expandArtifact(declared, values))
		if err != nil {
			return clientError(err)
		}
		stored, err := b.options.Artifacts.Pack(b.ctx, artifact.Tree{Dir: b.area.sources(), Entries: entries}, output.Location)
		if err != nil {
			return clientError(fmt.Errorf("store output artifact %s: %w", output.Name, err))
		}
		b.log.container("Stored output artifact %s: %d file(s)", output.Name, len(entries))
		b.mu.Lock()
		b.state.Artifacts[output.Name] = stored
		b.mu.Unlock()
	}
	return nil
}

func (b *build) declaredArtifact(output codebuild.Output) (buildspec.Artifact, error) {
	if b.part != nil {
		if declared, ok := b.spec.BatchArtifactFor(b.part.identifier, output.Name); ok {
			return declared, nil
		}
		return buildspec.Artifact{}, undeclaredInBatch(b.part.identifier, output.Name)
	}
	if declared, ok := b.spec.ArtifactFor(output.Name, len(b.request.Outputs)); ok {
		return declared, nil
	}
	return buildspec.Artifact{}, b.undeclared(output)
}

func (b *build) undeclared(output codebuild.Output) error {
	if len(b.request.Outputs) == 1 {
		return errors.New("the buildspec declares no artifacts; add `artifacts:` with the `files:` of output artifact " + output.Name)
	}
	names := make([]string, 0, len(b.spec.SecondaryArtifacts))
	for _, a := range b.spec.SecondaryArtifacts {
		names = append(names, a.Identifier)
	}
	declares := "the buildspec declares none"
	if len(names) > 0 {
		declares = "the buildspec declares " + strings.Join(names, ", ")
	}
	return fmt.Errorf("no secondary artifact %q, as an action with %d output artifacts needs; %s", output.Name, len(b.request.Outputs), declares)
}

// collect finds the files of an artifact. From is relative to the folder of the sources, To to the artifact's root.
func (b *build) collect(a buildspec.Artifact) ([]artifact.Entry, error) {
	bases, err := b.baseDirectories(a.BaseDirectory.Value)
	if err != nil {
		return nil, err
	}
	var entries []artifact.Entry
	matched := map[string]bool{}
	taken := map[string]string{}
	for _, base := range bases {
		for name, err := range b.files(base) {
			if err != nil {
				return nil, fmt.Errorf("read the files of the build: %w", err)
			}
			if !b.selected(a, base, name, matched) {
				continue
			}
			entry, ok := b.entry(a, base, name)
			if !ok {
				continue
			}
			if first, twice := taken[entry.To]; twice {
				b.log.container("Skipping %s: %s is called %s in the artifact already", path.Join(base, name), first, entry.To)
				continue
			}
			taken[entry.To] = path.Join(base, name)
			entries = append(entries, entry)
		}
	}
	for _, pattern := range a.Files {
		if !matched[pattern.Value] {
			b.log.container("Skipping invalid file path %s", b.explain(pattern.Value, bases))
		}
	}
	if len(entries) == 0 {
		return nil, errors.New("no matching artifact paths found: " + patternsOf(a) + " matched no file")
	}
	return entries, nil
}

// explain adds to a path that matched nothing what its author may have meant.
func (b *build) explain(pattern string, bases []string) string {
	for _, base := range bases {
		info, err := os.Stat(filepath.Join(b.area.sources(), filepath.FromSlash(path.Join(base, pattern))))
		if err == nil && info.IsDir() {
			return pattern + ", which is a folder: write " + strings.TrimSuffix(pattern, "/") + "/**/*"
		}
	}
	return pattern
}

func patternsOf(a buildspec.Artifact) string {
	texts := make([]string, 0, len(a.Files))
	for _, f := range a.Files {
		texts = append(texts, f.Value)
	}
	text := strings.Join(texts, ", ")
	if a.BaseDirectory.Value != "" {
		text += " in base-directory " + a.BaseDirectory.Value
	}
	return text
}

// baseDirectories are the folders that base-directory means, as slash paths relative to the folder of the sources.
// It may be a pattern, and may lie in a secondary source by its absolute path.
func (b *build) baseDirectories(base string) ([]string, error) {
	if base == "" {
		return []string{primary}, nil
	}
	pattern := path.Join(primary, filepath.ToSlash(base))
	if filepath.IsAbs(base) {
		relative, err := filepath.Rel(b.area.sources(), base)
		if err != nil {
			return nil, fmt.Errorf("base-directory %s: %w", base, err)
		}
		pattern = filepath.ToSlash(relative)
	}
	if !filepath.IsLocal(filepath.FromSlash(pattern)) {
		return nil, fmt.Errorf("base-directory %s is outside of the sources of the build", base)
	}
	matches, err := fs.Glob(os.DirFS(b.area.sources()), pattern)
	if err != nil {
		return nil, fmt.Errorf("base-directory %s: %w", base, err)
	}
	var bases []string
	for _, match := range matches {
		if info, err := os.Stat(filepath.Join(b.area.sources(), filepath.FromSlash(match))); err == nil && info.IsDir() {
			bases = append(bases, match)
		}
	}
	if len(bases) == 0 {
		return nil, fmt.Errorf("no matching base directory path found for %s", base)
	}
	return bases, nil
}

// files yields everything below base that is no folder, as slash paths relative to it, in order.
func (b *build) files(base string) iter.Seq2[string, error] {
	root := filepath.Join(b.area.sources(), filepath.FromSlash(base))
	return func(yield func(string, error) bool) {
		_ = filepath.WalkDir(root, func(file string, d fs.DirEntry, err error) error {
			if err == nil && d.IsDir() {
				return nil
			}
			name, relErr := filepath.Rel(root, file)
			if !yield(filepath.ToSlash(name), errors.Join(err, relErr)) || err != nil {
				return fs.SkipAll
			}
			return nil
		})
	}
}

// selected reports whether a file belongs to the artifact, and notes the patterns that matched.
func (b *build) selected(a buildspec.Artifact, base, name string, matched map[string]bool) bool {
	found := false
	for _, pattern := range a.Files {
		if matchesPath(pattern.Value, b.area.source(base), name) {
			matched[pattern.Value] = true
			found = true
		}
	}
	return found && !slices.ContainsFunc(a.ExcludePaths, func(pattern buildspec.Text) bool {
		return matchesPath(pattern.Value, b.area.source(base), name)
	})
}

// matchesPath matches a pattern that is relative to base, or absolute and inside it.
func matchesPath(pattern, base, name string) bool {
	if rest, ok := strings.CutPrefix(pattern, filepath.ToSlash(base)+"/"); ok {
		pattern = rest
	}
	return buildspec.Match(pattern, name)
}

// entry places a file in the artifact. Symbolic links become the files they lead to, unless enable-symlinks keeps
// them; one that leads to no file of the build is left out.
func (b *build) entry(a buildspec.Artifact, base, name string) (artifact.Entry, bool) {
	e := artifact.Entry{From: path.Join(base, name), To: name}
	if a.DiscardPaths {
		e.To = path.Base(name)
	}
	file := filepath.Join(b.area.sources(), filepath.FromSlash(e.From))
	info, err := os.Lstat(file)
	if err != nil || info.Mode().IsRegular() {
		return e, err == nil
	}
	if info.Mode()&fs.ModeSymlink == 0 {
		b.log.container("Skipping %s: it is neither a file nor a symbolic link", name)
		return e, false
	}
	if a.KeepLinks {
		return e, true
	}
	target, ok := b.linkTarget(file)
	if !ok {
		b.log.container("Skipping symbolic link %s: it leads to no file of the build", name)
		return e, false
	}
	e.From = target
	return e, true
}

// linkTarget is the file that a link leads to in the end, relative to the folder of the sources.
func (b *build) linkTarget(link string) (string, bool) {
	target, err := filepath.EvalSymlinks(link)
	if err != nil {
		return "", false
	}
	root, err := filepath.EvalSymlinks(b.area.sources())
	if err != nil {
		return "", false
	}
	relative, err := filepath.Rel(root, target)
	info, statErr := os.Stat(target)
	ok := err == nil && statErr == nil && info.Mode().IsRegular() && filepath.IsLocal(relative)
	return filepath.ToSlash(relative), ok
}
