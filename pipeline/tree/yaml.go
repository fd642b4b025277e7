package tree

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"

	"github.com/penstock-ci/penstock/internal/diag"
)

// readYAML reads one YAML document. On a syntax error it reports one diagnostic and returns a null value.
func readYAML(file string, source []byte, list *diag.List) *Value {
	r := &yamlReader{text: newSource(file, source), list: list, anchors: map[string]*Value{}}
	empty := &Value{At: span(r.text.position(1, 1), 1), Size: 1}
	documents, problem := r.parse(string(source))
	if problem != nil {
		list.Add(*problem)
		return empty
	}
	if len(documents) > 1 {
		list.Add(severalDocuments(r.value(documents[1].Body, 0).At))
	}
	if len(documents) == 0 {
		return empty
	}
	return r.value(documents[0].Body, 0)
}

type yamlReader struct {
	text     *source
	list     *diag.List
	anchors  map[string]*Value
	unmasked bool // the source has the characters that masks are made of
	values   int  // made so far, every alias counted as if written out
}

// parse returns the documents that have content. The parser that we use fails on a raw tab in some quoted scalars;
// for these it is asked once more with such tabs masked.
func (r *yamlReader) parse(source string) ([]*ast.DocumentNode, *diag.Diagnostic) {
	if r.unmasked = hasMasks(source); !r.unmasked {
		source = maskColons(source)
	}
	parsed, problem := r.parseOnce(source)
	if problem != nil && !r.unmasked && strings.ContainsRune(source, '\t') {
		if again, stillBad := r.parseOnce(maskTabs(source)); stillBad == nil {
			parsed, problem = again, nil
		}
	}
	if problem != nil {
		return nil, problem
	}
	var documents []*ast.DocumentNode
	for _, document := range parsed.Docs {
		if document.Body != nil && document.Body.Type() != ast.CommentType && document.Body.Type() != ast.DirectiveType {
			documents = append(documents, document)
		}
	}
	return documents, nil
}

// parseOnce turns a panic of the parser into a diagnostic: its input is not ours, and a crash would hide the place.
func (r *yamlReader) parseOnce(source string) (file *ast.File, problem *diag.Diagnostic) {
	start := span(r.text.position(1, 1), 1)
	defer func() {
		if cause := recover(); cause != nil {
			d := unreadableYAML(start, fmt.Sprint(cause))
			file, problem = nil, &d
		}
	}()
	tokens := lexer.Tokenize(source)
	if d, bad := r.outOfBounds(tokens); bad {
		return nil, &d
	}
	reserved := r.reserved(tokens)
	file, err := parser.Parse(tokens, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		d := r.diagnose(err, start)
		if reserved != nil && reserved.At.Start.Line <= d.At.Start.Line {
			d = *reserved
		}
		return nil, &d
	}
	return file, reserved
}

// reserved finds a plain scalar that begins with "%", which the parser lets pass.
func (r *yamlReader) reserved(tokens token.Tokens) *diag.Diagnostic {
	for _, t := range tokens {
		if t.Type == token.StringType && strings.HasPrefix(t.Value, "%") {
			d := invalidYAML(span(r.text.position(t.Position.Line, t.Position.Column), 1), "'%' is a reserved character")
			return &d
		}
	}
	return nil
}

func (r *yamlReader) diagnose(err error, start diag.Range) diag.Diagnostic {
	var syntax yaml.Error
	if !errors.As(err, &syntax) {
		return invalidYAML(start, strings.SplitN(err.Error(), "\n", 2)[0])
	}
	if t := syntax.GetToken(); t != nil && t.Position != nil {
		start = span(r.text.position(t.Position.Line, t.Position.Column), 1)
	}
	d := invalidYAML(start, r.unmask(syntax.GetMessage()))
	if r.isRendered() {
		d.Help = "this file has to be rendered first: it holds what a template engine replaces"
	}
	return d
}

// isRendered reports whether a line begins like a statement of a template engine.
func (r *yamlReader) isRendered() bool {
	for _, line := range r.text.lines {
		if strings.HasPrefix(strings.TrimSpace(line), "{%") {
			return true
		}
	}
	return false
}

// value turns a parsed value into ours.
func (r *yamlReader) value(v ast.Node, depth int) *Value {
	at := r.start(v)
	if r.values++; r.values > maxValues || depth > maxDepth {
		r.list.Add(tooDeep(at))
		return &Value{At: at, Size: 1}
	}
	switch v := v.(type) {
	case *ast.MappingNode:
		return r.mapping(at, v.Values, depth)
	case *ast.MappingValueNode:
		return r.mapping(at, []*ast.MappingValueNode{v}, depth)
	case *ast.SequenceNode:
		return r.sequence(at, v, depth)
	case *ast.AnchorNode:
		anchored := r.value(v.Value, depth+1)
		r.anchors[v.Name.GetToken().Value] = anchored
		return anchored
	case *ast.AliasNode:
		return r.alias(at, v)
	case *ast.TagNode:
		return r.tagged(v, depth)
	case *ast.MappingKeyNode:
		return r.value(v.Value, depth+1)
	}
	return r.scalar(at, v)
}

func (r *yamlReader) mapping(at diag.Range, pairs []*ast.MappingValueNode, depth int) *Value {
	v := &Value{Kind: Mapping, At: at, Entries: make([]Entry, 0, len(pairs))}
	var merged []Entry
	for _, pair := range pairs {
		if pair.Key.IsMergeKey() {
			merged = append(merged, r.merge(r.value(pair.Value, depth+1))...)
			continue
		}
		key := r.value(pair.Key, depth+1)
		if !key.IsScalar() && key.Kind != Null {
			r.list.Add(wrongKind(key.At, "a key", String, key.Kind))
			continue
		}
		v.Entries = append(v.Entries, Entry{
			Key: Text{Value: key.Text, At: key.At}, Value: r.value(pair.Value, depth+1),
		})
	}
	v.Entries = withMerged(v.Entries, merged)
	return v.settle()
}

// withMerged adds the merged entries whose keys are not there yet: what is written out wins, then what comes first.
func withMerged(entries, merged []Entry) []Entry {
	if len(merged) == 0 {
		return entries
	}
	there := make(map[string]bool, len(entries)+len(merged))
	for _, e := range entries {
		there[e.Key.Value] = true
	}
	for _, e := range merged {
		if !there[e.Key.Value] {
			there[e.Key.Value] = true
			entries = append(entries, e)
		}
	}
	return entries
}

// merge returns the entries that a merge key brings: of a mapping, or of each mapping in a list.
func (r *yamlReader) merge(from *Value) []Entry {
	switch from.Kind {
	case Mapping:
		return from.Entries
	case Sequence:
		var entries []Entry
		for _, item := range from.Items {
			entries = append(entries, item.Entries...)
		}
		return entries
	}
	r.list.Add(wrongKind(from.At, "a merge key", Mapping, from.Kind))
	return nil
}

func (r *yamlReader) sequence(at diag.Range, list *ast.SequenceNode, depth int) *Value {
	v := &Value{Kind: Sequence, At: at, Items: make([]*Value, 0, len(list.Values))}
	for _, item := range list.Values {
		v.Items = append(v.Items, r.value(item, depth+1))
	}
	return v.settle()
}

// alias shares the anchored value: nothing is copied, but it counts as if it were.
func (r *yamlReader) alias(at diag.Range, v *ast.AliasNode) *Value {
	name := v.Value.GetToken().Value
	anchored, known := r.anchors[name]
	if !known {
		r.list.Add(unknownAnchor(at, r.unmask(name), r.anchors))
		return &Value{At: at, Size: 1}
	}
	if r.values += anchored.Size; r.values > maxValues {
		r.list.Add(tooManyValues(at))
		return &Value{At: at, Size: 1}
	}
	return anchored
}

// tagged keeps a tag that is not of the core schema, for the reader of the model to refuse or to understand.
func (r *yamlReader) tagged(v *ast.TagNode, depth int) *Value {
	tag := r.unmask(v.GetToken().Value)
	if v.Value == nil {
		return &Value{At: r.start(v), Tag: tag, Size: 1}
	}
	inner := *r.value(v.Value, depth+1)
	switch {
	case tag == "!!str" && inner.IsScalar():
		inner.Kind = String
	case !strings.HasPrefix(tag, "!!"):
		inner.Tag = tag
	}
	return &inner
}

// scalar reads a scalar. A long text counts as several values: aliases may repeat it.
func (r *yamlReader) scalar(at diag.Range, v ast.Node) *Value {
	const bytesOfValue = 64
	scalar := &Value{Kind: String, At: at, Size: 1}
	defer func() { scalar.Size += len(scalar.Text) / bytesOfValue }()
	switch v := v.(type) {
	case *ast.LiteralNode:
		scalar.Text = r.unmask(v.Value.Value)
		return scalar
	case *ast.StringNode:
		scalar.Text = r.unmask(v.Value)
	case *ast.NullNode:
		scalar.Kind = Null
		return scalar
	case *ast.BoolNode:
		scalar.Kind, scalar.Text = Boolean, strings.ToLower(v.GetToken().Value)
	default:
		scalar.Kind, scalar.Text = Number, r.unmask(v.GetToken().Value)
	}
	scalar.At = r.extent(at.Start, scalar.Text)
	return scalar
}

// start returns the place where a value begins, one column wide.
func (r *yamlReader) start(v ast.Node) diag.Range {
	if v == nil || v.GetToken() == nil || v.GetToken().Position == nil {
		return span(r.text.position(1, 1), 1)
	}
	at := v.GetToken().Position
	start := r.text.position(at.Line, at.Column)
	if rest := r.text.rest(start); v.GetToken().Type != token.NullType {
		start.Column += len(rest) - len(strings.TrimLeft(rest, " ")) // the parser counts some tagged scalars short
	}
	return span(start, 1)
}

// extent returns the range of a scalar on its first line, without quotes.
func (r *yamlReader) extent(start diag.Position, content string) diag.Range {
	rest := strings.TrimSuffix(r.text.rest(start), "\r")
	if rest == "" {
		return span(start, 1)
	}
	if quote := rest[0]; quote == '"' || quote == '\'' {
		start.Column++
		return span(start, utf8.RuneCountInString(rest[1:1+quotedLength(rest[1:], quote)]))
	}
	if strings.HasPrefix(rest, content) {
		return span(start, utf8.RuneCountInString(content))
	}
	return span(start, max(1, utf8.RuneCountInString(strings.TrimRight(rest, " \t"))))
}

// quotedLength returns how many bytes of rest come before the closing quote, or all when it is on another line.
func quotedLength(rest string, quote byte) int {
	for i := 0; i < len(rest); i++ {
		switch {
		case quote == '"' && rest[i] == '\\':
			i++
		case rest[i] == quote && quote == '\'' && i+1 < len(rest) && rest[i+1] == quote:
			i++
		case rest[i] == quote:
			return i
		}
	}
	return len(rest)
}
