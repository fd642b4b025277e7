package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
)

var update = flag.Bool("update", false, "write the transcripts")

// pages are the documents whose transcripts are run.
var pages = []string{"../../docs/local.md", "../../docs/sources.md", "../../examples/static-site/README.md", "../../examples/orders/README.md"}

// TestTranscripts runs what documents show. A fence of the language console holds commands, each behind "$ ", and what
// they print; it is run by sh in the folder of the document, and compared with times, sizes and identities
// masked. A comment in a line of its own sets things up:
//
//	<!-- folder: NAME -->   the next commands run in a new folder with the files of testdata/transcripts/NAME.txtar,
//	                        whose setup.sh, if there is one, is run first; or with those of ../../NAME, an example
//	<!-- file: NAME -->     the fence that follows is a file of that folder, and written to it
//	<!-- shell: NAME until PATTERN -->   the fence that follows is of another shell: what its command, or without one the
//	                        command that goes on there, prints to a line that matches, or, without a pattern, to its end
//
// With -update the documents get what is printed now.
func TestTranscripts(t *testing.T) {
	for _, page := range pages {
		t.Run(filepath.Base(filepath.Dir(page))+"/"+filepath.Base(page), func(t *testing.T) {
			t.Parallel()
			text, err := os.ReadFile(page)
			if err != nil {
				t.Fatal(err)
			}
			tr := &transcript{t: t, shells: map[string]*otherShell{}}
			got := tr.run(string(text))
			if tr.commands == 0 {
				t.Fatal("the page shows no command")
			}
			diff := cmp.Diff(steady(string(text)), steady(got))
			if diff != "" && !*update {
				t.Errorf("%s is not what happens; -update writes it (-page +now):\n%s", page, diff)
			}
			if diff == "" || !*update {
				return
			}
			if err := os.WriteFile(page, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		})
	}
}

// transcript is a document under way.
type transcript struct {
	t        *testing.T
	folder   string
	file     string // the name of the fence that follows, as a file
	shell    string // the shell of the fence that follows, and the pattern until which it is shown
	until    string
	shells   map[string]*otherShell
	commands int
}

var directive = regexp.MustCompile(`^<!-- (folder|file|shell): (\S+)(?: until (.+))? -->$`)

// run runs a page from its top and returns it with what is printed now.
func (tr *transcript) run(page string) string {
	tr.t.Helper()
	var out strings.Builder
	lines := strings.SplitAfter(page, "\n")
	for i := 0; i < len(lines); i++ {
		out.WriteString(lines[i])
		line := strings.TrimSuffix(lines[i], "\n")
		if d := directive.FindStringSubmatch(line); d != nil {
			tr.direct(d[1], d[2])
			tr.until = d[3]
			continue
		}
		if !strings.HasPrefix(line, "```") || line == "```" {
			continue
		}
		end := i + 1
		for end < len(lines) && lines[end] != "```\n" {
			end++
		}
		out.WriteString(tr.fence(strings.TrimPrefix(line, "```"), strings.Join(lines[i+1:end], "")))
		i = end - 1
		if end < len(lines) {
			out.WriteString(lines[end])
			i = end
		}
	}
	return out.String()
}

func (tr *transcript) direct(what, name string) {
	tr.t.Helper()
	switch what {
	case "file":
		tr.file = name
		return
	case "shell":
		tr.shell = name
		return
	}
	tr.folder = tr.t.TempDir()
	if strings.HasPrefix(name, "examples/") {
		if err := copyFolder(filepath.Join("..", "..", filepath.FromSlash(name)), tr.folder); err != nil {
			tr.t.Fatal(err)
		}
		return
	}
	archive, err := txtar.ParseFile(filepath.Join("testdata", "transcripts", name+".txtar"))
	if err != nil {
		tr.t.Fatal(err)
	}
	for _, f := range archive.Files {
		tr.write(f.Name, f.Data)
	}
	if _, err := os.Stat(filepath.Join(tr.folder, "setup.sh")); err == nil {
		if printed := tr.sh("sh -e setup.sh && rm setup.sh"); printed != "" {
			tr.t.Fatalf("setup.sh of %s: %s", name, printed)
		}
	}
}

func (tr *transcript) write(name string, data []byte) {
	tr.t.Helper()
	path := filepath.Join(tr.folder, filepath.FromSlash(name))
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, data, 0o644)); err != nil {
		tr.t.Fatal(err)
	}
}

// fence returns what a fence holds now.
func (tr *transcript) fence(language, content string) string {
	tr.t.Helper()
	if name := tr.file; name != "" {
		tr.file = ""
		tr.write(name, []byte(content))
		return content
	}
	if language != "console" {
		return content
	}
	if name := tr.shell; name != "" {
		tr.shell = ""
		return tr.inShell(name, tr.until, content)
	}
	var out strings.Builder
	for line := range strings.Lines(content) {
		command, isCommand := strings.CutPrefix(strings.TrimSuffix(line, "\n"), "$ ")
		if !isCommand {
			continue
		}
		if tr.folder == "" {
			tr.t.Fatalf("%q has no folder to run in", command)
		}
		tr.commands++
		fmt.Fprintf(&out, "$ %s\n%s", command, tr.sh(command))
	}
	return out.String()
}

// sh runs a command and returns what it prints, errors too.
func (tr *transcript) sh(command string) string {
	tr.t.Helper()
	printed, err := tr.command(command).CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		tr.t.Fatal(err)
	}
	return strings.ReplaceAll(string(printed), tr.folder, "...")
}

func (tr *transcript) command(command string) *exec.Cmd {
	cmd := exec.CommandContext(tr.t.Context(), "sh", "-c", command)
	cmd.Dir = tr.folder
	cmd.Env = append(os.Environ(), "NO_COLOR=1", "COLUMNS=", platformVariable+"=", "TZ=UTC", "GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL="+os.DevNull,
		"GIT_AUTHOR_NAME=A", "GIT_AUTHOR_EMAIL=a@example.com", "GIT_COMMITTER_NAME=A", "GIT_COMMITTER_EMAIL=a@example.com",
		"GIT_AUTHOR_DATE=2026-03-04T05:06:07Z", "GIT_COMMITTER_DATE=2026-03-04T05:06:07Z", "HOME="+tr.folder)
	return cmd
}

// changing is what differs from run to run, and what stands for it where pages are compared.
var changing = []struct {
	pattern *regexp.Regexp
	mask    string
}{
	{regexp.MustCompile(`\b(\d+h\d\dm|\d+m\d\ds|\d+(\.\d+)?s)\b`), "TIME"},
	{regexp.MustCompile(`\b\d+(\.\d+)? ms\b`), "TIME"},
	{regexp.MustCompile(`\b[0-9a-f]{8}\b`), "ID"}, // of an execution
	{regexp.MustCompile(`\b[A-Z][a-z]{2} [ \d]\d \d\d:\d\d\b`), "WHEN"},
	{regexp.MustCompile(`until \d{4}-\d\d-\d\dT\d\d:\d\dZ`), "until THEN"},
	{regexp.MustCompile(`\b(approved|rejected|stopped) by \w+`), "$1 by SOMEBODY"},
	{regexp.MustCompile(`until \d{4}-\d\d-\d\d \d\d:\d\d`), "until THEN"},
	{regexp.MustCompile(`started \d{4}-\d\d-\d\d \d\d:\d\d:\d\d`), "started THEN"},
	{regexp.MustCompile(`\b[0-9a-f]{16}\b`), "VERSION"}, // of an object: it is a digest of a zip, as the sizes are of zips
	{regexp.MustCompile(`\b\d+(\.\d+)? k?B\b`), "SIZE"},
	{regexp.MustCompile(`[ \t]+`), " "},
}

// steady are the lines of a page without what differs from run to run.
func steady(page string) []string {
	for _, c := range changing {
		page = c.pattern.ReplaceAllString(page, c.mask)
	}
	return inOrder(strings.Split(page, "\n"))
}

var (
	ofAction = regexp.MustCompile(`^ (ok|FAIL|skip) \S+ TIME`)
	belowIt  = regexp.MustCompile(`^ \S`)
)

// inOrder sorts the actions of each stage, with the lines below them: those side by side are told as they end.
func inOrder(lines []string) []string {
	var sorted, stage []string
	for _, line := range append(lines, "") {
		switch {
		case ofAction.MatchString(line):
			stage = append(stage, line)
		case len(stage) > 0 && belowIt.MatchString(line):
			stage[len(stage)-1] += "\n" + line
		default:
			slices.Sort(stage)
			sorted, stage = append(append(sorted, stage...), line), nil
		}
	}
	return sorted[:len(sorted)-1]
}
