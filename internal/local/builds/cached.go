package builds

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/penstock-ci/penstock/internal/action/codebuild/buildspec"
	"github.com/penstock-ci/penstock/internal/local/builds/cache"
)

// cached is the cache of a build: its project's, under one key.
type cached struct {
	from     *cache.Cache
	declared *buildspec.Cache
	key      string
	// paths are those that the cache keeps: what a build writes outside of its sources stays where it is.
	paths []string
}

// defaultKey is the key of a cache that declares none.
const defaultKey = "default"

// cacheOf is the cache that the buildspec declares; nil where it declares none, or there is no place for one.
func (b *build) cacheOf() *cached {
	declared := b.spec.Cache
	if declared == nil || b.options.Cache == "" || b.request.Project == "" {
		return nil
	}
	c := &cached{from: cache.New(b.options.Cache), declared: declared, key: defaultKey}
	if declared.Key.Value != "" {
		c.key = b.cacheKey(declared.Key.Value)
	}
	for _, p := range declared.Paths {
		if where := outside(expand(p, b.environment).Value, b.options.Home, b.area.source(primary)); where != "" {
			b.log.container("%s", notCached(p.Value, where))
			continue
		}
		c.paths = append(c.paths, p.Value)
	}
	return c
}

// outside says where a path is that no cache needs to keep; empty for one in the sources. The home of CodeBuild is /root:
// here it is another folder, which stays from build to build anyway.
func outside(pattern, home, sources string) string {
	inside := func(folder string) bool { return pattern == folder || strings.HasPrefix(pattern, folder+"/") }
	switch {
	case inside("~"), inside("/root"), inside(home):
		return "in HOME, which stays from build to build"
	case inside(sources):
		return ""
	case path.IsAbs(pattern):
		return "on this machine, outside of the build"
	case !filepath.IsLocal(filepath.FromSlash(path.Clean(pattern))):
		return "outside of the build"
	}
	return ""
}

// hashFiles is CodeBuild's command for keys.
var hashFiles = regexp.MustCompile(`\$\(\s*codebuild-hash-files\s+([^)]*)\)`)

// cacheKey replaces variables and hashes in a key. Other commands are not run: a key with one stays as it is written.
func (b *build) cacheKey(key string) string {
	key = hashFiles.ReplaceAllStringFunc(key, func(command string) string {
		return b.hashOf(strings.Fields(hashFiles.FindStringSubmatch(command)[1]))
	})
	return expand(buildspec.Text{Value: key}, b.environment).Value
}

// hashOf hashes the files of the sources that match, with their names.
func (b *build) hashOf(patterns []string) string {
	sum := sha256.New()
	for name, err := range b.files(primary) {
		if err != nil || !matchesAny(patterns, name) {
			continue
		}
		fmt.Fprintf(sum, "%q\n", name)
		if f, err := os.Open(filepath.Join(b.area.source(primary), filepath.FromSlash(name))); err == nil {
			_, _ = io.Copy(sum, f) // what cannot be read is as good as empty
			_ = f.Close()
		}
	}
	return hex.EncodeToString(sum.Sum(nil))
}

func matchesAny(patterns []string, name string) bool {
	for _, pattern := range patterns {
		pattern = strings.Trim(pattern, `"'`)
		if buildspec.Match(pattern, name) || strings.HasPrefix(name, path.Clean(pattern)+"/") {
			return true
		}
	}
	return false
}

// restoreCache brings back what the last build of the project kept. A cache that cannot be read is none.
func (b *build) restoreCache() {
	b.cache = b.cacheOf()
	if b.cache == nil || !b.cache.declared.Restore || len(b.cache.paths) == 0 {
		return
	}
	var fallbacks []string
	if b.cache.declared.Key.Value != "" { // the reference ignores them otherwise
		for _, f := range b.cache.declared.FallbackKeys {
			fallbacks = append(fallbacks, b.cacheKey(f.Value))
		}
	}
	key, ok := b.cache.from.Find(b.request.Project, b.cache.key, fallbacks)
	if !ok {
		b.log.container("There is no cache %s of project %s yet", b.cache.key, b.request.Project)
		return
	}
	files, err := b.cache.from.Restore(b.request.Project, key, b.area.source(primary))
	if err != nil {
		b.log.container("The cache is used in part only: %v", err)
	}
	b.log.container("Restored cache %s of project %s: %d file(s)", key, b.request.Project, files)
}

// saveCache keeps the files of the cache of a build that has not failed. That it cannot fails nothing.
func (b *build) saveCache() {
	if b.cache == nil || !b.cache.declared.Save || len(b.cache.paths) == 0 || b.hasFailed() {
		return
	}
	var names []string
	paths := b.cachePaths()
	for name, err := range b.files(primary) {
		if err == nil && matchesAny(paths, name) {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		b.log.container("The cache is not saved: %s matched no file", strings.Join(b.cache.paths, ", "))
		return
	}
	err := b.cache.from.Save(b.request.Project, b.cache.key, cache.Archive{
		Dir: b.area.source(primary), Names: names, Aside: filepath.Join(b.area.root, "cache"),
	})
	if err != nil {
		b.log.container("The cache is not saved: %v", err)
		return
	}
	b.log.container("Saved cache %s of project %s: %d file(s)", b.cache.key, b.request.Project, len(names))
}

// cachePaths are the paths of the cache relative to the sources.
func (b *build) cachePaths() []string {
	paths := make([]string, 0, len(b.cache.paths))
	for _, p := range b.cache.paths {
		expanded := expand(buildspec.Text{Value: p}, b.environment).Value
		paths = append(paths, strings.TrimPrefix(expanded, filepath.ToSlash(b.area.source(primary))+"/"))
	}
	return paths
}

func (b *build) hasFailed() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.state.Failure != nil
}
