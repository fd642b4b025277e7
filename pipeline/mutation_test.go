package pipeline_test

import (
	"bytes"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/penstock-ci/penstock/internal/diag"
	"github.com/penstock-ci/penstock/pipeline"
	"github.com/penstock-ci/penstock/pipeline/corpustest"
	"github.com/penstock-ci/penstock/pipeline/template"
	"github.com/penstock-ci/penstock/pipeline/tree"
)

const mutations = 10_000

// TestMutations spoils definitions of the corpus in ten thousand ways, the same in every run: nothing may crash it,
// and what is said about them is inside the file and has an end.
func TestMutations(t *testing.T) {
	files := mutableFiles(t)
	count := mutations
	if testing.Short() {
		count /= 10
	}
	const workers = 4
	for worker := range workers {
		t.Run("", func(t *testing.T) {
			t.Parallel()
			for seed := worker; seed < count; seed += workers {
				m := mutator{rand.New(rand.NewPCG(uint64(seed), 173))}
				file := files[m.IntN(len(files))]
				source := file.source
				for range 1 + m.IntN(3) {
					source = m.mutate(file.name, source)
				}
				judge(t, seed, file.name, source)
			}
		})
	}
	t.Logf("%d mutations of %d files", count, len(files))
}

// judge parses and checks a spoiled definition.
func judge(t *testing.T, seed int, name string, source []byte) {
	t.Helper()
	defer func() {
		if t.Failed() {
			t.Logf("seed %d: %s\n%s", seed, name, source)
		}
	}()
	all, list := pipeline.ParseAll(name, source, pipeline.ParseOptions{})
	for _, p := range all {
		list.Add(pipeline.Check(p, pipeline.Options{For: pipeline.LocalEngine})...)
	}
	placesHold(t, source, list)
	if !list.HasErrors() {
		for _, p := range all {
			digestIsStable(t, p, list)
		}
	}
}

type namedSource struct {
	name   string
	source []byte
}

// mutableFiles returns the files of the corpus that are not too long to be read ten thousand times.
func mutableFiles(t *testing.T) []namedSource {
	t.Helper()
	const longest = 24 << 10
	var files []namedSource
	for _, f := range corpustest.Files(t) {
		if source := f.Read(t); len(source) <= longest {
			files = append(files, namedSource{filepath.Base(f.Path), source})
		}
	}
	return files
}

// mutator spoils sources.
type mutator struct{ *rand.Rand }

func (m mutator) mutate(name string, source []byte) []byte {
	ways := []func([]byte) []byte{m.truncate, m.insert, m.deleteBlock, m.duplicateBlock, m.swapBlocks, m.retypeLine}
	if strings.HasSuffix(name, ".json") {
		ways = append(ways, m.deleteNode, m.duplicateNode, m.swapNodes, m.retypeNode)
	}
	return ways[m.IntN(len(ways))](source)
}

func (m mutator) truncate(source []byte) []byte { return source[:m.IntN(len(source)+1)] }

// insertions are bytes that mean something to a reader, and some that mean nothing anywhere.
var insertions = []string{
	"\x00", "\xff", "\t", "\r", "\n", "\n\n---\n", " ", ":", ": ", "- ", "- - ", "{", "}", "[", "]", `"`, "'", "!Ref ",
	"!Sub ", "!If ", "!GetAtt a.b", "&a ", "*a", "<<: ", "${", "${AWS::Region}", "#{", "}", "|\n", ">-\n", "? ", "%", "@",
	"\ufeff", "é", "\u2028", ",", "null", "1e999", "{{resolve:ssm:x}}", "*", "\\", "\\u0000", "Fn::Sub", "/",
}

func (m mutator) insert(source []byte) []byte {
	at := m.IntN(len(source) + 1)
	return slices.Concat(source[:at], []byte(insertions[m.IntN(len(insertions))]), source[at:])
}

// block picks a line and what is indented below it.
func (m mutator) block(lines [][]byte) (from, to int) {
	from = m.IntN(len(lines))
	for to = from + 1; to < len(lines) && indent(lines[to]) > indent(lines[from]); to++ {
	}
	return from, to
}

func indent(line []byte) int { return len(line) - len(bytes.TrimLeft(line, " -")) }

func (m mutator) deleteBlock(source []byte) []byte {
	lines := bytes.SplitAfter(source, []byte("\n"))
	from, to := m.block(lines)
	return bytes.Join(slices.Delete(lines, from, to), nil)
}

func (m mutator) duplicateBlock(source []byte) []byte {
	lines := bytes.SplitAfter(source, []byte("\n"))
	from, to := m.block(lines)
	return bytes.Join(slices.Insert(lines, to, slices.Clone(lines[from:to])...), nil)
}

func (m mutator) swapBlocks(source []byte) []byte {
	lines := bytes.SplitAfter(source, []byte("\n"))
	from, to := m.block(lines)
	moved := slices.Clone(lines[from:to])
	lines = slices.Delete(lines, from, to)
	return bytes.Join(slices.Insert(lines, m.IntN(len(lines)+1), moved...), nil)
}

// replacements are values of every kind, for keys that had another.
var replacements = []string{
	"{}", "[]", "null", "~", "true", "-1", "1.5", "''", `"a"`, "{a: b}", "[a, [b]]", "!Ref Missing", "!Sub '${A}-${B.C}'",
	"!If [C, a, !Ref AWS::NoValue]", "!GetAtt X", "{Ref: AWS::Region}", "!Join ['', [a, !Ref AWS::StackName]]", "|", "&x y",
	"*x", "!Select [9, [a]]", "!FindInMap [a, b, c]", "!Split [',', 'a,b']", "!ImportValue e", "!Equals [a, b]", "99999999999",
}

func (m mutator) retypeLine(source []byte) []byte {
	lines := bytes.SplitAfter(source, []byte("\n"))
	i := m.IntN(len(lines))
	if at := bytes.IndexByte(lines[i], ':'); at >= 0 {
		value := replacements[m.IntN(len(replacements))]
		lines[i] = slices.Concat(lines[i][:at+1], []byte(" "+value+"\n"))
	}
	return bytes.Join(lines, nil)
}

// change applies a change to a list or a mapping of a JSON document that is not empty.
func (m mutator) change(source []byte, change func(*tree.Value)) []byte {
	var problems diag.List
	root := tree.Read("mutated.json", source, &problems)
	filled := nodes(root, nil)
	if len(filled) == 0 {
		return source // spoiled before, so that it is no JSON
	}
	change(filled[m.IntN(len(filled))])
	text, _ := template.JSON(root)
	return bytes.ReplaceAll([]byte(text), []byte(","), []byte(",\n"))
}

// nodes returns the lists and mappings in a value that are not empty.
func nodes(v *tree.Value, found []*tree.Value) []*tree.Value {
	if len(v.Items)+len(v.Entries) > 0 {
		found = append(found, v)
	}
	for _, item := range v.Items {
		found = nodes(item, found)
	}
	for _, e := range v.Entries {
		found = nodes(e.Value, found)
	}
	return found
}

func (m mutator) deleteNode(source []byte) []byte {
	return m.change(source, func(v *tree.Value) {
		if n := len(v.Items); n > 0 {
			i := m.IntN(n)
			v.Items = slices.Delete(v.Items, i, i+1)
			return
		}
		i := m.IntN(len(v.Entries))
		v.Entries = slices.Delete(v.Entries, i, i+1)
	})
}

func (m mutator) duplicateNode(source []byte) []byte {
	return m.change(source, func(v *tree.Value) {
		if n := len(v.Items); n > 0 {
			v.Items = append(v.Items, v.Items[m.IntN(n)])
			return
		}
		v.Entries = append(v.Entries, v.Entries[m.IntN(len(v.Entries))])
	})
}

func (m mutator) swapNodes(source []byte) []byte {
	return m.change(source, func(v *tree.Value) {
		if n := len(v.Items); n > 0 {
			i, j := m.IntN(n), m.IntN(n)
			v.Items[i], v.Items[j] = v.Items[j], v.Items[i]
			return
		}
		i, j := m.IntN(len(v.Entries)), m.IntN(len(v.Entries))
		v.Entries[i].Value, v.Entries[j].Value = v.Entries[j].Value, v.Entries[i].Value
	})
}

func (m mutator) retypeNode(source []byte) []byte {
	return m.change(source, func(v *tree.Value) {
		other := &tree.Value{Kind: tree.Kind(m.IntN(6)), Text: "1"}
		if n := len(v.Items); n > 0 {
			v.Items[m.IntN(n)] = other
			return
		}
		v.Entries[m.IntN(len(v.Entries))].Value = other
	})
}
