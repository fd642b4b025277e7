package catalogue_test

import (
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/penstock-ci/penstock/pipeline/catalogue"
)

// optional are keys that the tables name among the required ones and that the catalogue does not require, and why.
var optional = map[string]string{
	"Test/AWS/DeviceFarm AppiumVersion":                         "it is ignored",
	"Deploy/AWS/CloudFormationStackInstances DeploymentTargets": "it goes with Regions; its own page does not require it",
	"Deploy/AWS/EC2 DeploySpec":                                 "in its absence others are required",
	"Deploy/AWS/ServiceCatalog ConfigurationFilePath":           "in its absence others are required",
}

// TestAgainstReference holds the rows against the tables that the facts were collected in.
func TestAgainstReference(t *testing.T) {
	page, err := os.ReadFile("../../../shared/reference/codepipeline.md")
	if os.IsNotExist(err) {
		t.Skip("the collected facts are not beside this checkout")
	}
	if err != nil {
		t.Fatal(err)
	}
	named := map[string]bool{}
	for _, cells := range tableOf(string(page), "### 4.1") {
		for _, name := range namesOf(cells[0]) {
			named[name] = true
			compareCounts(t, name, cells)
			compareRequired(t, name, cells[3])
		}
	}
	for _, cells := range tableOf(string(page), "## 5.") {
		named["Rule/AWS/"+cells[0]] = true
	}
	for _, row := range all() {
		name := strings.TrimSuffix(row.String(), "/1")
		if !named[name] {
			t.Errorf("%s is in no table", name)
		}
		delete(named, name)
	}
	for name := range named {
		t.Errorf("%s is in a table and not in the catalogue", name)
	}
}

// tableOf returns the rows of the first table below a heading, without its head.
func tableOf(page, heading string) [][]string {
	_, section, _ := strings.Cut(page, "\n"+heading)
	var rows [][]string
	for line := range strings.Lines(section) {
		switch {
		case strings.HasPrefix(line, "|"):
			cells := strings.Split(strings.ReplaceAll(strings.Trim(strings.TrimSpace(line), "|"), `\|`, "/"), "|")
			for i := range cells {
				cells[i] = strings.TrimSpace(cells[i])
			}
			rows = append(rows, cells)
		case len(rows) > 0:
			return rows[2:]
		}
	}
	return nil
}

// namesOf reads "Build,Test/AWS/CodeBuild"; action types of owner Custom have no rows.
func namesOf(cell string) []string {
	cell, _, _ = strings.Cut(cell, " (")
	categories, rest, _ := strings.Cut(cell, "/")
	if strings.HasPrefix(rest, "Custom") {
		return nil
	}
	var names []string
	for category := range strings.SplitSeq(categories, ",") {
		names = append(names, category+"/"+rest)
	}
	return names
}

func rowOf(t *testing.T, name string) catalogue.ActionType {
	t.Helper()
	found := catalogue.Find(name)
	if len(found) != 1 {
		t.Errorf("%s has %d rows", name, len(found))
		return catalogue.ActionType{}
	}
	return found[0]
}

// compareCounts wants the range at the start of each cell, widened by other counts that the cell has in parentheses.
func compareCounts(t *testing.T, name string, cells []string) {
	t.Helper()
	row := rowOf(t, name)
	for i, counts := range []catalogue.Counts{row.Inputs, row.Outputs} {
		want := countsOf(cells[i+1])
		if counts != want {
			t.Errorf("%s: %d to %d artifacts in column %d, the table says %q", name, counts.Min, counts.Max, i+1, cells[i+1])
		}
	}
}

func countsOf(cell string) catalogue.Counts {
	first, last, isRange := strings.Cut(strings.Fields(cell)[0], "..")
	if !isRange {
		last = first
	}
	least, _ := strconv.Atoi(first)
	most, _ := strconv.Atoi(last)
	if strings.Contains(cell, "(0 ") {
		least = 0
	}
	return catalogue.Counts{Min: least, Max: most}
}

var words = regexp.MustCompile(`[A-Z]\w{2,}`)

// compareRequired wants every key that the table calls required to be required always or sometimes, and no other.
func compareRequired(t *testing.T, name, cell string) {
	t.Helper()
	row := rowOf(t, name)
	for _, property := range row.Properties {
		mentioned := slices.Contains(words.FindAllString(cell, -1), property.Name)
		if property.Required && !mentioned {
			t.Errorf("%s: %s is required, the table says %q", name, property.Name, cell)
		}
		if mentioned && !property.Required && property.RequiredWhen == nil && optional[name+" "+property.Name] == "" {
			t.Errorf("%s: %s is optional, the table says %q", name, property.Name, cell)
		}
	}
}
