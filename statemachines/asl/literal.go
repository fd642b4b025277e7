package asl

import "strings"

const (
	expressionStart = "{%"
	expressionEnd   = "%}"
)

// IsExpression tells whether Step Functions takes a string as a JSONata expression: it starts with exactly {% and ends
// with exactly %}.
func IsExpression(s string) bool {
	return len(s) >= len(expressionStart)+len(expressionEnd) &&
		strings.HasPrefix(s, expressionStart) && strings.HasSuffix(s, expressionEnd)
}

// Expression returns the source inside {% %}.
func Expression(s string) (source string, ok bool) {
	if !IsExpression(s) {
		return "", false
	}
	return s[len(expressionStart) : len(s)-len(expressionEnd)], true
}

// Expr wraps a JSONata source in {% %}.
func Expr(source string) string { return expressionStart + " " + source + " " + expressionEnd }

// Literal turns a user's text into a string that means just that text wherever a JSONata-mode machine allows a value.
// The text is returned as it is unless it would be an expression, or holds something that CloudFormation or
// DefinitionSubstitutions would replace; then it becomes an expression with the same value.
func Literal(text string) string {
	if !strings.Contains(text, expressionStart) && !strings.Contains(text, expressionEnd) && !strings.Contains(text, "${") {
		return text
	}
	return Expr(QuoteJSONata(text))
}

// QuoteJSONata writes a text as a JSONata string literal. The literal is plain ASCII without ${, {% and %}, so it is
// safe inside {% %}, in a template, and through substitution.
func QuoteJSONata(text string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range text {
		quoteRune(&b, r)
	}
	b.WriteByte('"')
	return b.String()
}

// quoteRune escapes what would end the literal or mean something outside it. A dollar sign, a per cent sign and braces
// are escaped always: whether they are dangerous depends on what stands beside them.
func quoteRune(b *strings.Builder, r rune) {
	switch {
	case r > 0xFFFF:
		r -= 0x10000
		escape(b, 0xD800+(r>>10))
		escape(b, 0xDC00+(r&0x3FF))
	case r < ' ' || r > '~' || strings.ContainsRune(`"\$%{}`+"`", r):
		escape(b, r)
	default:
		b.WriteRune(r)
	}
}

// escape writes a UTF-16 code unit as \uXXXX.
func escape(b *strings.Builder, unit rune) {
	const digits = "0123456789ABCDEF"
	b.WriteString(`\u`)
	for shift := 12; shift >= 0; shift -= 4 {
		b.WriteByte(digits[unit>>shift&15])
	}
}
