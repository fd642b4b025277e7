package pattern_test

import (
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
)

// BenchmarkMatch matches one event against a pattern that is compiled once.
func BenchmarkMatch(b *testing.B) {
	archive, err := txtar.ParseFile("testdata/events/readme.txtar")
	if err != nil {
		b.Fatal(err)
	}
	event := archive.Files[0].Data
	for name, source := range map[string]string{
		"exact":    `{"source": ["aws.ec2"], "detail-type": ["EC2 Instance State-change Notification"], "detail": {"state": ["running"]}}`,
		"other":    `{"source": ["aws.s3"], "detail-type": ["Object Created"], "detail": {"bucket": {"name": ["b"]}}}`,
		"wildcard": `{"resources": [{"wildcard": "arn:*:instance/*"}]}`,
		"numeric":  `{"detail": {"c-count": [{"numeric": [">", 0, "<=", 5]}]}}`,
		"complex":  `{"time": [{"prefix": "2017-10-02"}], "detail": {"state": [{"anything-but": "initializing"}], "c-count": [{"numeric": [">", 0, "<=", 5]}], "d-count": [{"numeric": ["<", 10]}], "x-limit": [{"anything-but": [100, 200, 300]}], "source-ip": [{"cidr": "10.0.0.0/8"}]}}`,
	} {
		b.Run(name, func(b *testing.B) {
			p := compile(b, source)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := p.Match(event); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "events/s")
		})
	}
}

// BenchmarkMatchLargest has an event as large as PutEvents takes one, of elements that all match until the last condition.
func BenchmarkMatchLargest(b *testing.B) {
	p := compile(b, `{"a": {"x": [1], "y": [1], "z": [{"exists": false}], "zz": [{"exists": true}]}}`)
	event := []byte(`{"a": [` + strings.Repeat(`{"x":1,"y":1},`, 18000) + `{"zz":2}]}`)
	for b.Loop() {
		if yes, err := p.Match(event); yes || err != nil {
			b.Fatal(yes, err)
		}
	}
}

// BenchmarkCompile compiles the pattern of a rule.
func BenchmarkCompile(b *testing.B) {
	for b.Loop() {
		compile(b, `{"source": ["aws.s3"], "detail-type": ["Object Created"], "detail": {"bucket": {"name": ["b"]}, "object": {"key": ["k"]}}}`)
	}
}
