package resources_test

import (
	"strings"
	"testing"

	"github.com/penstock-ci/penstock/internal/resources"
)

func TestFill(t *testing.T) {
	const canonical = `{"name":"p","roleArn":{"Fn::Sub":"${Role.Arn}"},"stages":[{"name":{"Fn::Sub":"a-${B}-${!Literal}-${"},"runOrder":1}]}`
	got, err := resources.Fill([]byte(canonical), map[string]string{"Role.Arn": `arn:"x"`, "B": "${Role.Arn}"})
	const want = `{"name":"p","roleArn":"arn:\"x\"","stages":[{"name":"a-${Role.Arn}-${Literal}-${","runOrder":1}]}`
	if err != nil || string(got) != want {
		t.Errorf("Fill = %s, %v\nwant   %s", got, err, want)
	}
	_, err = resources.Fill([]byte(canonical), map[string]string{"B": ""})
	if err == nil || !strings.Contains(err.Error(), `["Role.Arn"]`) {
		t.Errorf("a value is missing: %v", err)
	}
	if _, err := resources.Fill([]byte(`{`), nil); err == nil {
		t.Error("a definition that is no JSON is filled")
	}
}
