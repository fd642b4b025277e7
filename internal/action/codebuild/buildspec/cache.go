package buildspec

import (
	"github.com/goccy/go-yaml/ast"
)

// Cache is the cache section.
type Cache struct {
	// Key names what is kept; it may hold $NAME, ${NAME} and $(codebuild-hash-files PATH...). Empty is one cache for all
	// builds of the project.
	Key Text
	// FallbackKeys are beginnings of keys, for a build whose key nothing was kept under.
	FallbackKeys []Text
	// Paths are those of files, as in artifacts; one may be a folder.
	Paths []Text
	// Restore and Save say what a build does with the cache.
	Restore, Save bool
}

// maxFallbackKeys is the reference's.
const maxFallbackKeys = 5

func (r *reader) cache(key Text, n ast.Node) *Cache {
	c := &Cache{Restore: true, Save: true}
	before := r.list.Errors()
	r.sections(n, "cache", []string{"key", "fallback-keys", "action", "paths"}, map[string]section{
		"key":           func(_ Text, v ast.Node) { c.Key, _ = r.text(v, "key") },
		"fallback-keys": func(key Text, v ast.Node) { c.FallbackKeys = r.fallbackKeys(key, v) },
		"action":        func(_ Text, v ast.Node) { r.cacheAction(c, v) },
		"paths":         func(_ Text, v ast.Node) { c.Paths = r.patterns(v, "paths") },
	})
	if len(c.Paths) == 0 && r.list.Errors() == before {
		r.list.Add(noCachePaths(key))
	}
	return c
}

func (r *reader) fallbackKeys(key Text, n ast.Node) []Text {
	keys := r.texts(n, "fallback-keys", "a key")
	if len(keys) > maxFallbackKeys {
		r.list.Add(manyFallbackKeys(key, len(keys)))
	}
	return keys
}

func (r *reader) cacheAction(c *Cache, n ast.Node) {
	action, ok := r.text(n, "action")
	switch {
	case !ok:
	case action.Value == "restore":
		c.Save = false
	case action.Value == "save":
		c.Restore = false
	default:
		r.list.Add(unknownCacheAction(action))
	}
}
