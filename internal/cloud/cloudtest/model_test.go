package cloudtest

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/penstock-ci/penstock/internal/cloud/wire"
)

// What AWS would not know is an error before it is sent, or where it is answered in AWS's place.
func TestAsModelled(t *testing.T) {
	table := wire.Service{ID: "DynamoDB", Prefix: "dynamodb", Protocol: wire.JSON10, Model: "DynamoDB_20120810"}
	builds := wire.Service{ID: "CodeBuild", Prefix: "codebuild", Protocol: wire.JSON11, Model: "CodeBuild_20161006"}
	roles := wire.Service{ID: "STS", Prefix: "sts", Protocol: wire.Query, Model: "2011-06-15"}
	stacks := wire.Service{ID: "CloudFormation", Prefix: "cloudformation", Protocol: wire.Query, Model: "2010-05-15"}
	with := func(s wire.Service, change func(*wire.Service)) wire.Service { change(&s); return s }
	key := map[string]any{"pk": map[string]any{"S": "p"}}
	for name, c := range map[string]struct {
		service   wire.Service
		operation string
		in        any
		answer    string
		want      string // "" is no error
	}{
		"as it is":                {table, "GetItem", map[string]any{"TableName": "t", "Key": key}, `{"Item":{"pk":{"S":"p"}}}`, ""},
		"a member misspelt":       {table, "GetItem", map[string]any{"TableName": "t", "Key": key, "consistentRead": true}, `{}`, `GetItemInput has no member "consistentRead"`},
		"a member below misspelt": {table, "GetItem", map[string]any{"TableName": "t", "Key": map[string]any{"pk": map[string]any{"s": "p"}}}, `{}`, `GetItemInput.Key.pk has no member "s"`},
		"a member missing":        {table, "GetItem", map[string]any{"TableName": "t"}, `{}`, "GetItemInput has no Key"},
		"another type":            {table, "GetItem", map[string]any{"TableName": 1, "Key": key}, `{}`, "GetItemInput.TableName is 1, want a string"},
		"in a list":               {builds, "BatchGetBuilds", map[string]any{"ids": []any{true}}, `{}`, "BatchGetBuildsInput.ids.0 is true, want a string"},
		"another word":            {builds, "ListBuildsForProject", map[string]any{"projectName": "p", "sortOrder": "NEWEST"}, `{}`, `ListBuildsForProjectInput.sortOrder is "NEWEST", want one of ASCENDING, DESCENDING`},
		"too short":               {builds, "ListBuildsForProject", map[string]any{"projectName": ""}, `{}`, "ListBuildsForProjectInput.projectName has 0 characters"},
		"no such operation":       {table, "GetItems", map[string]any{}, `{}`, "DynamoDB has no operation GetItems"},
		"another target":          {with(table, func(s *wire.Service) { s.Model = "DynamoDB" }), "GetItem", map[string]any{"TableName": "t", "Key": key}, `{}`, "its target is DynamoDB.GetItem, want DynamoDB_20120810.GetItem"},
		"another version of JSON": {with(table, func(s *wire.Service) { s.Protocol = wire.JSON11 }), "GetItem", map[string]any{"TableName": "t", "Key": key}, `{}`, "want application/x-amz-json-1.0"},
		"signed for another":      {with(table, func(s *wire.Service) { s.Signing = "ddb" }), "GetItem", map[string]any{"TableName": "t", "Key": key}, `{}`, "want the service dynamodb"},
		"no model":                {with(table, func(s *wire.Service) { s.ID = "Dynamo" }), "GetItem", map[string]any{}, `{}`, `no model of "Dynamo" is named`},
		"an answer misspelt":      {table, "GetItem", map[string]any{"TableName": "t", "Key": key}, `{"item":{}}`, `the answer of GetItem is not as AWS has it: GetItemOutput has no member "item"`},
		"a form":                  {stacks, "CreateStack", url.Values{"StackName": {"s"}, "Parameters.member.1.ParameterKey": {"k"}}, "", ""},
		"a form misspelt":         {stacks, "CreateStack", url.Values{"StackName": {"s"}, "Parameters.1.ParameterKey": {"k"}}, "", `CreateStackInput has no member "Parameters.1.ParameterKey"`},
		"a form too long":         {stacks, "CreateStack", url.Values{"StackName": {"s"}, "ClientRequestToken": {strings.Repeat("t", 129)}}, "", "CreateStackInput.ClientRequestToken has 129 characters"},
		"a form without":          {stacks, "CreateStack", url.Values{}, "", "CreateStackInput has no StackName"},
		"an old version":          {with(roles, func(s *wire.Service) { s.Model = "2010-01-01" }), "AssumeRole", url.Values{"RoleArn": {"r"}, "RoleSessionName": {"s"}}, "", "Version is 2010-01-01, want 2011-06-15"},
	} {
		t.Run(name, func(t *testing.T) {
			config := aws.Config{Region: Region, HTTPClient: Sender(func(r *http.Request) (*http.Response, error) {
				if c.answer == "" {
					return Respond(r, 200, "text/xml", "<Response/>"), nil
				}
				return Respond(r, 200, string(wire.JSON10), c.answer), nil
			})}
			Offline(&config)
			err := wire.New(func() (aws.Config, error) { return config, nil }, c.service).Call(t.Context(), c.operation, c.in, nil)
			if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want %q", err, c.want)
			}
		})
	}
}
