package penstock_test

import (
	"errors"
	"fmt"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

const module = "github.com/penstock-ci/penstock"

// rows lists the folders of the module, highest first. A package takes the row of the
// longest folder that holds it; it imports lower rows only. "a/*" gives every package below
// a its own place in the row: they may import the package a and not each other.
var rows = [][]string{
	{"cmd/penstock", "functions/*", "infra"},
	{"internal/api", "internal/local", "internal/cloud"},
	{"internal/task", "internal/resources", "statemachines/engine"},
	{"internal/action/*", "statemachines"},
	{"internal/execution", "internal/artifact", "statemachines/asl"},
	{"events", "pipeline"},
	{"internal/diag"},
}

// sameRow names the imports allowed inside a row, each with its reason.
var sameRow = map[[2]string]string{
	{"events", "pipeline"}: "an event carries parts of a definition",
}

// testsOnly names what test files may import against the rows, each with its reason.
var testsOnly = map[[2]string]string{
	{"events/pattern", "statemachines/engine/mototest"}:     "event patterns are compared with those of moto, which it installs",
	{"functions/answer-api", "functions/runtimetest"}:       "its binary is tested as Lambda runs it",
	{"functions/fetch-source", "functions/runtimetest"}:     "its bundle is tested as Lambda runs it",
	{"statemachines", "statemachines/engine"}:               "compiled machines are tested by running them",
	{"statemachines", "statemachines/engine/mototest"}:      "compiled machines are tested by running them on another engine too",
	{"statemachines", "internal/local/journal/journaltest"}: "what compiled machines take while they wait is measured on the durable store",
}

// walls keep a module out of every folder but one.
var walls = []struct{ module, folder, reason string }{
	{"go.etcd.io/bbolt", "internal/local", "one package knows how records lie on this disk"},
	{"github.com/aws/aws-sdk-go-v2", "internal/cloud", "one package knows the SDK and classifies its errors"},
	{"github.com/aws/smithy-go", "internal/cloud", "one package knows the SDK and classifies its errors"},
	{"github.com/aws/aws-lambda-go", "functions", "handlers are plain functions below functions/"},
	{"github.com/aws/aws-cdk-go", "infra", "jsii stays out of the Lambda binaries"},
	{"github.com/aws/constructs-go", "infra", "jsii stays out of the Lambda binaries"},
	{"github.com/aws/jsii-runtime-go", "infra", "jsii stays out of the Lambda binaries"},
	{"charm.land", "cmd/penstock", "only the command line draws"},
	{"github.com/spf13/cobra", "cmd/penstock", "only the command line reads flags"},
}

func TestImports(t *testing.T) {
	violations, packages, err := checkImports(os.DirFS("."))
	if err != nil {
		t.Fatal(err)
	}
	if packages == 0 {
		t.Fatal("no package found: the test does not run at the module's root")
	}
	for _, violation := range violations {
		t.Error(violation)
	}
}

// commandLineSDK is what the command line may be made of of the SDK, and what these packages need themselves: it signs
// requests to a platform with its user's credentials. clientsOfConfig are the clients that config gets credentials with.
var (
	commandLineSDK = []string{
		"github.com/aws/aws-sdk-go-v2/aws/signer/v4", "github.com/aws/aws-sdk-go-v2/config", "github.com/aws/aws-sdk-go-v2/credentials",
		"github.com/aws/smithy-go/logging",
	}
	clientsOfConfig = []string{"signin", "sso", "ssooidc", "sts"}
)

// The command line starts on every machine, with an account or without, and soon: of AWS it has what signs, and no client of a
// service but those of config. It may import internal/cloud by its row, so this is asked of the go command.
func TestCommandLineHasLittleSDK(t *testing.T) {
	deps := func(packages ...string) []string {
		out, err := exec.CommandContext(t.Context(), "go", append([]string{"list", "-deps"}, packages...)...).Output()
		if err != nil {
			t.Fatal(err)
		}
		return strings.Fields(string(out))
	}
	packages, allowed := deps("./cmd/penstock"), deps(commandLineSDK...)
	if !slices.Contains(packages, module+"/internal/local") {
		t.Errorf("go list names %d packages, internal/local not among them", len(packages))
	}
	for _, name := range packages {
		if within(name, "github.com/aws") && !slices.Contains(allowed, name) || name == module+"/internal/cloud" {
			t.Errorf("cmd/penstock is made of %s", name)
		}
		client, isClient := strings.CutPrefix(name, "github.com/aws/aws-sdk-go-v2/service/")
		client, _, _ = strings.Cut(client, "/")
		if isClient && client != "internal" && !slices.Contains(clientsOfConfig, client) {
			t.Errorf("cmd/penstock is made of the client of %s: is it one of config?", client)
		}
	}
}

// clientsOfFunctions are the SDK's clients that Lambda functions are made of besides that of S3: each is initialised whenever
// a function starts.
var clientsOfFunctions = map[string][]string{"invoke": {"lambda"}}

// heavy is what takes long to initialise: what Lambda starts is not made of it.
var heavy = []string{
	"github.com/go-git", "github.com/ProtonMail",
	"encoding/gob", // go-git's; the loop of a function has it without the tag lambda.norpc
	"github.com/recolabs/gnata", module + "/statemachines",
}

// besideFunctions are the programs that lie beside a function's, and may be made of what is heavy. They reach no network.
var besideFunctions = []string{"fetch-source/clone"}

func TestFunctionsAreMadeOfWhatTheyCall(t *testing.T) {
	out, err := exec.CommandContext(t.Context(), "go", "list", "-tags", "lambda.norpc", "-f", `{{.Name}} {{.ImportPath}} {{join .Deps " "}}`, "./functions/...").Output()
	if err != nil {
		t.Fatal(err)
	}
	var seen, beside []string
	for line := range strings.Lines(string(out)) {
		words := strings.Fields(line)
		name := strings.TrimPrefix(words[1], module+"/functions/")
		switch {
		case words[0] != "main" || strings.Contains(name, "/testdata/"):
		case strings.Contains(name, "/"):
			beside = append(beside, name)
			checkBeside(t, name, words[2:])
		default:
			seen = append(seen, name)
			checkFunction(t, name, words[2:])
		}
	}
	if !slices.Contains(seen, "invoke") {
		t.Errorf("go list names the functions %q, invoke not among them", seen)
	}
	if diff := cmp.Diff(besideFunctions, beside); diff != "" {
		t.Errorf("programs beside functions, by besideFunctions (-) and by their folders (+):\n%s", diff)
	}
}

func checkFunction(t *testing.T, function string, packages []string) {
	t.Helper()
	var clients []string
	for _, name := range packages {
		if client, is := strings.CutPrefix(name, "github.com/aws/aws-sdk-go-v2/service/"); is && !strings.Contains(client, "/") {
			clients = append(clients, client)
		}
		for _, dependency := range heavy {
			if within(name, dependency) {
				t.Errorf("functions/%s is made of %s", function, name)
			}
		}
	}
	slices.Sort(clients)
	want := slices.Sorted(slices.Values(append([]string{"s3"}, clientsOfFunctions[function]...)))
	if diff := cmp.Diff(want, clients); diff != "" {
		t.Errorf("clients that functions/%s is made of (-want +got):\n%s", function, diff)
	}
}

func checkBeside(t *testing.T, program string, packages []string) {
	t.Helper()
	for _, name := range packages {
		if within(name, "github.com/aws") || name == module+"/internal/cloud" || name == "net" {
			t.Errorf("functions/%s is made of %s", program, name)
		}
	}
}

// checkImports parses every Go file of the module, build constraints aside, and returns what
// is forbidden as "file:line:column: ..." in path order, with the number of packages seen.
func checkImports(root fs.FS) (violations []string, packages int, err error) {
	seen := map[string]bool{}
	err = fs.WalkDir(root, ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir():
			return skipFolder(root, name)
		case path.Ext(name) != ".go":
			return nil
		}
		found, err := checkFile(root, name)
		seen[path.Dir(name)] = true
		violations = append(violations, found...)
		return err
	})
	return violations, len(seen), err
}

// skipFolder leaves out what the go command leaves out too: hidden folders, testdata, nested
// modules, and what go.mod says to ignore.
func skipFolder(root fs.FS, name string) error {
	if name == "." {
		return nil
	}
	base := path.Base(name)
	if strings.HasPrefix(base, ".") || strings.HasPrefix(base, "_") || base == "testdata" || base == "node_modules" {
		return fs.SkipDir
	}
	switch _, err := fs.Stat(root, path.Join(name, "go.mod")); {
	case err == nil:
		return fs.SkipDir
	case errors.Is(err, fs.ErrNotExist):
		return nil
	default:
		return err
	}
}

func checkFile(root fs.FS, name string) (violations []string, err error) {
	source, err := fs.ReadFile(root, name)
	if err != nil {
		return nil, err
	}
	files := token.NewFileSet()
	file, err := parser.ParseFile(files, name, source, parser.ImportsOnly|parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	from, isTest := path.Dir(name), strings.HasSuffix(name, "_test.go")
	for _, spec := range file.Imports {
		imported, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", files.Position(spec.Pos()), err)
		}
		if why := forbidden(from, imported, isTest); why != "" {
			violations = append(violations, fmt.Sprintf("%s: imports %s: %s", files.Position(spec.Pos()), imported, why))
		}
	}
	return violations, nil
}

// forbidden says why the package in folder from may not import the path imported, or "".
func forbidden(from, imported string, isTest bool) string {
	if imported == module || within(imported, module) {
		return forbiddenRow(from, strings.TrimPrefix(strings.TrimPrefix(imported, module), "/"), isTest)
	}
	for _, wall := range walls {
		if within(imported, wall.module) && !within(from, wall.folder) {
			return fmt.Sprintf("only %s may import %s (%s)", wall.folder, wall.module, wall.reason)
		}
	}
	return ""
}

func forbiddenRow(from, to string, isTest bool) string {
	fromRow, fromPlace := locate(from)
	toRow, toPlace := locate(to)
	switch {
	case from == to: // an external test of the package
		return ""
	case from == ".":
		return "the module's root holds this test only"
	case fromRow < 0:
		return from + " has no row in the table of imports_test.go"
	case toRow < 0:
		return to + " has no row in the table of imports_test.go"
	case isTest && testsOnly[[2]string{from, to}] != "":
		return ""
	case toRow > fromRow, fromPlace == toPlace, sameRow[[2]string{fromPlace, toPlace}] != "":
		return ""
	case toRow == fromRow && isParent(to, from):
		return ""
	case toRow == fromRow:
		return fmt.Sprintf("%s and %s share a row (%s)", from, to, strings.Join(rows[toRow], ", "))
	default:
		return fmt.Sprintf("%s (row %d) is above %s (row %d)", to, toRow+1, from, fromRow+1)
	}
}

// locate finds the row of a folder and its place in it: a folder of the table, or below
// "a/*" the package folder a/name. The row is -1 where the table has none.
func locate(folder string) (row int, place string) {
	row, longest := -1, ""
	for i, places := range rows {
		for _, pattern := range places {
			base, each := strings.CutSuffix(pattern, "/*")
			if !within(folder, base) || len(base) < len(longest) {
				continue
			}
			row, longest, place = i, base, base
			if rest := strings.TrimPrefix(folder, base); each && rest != "" {
				name, _, _ := strings.Cut(rest[1:], "/")
				place = base + "/" + name
			}
		}
	}
	return row, place
}

// isParent says whether child is the package of a "parent/*" pattern, or below it.
func isParent(parent, child string) bool {
	for _, places := range rows {
		for _, pattern := range places {
			if pattern == parent+"/*" {
				return within(child, parent)
			}
		}
	}
	return false
}

func within(name, folder string) bool {
	return name == folder || strings.HasPrefix(name, folder+"/")
}

func TestForbidden(t *testing.T) {
	own := func(folder string) string { return module + "/" + folder }
	for _, test := range []struct {
		from, imported string
		test           bool
		want           string // part of the reason; "" where the import is allowed
	}{
		{from: "statemachines", imported: own("pipeline")},
		{from: "statemachines", imported: own("statemachines/asl")},
		{from: "cmd/penstock", imported: own("cmd/penstock/view")},
		{from: "cmd/penstock/view", imported: own("events")},
		{from: "events", imported: own("pipeline")},
		{from: "internal/action/s3", imported: own("internal/action")},
		{from: "internal/local/builds", imported: own("internal/local/objects")},
		{from: "internal/local", imported: "go.etcd.io/bbolt"},
		{from: "internal/cloud", imported: "github.com/aws/aws-sdk-go-v2/service/s3"},
		{from: "functions/run-build", imported: "github.com/aws/aws-lambda-go/lambda"},
		{from: "pipeline", imported: own("pipeline"), test: true},

		{from: "internal/diag", imported: own("pipeline"), want: "above internal/diag"},
		{from: "statemachines/asl", imported: own("statemachines"), want: "above statemachines/asl"},
		{from: "statemachines", imported: own("statemachines/engine"), want: "above statemachines"},
		{from: "internal/task", imported: own("internal/local"), test: true, want: "above internal/task"},
		{from: "pipeline", imported: own("events"), want: "share a row"},
		{from: "internal/local", imported: own("internal/cloud"), want: "share a row"},
		{from: "internal/local/builds", imported: own("internal/cloud/builds"), want: "share a row"},
		{from: "internal/action/s3", imported: own("internal/action/codebuild"), want: "share a row"},
		{from: "internal/action", imported: own("internal/action/codebuild"), want: "share a row"},
		{from: "statemachines", imported: own("internal/action/s3"), want: "share a row"},
		{from: "functions/run-build", imported: own("functions/approve"), want: "share a row"},
		{from: "internal/helper", imported: own("pipeline"), want: "internal/helper has no row"},
		{from: "pipeline", imported: own("internal/helper"), want: "internal/helper has no row"},
		{from: "pipeline", imported: module, want: "has no row"},
		{from: ".", imported: own("pipeline"), want: "root holds this test only"},
		{from: "internal/execution", imported: "go.etcd.io/bbolt", test: true, want: "only internal/local"},
		{from: "internal/task", imported: "github.com/aws/aws-sdk-go-v2/aws", want: "only internal/cloud"},
		{from: "internal/task", imported: "github.com/aws/aws-lambda-go/events", want: "only functions"},
		{from: "internal/cloud", imported: "github.com/aws/aws-cdk-go/awscdk/v2", want: "only infra"},
		{from: "functions/run-build", imported: "github.com/aws/jsii-runtime-go", want: "only infra"},
		{from: "internal/local", imported: "charm.land/lipgloss/v2", want: "only cmd/penstock"},
	} {
		t.Run(test.from+" imports "+test.imported, func(t *testing.T) {
			got := forbidden(test.from, test.imported, test.test)
			if (got == "") != (test.want == "") || !strings.Contains(got, test.want) {
				t.Errorf("forbidden = %q, want %q", got, test.want)
			}
		})
	}
}

func TestCheckImportsFindsEveryFile(t *testing.T) {
	source := func(text string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(text)} }
	upward := "import \"" + module + "/internal/local\"\n"
	violations, packages, err := checkImports(fstest.MapFS{
		"go.mod":                        source("module " + module),
		"internal/diag/diag.go":         source("package diag\n\n" + upward),
		"internal/diag/x_test.go":       source("package diag_test\n" + upward),
		"internal/task/os_windows.go":   source("//go:build windows\n\npackage task\n\n" + upward),
		"internal/diag/testdata/bad.go": source("package bad\n" + upward),
		"examples/a/go.mod":             source("module a"),
		"examples/a/main.go":            source("package main\n" + upward),
	})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"internal/diag/diag.go:3:8: imports " + module + "/internal/local: internal/local (row 2) is above internal/diag (row 7)",
		"internal/diag/x_test.go:2:8: imports " + module + "/internal/local: internal/local (row 2) is above internal/diag (row 7)",
		"internal/task/os_windows.go:5:8: imports " + module + "/internal/local: internal/local (row 2) is above internal/task (row 3)",
	}
	if diff := cmp.Diff(want, violations); diff != "" {
		t.Errorf("violations (-want +got):\n%s", diff)
	}
	if packages != 2 {
		t.Errorf("packages = %d, want 2", packages)
	}
}
