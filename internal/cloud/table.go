package cloud

import (
	"context"
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/penstock-ci/penstock/internal/execution"
)

// The attributes of an item. The partition key and the sort key are strings, which DynamoDB orders by their UTF-8 bytes,
// as the port wants it.
const (
	partitionKey = "pk"       // S
	sortKey      = "sk"       // S
	revisionName = "revision" // N: Item.Revision
	valueName    = "value"    // B: Item.Value
	requestName  = "request"  // S: which Write has put it; see put
	expiresName  = "expires"  // N: Write.Expires in seconds since 1970; the table's time-to-live attribute
)

// Table is an execution.Table in one table of DynamoDB.
type Table struct {
	account *Account
	name    string
	ids     execution.IDs
}

// Table is the table called name, or whose ARN that is. Each write gets an identity of ids, by which AWS and the Table
// tell a repeated request from another one.
func (a *Account) Table(name string, ids execution.IDs) *Table {
	return &Table{account: a, name: name, ids: ids}
}

// Get is that of execution.Table.
func (t *Table) Get(ctx context.Context, key execution.Key) (execution.Item, error) {
	if err := checkKey(key); err != nil {
		return execution.Item{}, err
	}
	doing := fmt.Sprintf("read %q %q of table %s", key.Partition, key.Sort, t.name)
	var out struct{ Item attributes }
	err := t.account.Service(dynamoDB).Call(ctx, "GetItem", getItem{TableName: t.name, Key: keyOf(key), ConsistentRead: true}, &out)
	switch {
	case err != nil:
		return execution.Item{}, t.account.Failed(doing, err)
	case len(out.Item) == 0:
		return execution.Item{Key: key}, nil
	}
	return t.item(out.Item)
}

// maxLimit is the largest Limit of a query, which is 32 bits of an integer.
const maxLimit = math.MaxInt32

// Query is that of execution.Table. DynamoDB answers at most 1 MB at a time; it reads on until it has what is asked for.
func (t *Table) Query(ctx context.Context, q execution.Query) ([]execution.Item, error) {
	if !fits(q.Partition, maxPartitionBytes) || !utf8.ValidString(q.Prefix) || !utf8.ValidString(q.After) {
		return nil, noQuery(q)
	}
	in, some := t.queryInput(q)
	if !some {
		return nil, nil
	}
	doing := fmt.Sprintf("query %q of table %s", q.Partition, t.name)
	var items []execution.Item
	for {
		if q.Limit > 0 {
			in.Limit = min(q.Limit-len(items), maxLimit)
		}
		var out queried
		if err := t.account.Service(dynamoDB).Call(ctx, "Query", in, &out); err != nil {
			return nil, t.account.Failed(doing, err)
		}
		for _, stored := range out.Items {
			item, err := t.item(stored)
			if err != nil {
				return nil, err
			}
			items = append(items, item)
		}
		if len(out.LastEvaluatedKey) == 0 || q.Limit > 0 && len(items) >= q.Limit {
			return items, nil
		}
		in.ExclusiveStartKey = out.LastEvaluatedKey
	}
}

// queryInput says as well whether there can be such items at all. DynamoDB takes one condition on the sort key, and only
// a beginning that fulfils it: After is one where it has the prefix, and else before all items with it or behind them.
func (t *Table) queryInput(q execution.Query) (in query, some bool) {
	in = query{
		TableName: t.name, ConsistentRead: true, ScanIndexForward: !q.Descending,
		KeyConditionExpression:    "#pk = :pk",
		ExpressionAttributeNames:  map[string]string{"#pk": partitionKey},
		ExpressionAttributeValues: attributes{":pk": text(q.Partition)},
	}
	if q.Prefix != "" {
		in.KeyConditionExpression = "#pk = :pk AND begins_with(#sk, :sk)"
		in.ExpressionAttributeNames["#sk"] = sortKey
		in.ExpressionAttributeValues[":sk"] = text(q.Prefix)
	}
	switch {
	case q.After == "":
		return in, true
	case strings.HasPrefix(q.After, q.Prefix):
		in.ExclusiveStartKey = keyOf(execution.Key{Partition: q.Partition, Sort: q.After})
		return in, true
	}
	return in, (q.After < q.Prefix) != q.Descending
}

func keyOf(k execution.Key) attributes {
	return attributes{partitionKey: text(k.Partition), sortKey: text(k.Sort)}
}

// item reads an item that Write has written.
func (t *Table) item(stored attributes) (execution.Item, error) {
	var item execution.Item
	item.Key = execution.Key{Partition: stored[partitionKey].S, Sort: stored[sortKey].S}
	if item.Partition == "" || item.Sort == "" {
		return item, noItem(item.Key, t.name, partitionKey)
	}
	var err error
	if item.Revision, err = strconv.ParseInt(stored[revisionName].N, 10, 64); err != nil || item.Revision < 1 {
		return item, noItem(item.Key, t.name, revisionName)
	}
	if item.Value = stored[valueName].B; item.Value == nil {
		return item, noItem(item.Key, t.name, valueName)
	}
	return item, nil
}
