package pipeline_test

import (
	"slices"
	"testing"

	"github.com/penstock-ci/penstock/pipeline"
)

func id(category, owner, provider string) pipeline.ActionTypeID {
	return pipeline.ActionTypeID{
		Category: pipeline.Text{Value: category}, Owner: pipeline.Text{Value: owner},
		Provider: pipeline.Text{Value: provider}, Version: pipeline.Text{Value: "1"},
	}
}

// TestCatalogueHoldsTogether checks what every row must fulfil.
func TestCatalogueHoldsTogether(t *testing.T) {
	rows := pipeline.ActionTypes()
	if len(rows) < 30 {
		t.Fatalf("the catalogue has only %d rows", len(rows))
	}
	seen := map[string]bool{}
	for _, row := range rows {
		if seen[row.String()] {
			t.Errorf("%s is there twice", row)
		}
		seen[row.String()] = true
		if row.Inputs.Min > row.Inputs.Max || row.Outputs.Min > row.Outputs.Max {
			t.Errorf("%s: artifact counts %v and %v", row, row.Inputs, row.Outputs)
		}
		if source := row.Category == "Source"; source != (row.Outputs.Min == 1 && row.Inputs.Max == 0) {
			t.Errorf("%s: sources, and only they, make an artifact of nothing", row)
		}
		names := map[string]bool{}
		for _, property := range row.Properties {
			if names[property.Name] {
				t.Errorf("%s: %s is there twice", row, property.Name)
			}
			names[property.Name] = true
			if property.Required && property.Default != "" {
				t.Errorf("%s: %s is required and has a default", row, property.Name)
			}
			if d := property.Default; d != "" && property.Allowed != nil && !slices.Contains(property.Allowed, d) {
				t.Errorf("%s: the default of %s is not allowed", row, property.Name)
			}
		}
	}
}

func TestLookupActionType(t *testing.T) {
	found, ok := pipeline.LookupActionType(id("Source", "ThirdParty", "GitHub"))
	if !ok {
		t.Fatal("Source/ThirdParty/GitHub/1 is not there")
	}
	if token, ok := found.Property("OAuthToken"); !ok || !token.Secret || !token.Required {
		t.Errorf("OAuthToken is %+v", token)
	}
	if _, ok := pipeline.LookupActionType(id("Source", "AWS", "GitHub")); ok {
		t.Error("Source/AWS/GitHub/1 is there")
	}
	if _, ok := found.Property("oauthtoken"); ok {
		t.Error("properties are found without regard to case")
	}
}
