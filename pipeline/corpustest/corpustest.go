// Package corpustest finds the collection of public pipeline definitions that tests read. It is no part of this repository,
// because others wrote them under licences of their own: it lies beside a checkout, in ../shared/corpus. A test that reads it
// is skipped where it is not, and says so.
package corpustest

import (
	"bytes"
	"encoding/csv"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// File is one definition.
type File struct {
	// Name is its path in the collection, such as cfn/template.yaml.
	Name string
	Path string
	// Good is whether its label says that CodePipeline takes it.
	Good bool
}

// Read returns what is in the file.
func (f File) Read(t testing.TB) []byte {
	t.Helper()
	source, err := os.ReadFile(f.Path)
	if err != nil {
		t.Fatal(err)
	}
	return source
}

// fewest is how many files the collection has at least: less is a part of it, of which a test says nothing.
const fewest = 150

// absent says why a test has nothing to read.
const absent = "the public definitions, ../shared/corpus, are not beside this checkout"

// Files are all definitions, in the order of their names. The test is skipped where there are none.
func Files(t testing.TB) []File {
	t.Helper()
	files := FilesIfHere(t)
	if files == nil {
		t.Skip(absent)
	}
	return files
}

// FilesIfHere is Files for a test that has something else to read as well: nil where there are none.
func FilesIfHere(t testing.TB) []File {
	t.Helper()
	folder := folder(t)
	if folder == "" {
		t.Log(absent)
		return nil
	}
	good := labels(t, folder)
	var files []File
	err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		name, _ := filepath.Rel(folder, path) // both are below the same folder
		if name = filepath.ToSlash(name); err != nil || entry.IsDir() || !strings.Contains(name, "/") {
			return err
		}
		label, labelled := good[name]
		if !labelled {
			t.Errorf("the index of public definitions does not have %s", name)
		}
		files = append(files, File{name, path, label})
		delete(good, name)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for name := range good {
		t.Errorf("the index of public definitions has %s, which is not there", name)
	}
	if len(files) < fewest {
		t.Fatalf("there are only %d public definitions", len(files))
	}
	slices.SortFunc(files, func(a, b File) int { return strings.Compare(a.Name, b.Name) })
	return files
}

// folder is where the collection lies, beside the module that the test is of; "" where it does not.
func folder(t testing.TB) string {
	t.Helper()
	root, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(root, "go.mod")); err == nil {
			break
		}
		if filepath.Dir(root) == root {
			t.Fatal("there is no go.mod above the working directory")
		}
		root = filepath.Dir(root)
	}
	found := filepath.Join(filepath.Dir(root), "shared", "corpus")
	if _, err := os.Stat(found); os.IsNotExist(err) {
		return ""
	}
	return found
}

// labels are the files of the index, and whether each is labelled good.
func labels(t testing.TB, folder string) map[string]bool {
	t.Helper()
	index, err := os.ReadFile(filepath.Join(folder, "index.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	reader := csv.NewReader(bytes.NewReader(index))
	reader.Comma, reader.LazyQuotes = '\t', true
	rows, err := reader.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	valid, problems := slices.Index(rows[0], "valid"), slices.Index(rows[0], "structural_problems")
	good := map[string]bool{}
	for _, row := range rows[1:] { // the first column is the file
		good[row[0]] = strings.HasPrefix(row[valid], "valid") && row[problems] == ""
	}
	return good
}
