// Package reports reads the files of test reports and counts the test cases in them: all formats of tests that a
// buildspec's reports may have. In goes a format and the text of a file, out come counts; names, messages and output of
// test cases are not kept. The formats of code coverage hold no test cases and are none of this package's.
//
// The reference names the formats and leaves their form to the tools; which outcomes there are is from the tools' own
// schemas.
package reports

import (
	"bufio"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/penstock-ci/penstock/internal/action/codebuild"
)

// format reads one kind of file.
type format struct {
	name  string // as users call it
	count func(io.Reader) (codebuild.Tests, error)
}

// formats by the words of a buildspec's file-format.
func formats() map[string]format {
	return map[string]format{
		"JUNITXML":        {"JUnit XML", countJUnit},
		"CUCUMBERJSON":    {"Cucumber JSON", countCucumber},
		"NUNITXML":        {"NUnit XML", nunit.count},
		"NUNIT3XML":       {"NUnit 3 XML", nunit3.count},
		"TESTNGXML":       {"TestNG XML", testNG.count},
		"VISUALSTUDIOTRX": {"Visual Studio TRX", trx.count},
	}
}

// Counts reports whether files of a file-format hold test cases.
func Counts(fileFormat string) bool {
	_, ok := formats()[fileFormat]
	return ok
}

// Count counts the test cases of a file. An error says that the file is not of the format; what is in it is then in
// the error only where the XML or JSON itself is broken.
func Count(fileFormat string, r io.Reader) (codebuild.Tests, error) {
	f, ok := formats()[fileFormat]
	if !ok {
		return codebuild.Tests{}, fmt.Errorf("reports of format %q hold no test cases", fileFormat)
	}
	tests, err := f.count(r)
	if err != nil {
		return codebuild.Tests{}, fmt.Errorf("not %s: %w", f.name, err)
	}
	return tests, nil
}

// outcome is what became of a test case.
type outcome int

const (
	passed outcome = iota
	failed
	skipped
)

func add(tests *codebuild.Tests, o outcome) {
	switch o {
	case passed:
		tests.Passed++
	case failed:
		tests.Failed++
	case skipped:
		tests.Skipped++
	}
}

// errNoReport is a file that is well formed and no report.
var errNoReport = errors.New("it has none of the elements of one")

// document calls begin and end for the elements of an XML file, to its end. begin tells whether the element is one
// that only such a report has; a file without any is an error.
func document(r io.Reader, begin func(xml.StartElement) bool, end func(name string)) error {
	decoder := xml.NewDecoder(r)
	decoder.CharsetReader = singleBytes
	known := false
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) && known {
			return nil
		}
		if errors.Is(err, io.EOF) {
			return errNoReport
		}
		if err != nil {
			return err
		}
		switch element := token.(type) {
		case xml.StartElement:
			known = begin(element) || known
		case xml.EndElement:
			end(element.Name.Local)
		}
	}
}

// singleBytes reads a file of an encoding other than UTF-8. The words of the formats are ASCII, so any encoding will do in
// which ASCII is itself: each byte becomes one character, the right one in ISO 8859-1.
func singleBytes(charset string, r io.Reader) (io.Reader, error) {
	if lower := strings.ToLower(charset); strings.HasPrefix(lower, "utf-16") || strings.HasPrefix(lower, "utf-32") {
		return nil, fmt.Errorf("its encoding %s is not read here", charset)
	}
	return &latin1{from: bufio.NewReader(r)}, nil
}

// latin1 turns ISO 8859-1 into UTF-8.
type latin1 struct {
	from *bufio.Reader
	rest []byte
}

func (l *latin1) Read(p []byte) (int, error) {
	n := 0
	for n < len(p) {
		if len(l.rest) == 0 {
			c, err := l.from.ReadByte()
			if err != nil {
				if n > 0 {
					return n, nil
				}
				return 0, err
			}
			l.rest = utf8.AppendRune(l.rest[:0], rune(c))
		}
		copied := copy(p[n:], l.rest)
		l.rest = l.rest[copied:]
		n += copied
	}
	return n, nil
}

func attribute(e xml.StartElement, name string) string {
	for _, a := range e.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}
