package buildspec

import (
	"errors"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"

	"github.com/penstock-ci/penstock/internal/diag"
)

// reader walks the syntax tree of one file and collects what is wrong in it.
type reader struct {
	file    string
	source  []byte
	anchors map[string]ast.Node
	list    diag.List
	windows []Text // types of Windows in a batch
}

// entry is one key of a mapping with its value.
type entry struct {
	key   Text
	value ast.Node
}

// root parses the file into the value of its only document; nil, with a diagnostic, where that cannot be done.
func (r *reader) root(source []byte) ast.Node {
	if !utf8.Valid(source) {
		r.list.Add(notUTF8(r.whole()))
		return nil
	}
	r.source = source
	file, err := parser.ParseBytes(source, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		r.list.Add(r.syntaxError(err))
		return nil
	}
	var bodies []ast.Node
	for _, document := range file.Docs {
		if document.Body != nil && document.Body.Type() != ast.NullType {
			bodies = append(bodies, document.Body)
		}
	}
	switch len(bodies) {
	case 0:
		r.list.Add(emptyFile(r.whole()))
		return nil
	case 1:
		ast.Walk(r, bodies[0])
		return bodies[0]
	}
	r.list.Add(severalDocuments(r.rangeOf(bodies[1])))
	return nil
}

// Visit collects anchors; it implements ast.Visitor.
func (r *reader) Visit(n ast.Node) ast.Visitor {
	if anchor, ok := n.(*ast.AnchorNode); ok && anchor.Name != nil {
		r.anchors[anchor.Name.String()] = anchor.Value
	}
	return r
}

func (r *reader) syntaxError(err error) diag.Diagnostic {
	at := r.whole()
	var problem yaml.Error
	if !errors.As(err, &problem) {
		return notYAML(at, err.Error(), "")
	}
	if t := problem.GetToken(); t != nil && t.Position != nil {
		at = r.rangeOfToken(t)
	}
	return notYAML(at, problem.GetMessage(), r.line(at.Start.Line))
}

// line returns one line of the file, without its end.
func (r *reader) line(number int) string {
	at := 1
	for line := range strings.Lines(string(r.source)) {
		if at == number {
			return strings.TrimRight(line, "\r\n")
		}
		at++
	}
	return ""
}

// maxIndirections bounds how many anchors and aliases lead from one value to another: an anchor may hold itself.
const maxIndirections = 16

// resolve follows anchors, aliases and tags to the value they stand for.
func (r *reader) resolve(n ast.Node) ast.Node {
	for range maxIndirections {
		switch node := n.(type) {
		case *ast.AnchorNode:
			n = node.Value
		case *ast.AliasNode:
			n = r.anchors[node.Value.String()]
		case *ast.TagNode:
			n = node.Value
		default:
			return n
		}
	}
	return nil
}

// mapping returns the entries of a mapping, those that `<<` merges in last. Anything else is reported as not being
// what; an absent value is an empty mapping.
func (r *reader) mapping(n ast.Node, what string) []entry {
	return r.merged(n, what, 0)
}

func (r *reader) merged(n ast.Node, what string, depth int) []entry {
	var values []*ast.MappingValueNode
	switch node := r.resolve(n).(type) {
	case nil, *ast.NullNode:
		return nil
	case *ast.MappingNode:
		values = node.Values
	case *ast.MappingValueNode:
		values = []*ast.MappingValueNode{node}
	default:
		r.list.Add(notAMapping(r.rangeOf(n), what))
		return nil
	}
	var own, inherited []entry
	first := map[string]Text{}
	for _, v := range values {
		key := r.key(v.Key)
		if before, twice := first[key.Value]; twice {
			r.list.Add(duplicateKey(key, before))
			continue
		}
		first[key.Value] = key
		if _, merge := v.Key.(*ast.MergeKeyNode); !merge {
			own = append(own, entry{key, v.Value})
		} else if depth < maxIndirections {
			inherited = r.merged(v.Value, what, depth+1)
		}
	}
	return slices.Concat(own, slices.DeleteFunc(inherited, func(e entry) bool {
		_, overridden := first[e.key.Value]
		return overridden
	}))
}

func (r *reader) key(n ast.MapKeyNode) Text {
	t := n.GetToken()
	return Text{Value: t.Value, At: r.rangeOfToken(t)}
}

// sequence returns the items of a sequence; anything else is reported. An absent value is an empty sequence.
func (r *reader) sequence(n ast.Node, what string) []ast.Node {
	switch node := r.resolve(n).(type) {
	case nil, *ast.NullNode:
		return nil
	case *ast.SequenceNode:
		return node.Values
	default:
		r.list.Add(notASequence(r.rangeOf(n), what))
		return nil
	}
}

// text returns a scalar; false, with a diagnostic, for anything else.
func (r *reader) text(n ast.Node, what string) (Text, bool) {
	switch node := r.resolve(n).(type) {
	case *ast.LiteralNode:
		return Text{Value: node.Value.Value, At: r.rangeOf(n)}, true
	case *ast.StringNode:
		return Text{Value: node.Value, At: r.rangeOf(n)}, true
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.InfinityNode, *ast.NanNode:
		return Text{Value: node.GetToken().Value, At: r.rangeOf(n)}, true
	case *ast.MappingNode, *ast.MappingValueNode:
		r.list.Add(mappingForText(r.rangeOf(n), what))
	case nil, *ast.NullNode:
		r.list.Add(noValue(r.rangeOf(n), what))
	default:
		r.list.Add(notAText(r.rangeOf(n), what))
	}
	return Text{}, false
}

// texts returns the scalars of a sequence.
func (r *reader) texts(n ast.Node, what, item string) []Text {
	var texts []Text
	for _, value := range r.sequence(n, what) {
		if t, ok := r.text(value, item); ok {
			texts = append(texts, t)
		}
	}
	return texts
}

// flag reads yes, no, true or false.
func (r *reader) flag(n ast.Node, what string) bool {
	t, ok := r.text(n, what)
	if !ok {
		return false
	}
	switch strings.ToLower(t.Value) {
	case "yes", "true", "on":
		return true
	case "no", "false", "off":
		return false
	}
	r.list.Add(notAFlag(t, what))
	return false
}

func (r *reader) whole() diag.Range {
	at := diag.Position{File: r.file}
	return diag.Range{Start: at, End: at}
}

// rangeOf is where a value is written: for a mapping its first key, for an alias the alias.
func (r *reader) rangeOf(n ast.Node) diag.Range {
	switch node := n.(type) {
	case nil:
		return r.whole()
	case *ast.MappingNode:
		if !node.IsFlowStyle && len(node.Values) > 0 {
			return r.rangeOf(node.Values[0])
		}
	case *ast.MappingValueNode:
		return r.rangeOfToken(node.Key.GetToken())
	case *ast.SequenceNode, *ast.AnchorNode, *ast.AliasNode, *ast.TagNode:
	}
	return r.rangeOfToken(n.GetToken())
}

func (r *reader) rangeOfToken(t *token.Token) diag.Range {
	if t == nil || t.Position == nil || t.Position.Line < 1 {
		return r.whole()
	}
	start := diag.Position{File: r.file, Line: t.Position.Line, Column: max(1, t.Position.Column)}
	end := start
	if !strings.Contains(strings.TrimSpace(t.Origin), "\n") {
		end.Column += max(1, utf8.RuneCountInString(strings.TrimSpace(t.Origin)))
	}
	return diag.Range{Start: start, End: end}
}
