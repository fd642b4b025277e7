package cloud

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/penstock-ci/penstock/internal/cloud/cloudtest"
	"github.com/penstock-ci/penstock/internal/execution"
)

func putOf(partition, sort, value string) execution.Write {
	return execution.Write{Key: execution.Key{Partition: partition, Sort: sort}, Value: []byte(value)}
}

func newTable(t *testing.T, m moto) *Table {
	t.Helper()
	cloudtest.CreateTable(t, m.endpoint, "penstock")
	return m.account().Table("penstock", cloudtest.IDs{})
}

func write(t *testing.T, table *Table, writes ...execution.Write) {
	t.Helper()
	if err := table.Write(t.Context(), writes); err != nil {
		t.Fatal(err)
	}
}

// Queries of every kind answer what sorting all keys by their bytes and choosing does.
func queries(t *testing.T, m moto) {
	table := newTable(t, m)
	random := rand.New(rand.NewPCG(1, 2))
	word := func(most int) string {
		var b strings.Builder
		for range random.IntN(most + 1) {
			b.WriteString([]string{"a", "b", "/", "\u00ff", "\uffff", "\U0001f600", "\x01"}[random.IntN(7)])
		}
		return b.String()
	}
	keys := map[string]bool{}
	var writes []execution.Write
	for len(writes) < execution.MaxWrites {
		if s := word(4); s != "" && !keys[s] {
			keys[s] = true
			writes = append(writes, putOf("p", s, s))
		}
	}
	write(t, table, writes...)
	for range 100 {
		q := execution.Query{Partition: "p", Prefix: word(2), After: word(3), Limit: random.IntN(5), Descending: random.IntN(2) == 0}
		var want, got []string
		for s := range keys {
			if strings.HasPrefix(s, q.Prefix) && (q.After == "" || s != q.After && s > q.After != q.Descending) {
				want = append(want, s)
			}
		}
		slices.Sort(want)
		if q.Descending {
			slices.Reverse(want)
		}
		if q.Limit > 0 {
			want = want[:min(q.Limit, len(want))]
		}
		items, err := table.Query(t.Context(), q)
		if err != nil {
			t.Fatalf("Query(%+v): %v", q, err)
		}
		for _, item := range items {
			got = append(got, item.Sort)
		}
		if !slices.Equal(got, want) {
			t.Errorf("Query(%+v) = %q, want %q", q, got, want)
		}
	}
}

// A partition that takes several answers is read whole, and no further than the limit.
func pages(t *testing.T, m moto) {
	table := newTable(t, m)
	value := strings.Repeat("x", 300<<10)
	for i := range 8 {
		write(t, table, putOf("p", fmt.Sprint(i), value))
	}
	for _, c := range []struct {
		q    execution.Query
		want string
	}{
		{execution.Query{Partition: "p"}, "01234567"},
		{execution.Query{Partition: "p", Descending: true}, "76543210"},
		{execution.Query{Partition: "p", Limit: 5}, "01234"},
		{execution.Query{Partition: "p", After: "1", Limit: 6}, "234567"},
	} {
		items, err := table.Query(t.Context(), c.q)
		got := ""
		for _, item := range items {
			got += item.Sort
			if string(item.Value) != value {
				t.Errorf("%s has %d bytes", item.Sort, len(item.Value))
			}
		}
		if err != nil || got != c.want {
			t.Errorf("Query(%+v) = %q, %v, want %q", c.q, got, err, c.want)
		}
	}
}

func keyParts(t *testing.T, m moto) {
	table := newTable(t, m)
	longest := strings.Repeat("k", maxSortBytes)
	write(t, table, putOf(longest, longest, "v"), putOf(strings.Repeat("p", maxPartitionBytes), "s", ""))
	for _, k := range []execution.Key{
		{Partition: "", Sort: "s"},
		{Partition: "p", Sort: ""},
		{Partition: "p\xff", Sort: "s"},
		{Partition: "p", Sort: "\xc3"},
		{Partition: "p", Sort: longest + "k"},
		{Partition: strings.Repeat("p", maxPartitionBytes+1), Sort: "s"},
	} {
		_, read := table.Get(t.Context(), k)
		for _, err := range []error{read, table.Write(t.Context(), []execution.Write{{Key: k}})} {
			if err == nil || execution.CodeOf(err) != execution.Invalid {
				t.Errorf("%.20q: error %v, want code %s", k, err, execution.Invalid)
			}
		}
	}
	for _, q := range []execution.Query{{}, {Partition: "p", Prefix: "\xff"}, {Partition: "p", After: "\xff"}} {
		if _, err := table.Query(t.Context(), q); err == nil || execution.CodeOf(err) != execution.Invalid {
			t.Errorf("Query(%+v): error %v, want code %s", q, err, execution.Invalid)
		}
	}
	var long []execution.Write
	for i := range 13 {
		long = append(long, putOf("p", fmt.Sprint(i), strings.Repeat("x", execution.MaxItemBytes)))
	}
	if err := table.Write(t.Context(), long); err == nil || execution.CodeOf(err) != execution.Invalid {
		t.Errorf("more than 4 MB: error %v, want code %s", err, execution.Invalid)
	}
	if err := table.Write(t.Context(), nil); err != nil {
		t.Errorf("no writes: %v", err)
	}
	if err := table.Write(t.Context(), []execution.Write{{Key: execution.Key{Partition: "p", Sort: "s"}, Kind: 9}}); execution.CodeOf(err) != execution.Invalid {
		t.Errorf("an unknown kind: %v", err)
	}
}

// A conflict names every item that was changed meanwhile, and no other.
func conflicts(t *testing.T, m moto) {
	table := newTable(t, m)
	write(t, table, putOf("p", "a", "1"), putOf("p", "b", "1"))
	check := func(sort string, revision int64) execution.Write {
		return execution.Write{Key: execution.Key{Partition: "p", Sort: sort}, IfRevision: revision, Kind: execution.Check}
	}
	for _, c := range []struct {
		writes []execution.Write
		want   string
	}{
		{[]execution.Write{putOf("p", "a", "2")}, `write "p" "a" to table penstock: "p" "a" has not revision 0: `},
		{[]execution.Write{check("a", 7)}, `write "p" "a" to table penstock: "p" "a" has not revision 7`},
		{[]execution.Write{putOf("p", "new", "1"), check("a", 1), check("b", 2), putOf("p", "a2", "1"), check("c", 3)}, `write "p" "new" and 4 more to table penstock: "p" "b" has not revision 2, "p" "c" has not revision 3: `},
	} {
		err := table.Write(t.Context(), c.writes)
		if execution.CodeOf(err) != execution.Conflict || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("error %v, want %s", err, c.want)
		}
	}
	if _, err := m.account().Table("other", cloudtest.IDs{}).Get(t.Context(), execution.Key{Partition: "p", Sort: "a"}); execution.CodeOf(err) != execution.NotFound || !strings.HasPrefix(err.Error(), `read "p" "a" of table other: `) {
		t.Errorf("a table that is not there: %v", err)
	}
}

// What others have put into the table is an error, and no item with revision 0.
func foreignItems(t *testing.T, m moto) {
	table := newTable(t, m)
	k := execution.Key{Partition: "p", Sort: "s"}
	for name, alter := range map[string]func(attributes){
		"no revision":     func(a attributes) { delete(a, revisionName) },
		"revision 0":      func(a attributes) { a[revisionName] = number(0) },
		"revision 1.5":    func(a attributes) { a[revisionName] = attribute{N: "1.5"} },
		"no value":        func(a attributes) { delete(a, valueName) },
		"a value of text": func(a attributes) { a[valueName] = text("v") },
	} {
		item := itemOf(execution.Write{Key: k, Value: []byte("v")}, "r")
		alter(item)
		if err := m.account().Service(dynamoDB).Call(t.Context(), "PutItem", change{TableName: table.name, Item: item}, nil); err != nil {
			t.Fatal(err)
		}
		_, got := table.Get(t.Context(), k)
		_, queried := table.Query(t.Context(), execution.Query{Partition: "p"})
		for _, err := range []error{got, queried} {
			var known *execution.Error
			if !errors.As(err, &known) || known.Code != execution.Internal || !strings.HasPrefix(err.Error(), `item "p" "s" of table penstock was not written by Penstock`) {
				t.Errorf("%s: error %v", name, err)
			}
		}
	}
}

// Reads are never answered by what a replica may not know yet.
func TestConsistentReads(t *testing.T) {
	var bodies []string
	a := New(Config{Region: region, Change: cloudtest.Offline, Through: func(aws.HTTPClient) aws.HTTPClient {
		return cloudtest.Sender(func(r *http.Request) (*http.Response, error) {
			body, err := io.ReadAll(r.Body)
			bodies = append(bodies, string(body))
			return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(strings.NewReader("{}")), Request: r}, err
		})
	}})
	table, k := a.Table("penstock", cloudtest.IDs{}), execution.Key{Partition: "p", Sort: "s"}
	_, got := table.Get(t.Context(), k)
	_, queried := table.Query(t.Context(), execution.Query{Partition: "p"})
	checked := table.Write(t.Context(), []execution.Write{{Key: k, Kind: execution.Check}})
	if err := errors.Join(got, queried, checked); err != nil {
		t.Fatal(err)
	}
	if len(bodies) != 3 {
		t.Errorf("%d requests, want 3", len(bodies))
	}
	for _, body := range bodies {
		if !strings.Contains(body, `"ConsistentRead":true`) {
			t.Errorf("not consistent: %s", body)
		}
	}
}

// DynamoDB removes an item by the number of seconds in an attribute; one without it stays.
func TestExpiry(t *testing.T) {
	w := putOf("p", "s", "v")
	if _, there := itemOf(w, "r")[expiresName]; there {
		t.Error("an item that does not expire has the attribute")
	}
	w.Expires = time.Date(2026, 11, 1, 12, 0, 0, 999, time.UTC)
	if a := itemOf(w, "r")[expiresName]; a.N != "1793534400" {
		t.Errorf("expires is %+v", a)
	}
}
