package cloud

import (
	"context"
	"fmt"
	"unicode/utf8"

	"github.com/penstock-ci/penstock/internal/execution"
)

// Limits of DynamoDB that are narrower than those of the port, in bytes.
const (
	maxPartitionBytes   = 2048
	maxSortBytes        = 1024
	maxTransactionBytes = 4 << 20
	// itemOverhead is what an item has besides its keys and its value: names, the revision, the request, and what DynamoDB
	// counts for each attribute, generously.
	itemOverhead = 200
)

// Write is that of execution.Table. Several writes, or a Delete, are a transaction, whose token tells a repeated request;
// one Put and one Check cost half as much without, and a Check alone is a read.
func (t *Table) Write(ctx context.Context, writes []execution.Write) error {
	if err := checkWrites(writes); err != nil {
		return err
	}
	switch {
	case len(writes) == 0:
		return nil
	case len(writes) == 1 && writes[0].Kind == execution.Put:
		return t.put(ctx, writes[0])
	case len(writes) == 1 && writes[0].Kind == execution.Check:
		return t.check(ctx, writes[0])
	}
	return t.transact(ctx, writes)
}

// put is one item on its condition. An answer may be lost: the SDK asks again, and then the condition does not hold any
// more because the item is written. Whether it was this very Write that has written it, the item tells.
func (t *Table) put(ctx context.Context, w execution.Write) error {
	doing := t.writing([]execution.Write{w})
	request := t.ids.NewID()
	err := t.account.Service(dynamoDB).Call(ctx, "PutItem", putItem{
		change:                              change{TableName: t.name, Item: itemOf(w, request), condition: conditionOf(w)},
		ReturnValuesOnConditionCheckFailure: "ALL_OLD",
	}, nil)
	found := refused(err, conditionFailedException)
	switch {
	case found == nil:
		return t.wrote(doing, err)
	case found.Item[requestName].S == request:
		return nil
	}
	return changed(doing, []execution.Write{w}, err)
}

func (t *Table) check(ctx context.Context, w execution.Write) error {
	item, err := t.Get(ctx, w.Key)
	if err == nil && item.Revision != w.IfRevision {
		return changed(t.writing([]execution.Write{w}), []execution.Write{w}, nil)
	}
	return err
}

func (t *Table) transact(ctx context.Context, writes []execution.Write) error {
	doing := t.writing(writes)
	request := t.ids.NewID()
	items := make([]transactItem, 0, len(writes))
	for _, w := range writes {
		items = append(items, t.transactItem(w, request))
	}
	err := t.account.Service(dynamoDB).Call(ctx, "TransactWriteItems", transaction{TransactItems: items, ClientRequestToken: request}, nil)
	if canceled := refused(err, canceledException); canceled != nil {
		if unmet := unmet(writes, canceled.CancellationReasons); len(unmet) > 0 {
			return changed(doing, unmet, err)
		}
	}
	return t.wrote(doing, err)
}

// unmet are the writes whose condition did not hold: there is a reason for each write, in their order.
func unmet(writes []execution.Write, reasons []cancellationReason) []execution.Write {
	var unmet []execution.Write
	for i, r := range reasons {
		if i < len(writes) && r.Code == conditionFailed {
			unmet = append(unmet, writes[i])
		}
	}
	return unmet
}

func (t *Table) transactItem(w execution.Write, request string) transactItem {
	c := &change{TableName: t.name, condition: conditionOf(w)}
	switch w.Kind {
	case execution.Delete:
		c.Key = keyOf(w.Key)
		return transactItem{Delete: c}
	case execution.Check:
		c.Key = keyOf(w.Key)
		return transactItem{ConditionCheck: c}
	case execution.Put:
	}
	c.Item = itemOf(w, request)
	return transactItem{Put: c}
}

// conditionOf holds where the item has the revision of a write.
func conditionOf(w execution.Write) condition {
	names := map[string]string{"#revision": revisionName}
	if w.IfRevision == 0 {
		return condition{"attribute_not_exists(#revision)", names, nil}
	}
	return condition{"#revision = :revision", names, attributes{":revision": number(w.IfRevision)}}
}

func itemOf(w execution.Write, request string) attributes {
	item := keyOf(w.Key)
	item[revisionName] = number(w.IfRevision + 1)
	item[valueName] = attribute{B: append([]byte{}, w.Value...)} // nil would not be sent
	item[requestName] = text(request)
	if !w.Expires.IsZero() {
		item[expiresName] = number(w.Expires.Unix())
	}
	return item
}

func (t *Table) wrote(doing string, err error) error {
	if err == nil {
		return nil
	}
	return t.account.Failed(doing, err)
}

// writing names a write by its first item.
func (t *Table) writing(writes []execution.Write) string {
	first := fmt.Sprintf("write %q %q", writes[0].Partition, writes[0].Sort)
	if more := len(writes) - 1; more > 0 {
		first += fmt.Sprintf(" and %d more", more)
	}
	return first + " to table " + t.name
}

func checkWrites(writes []execution.Write) error {
	if len(writes) > execution.MaxWrites {
		return tooManyWrites(len(writes))
	}
	seen, size := make(map[execution.Key]bool, len(writes)), 0
	for _, w := range writes {
		if err := checkWrite(w, seen[w.Key]); err != nil {
			return err
		}
		seen[w.Key] = true
		size += len(w.Partition) + len(w.Sort) + len(w.Value) + itemOverhead
	}
	if len(writes) > 1 && size > maxTransactionBytes {
		return writesTooLong(size)
	}
	return nil
}

func checkWrite(w execution.Write, seen bool) error {
	switch {
	case seen:
		return twoWrites(w.Key)
	case w.Kind != execution.Put && w.Kind != execution.Delete && w.Kind != execution.Check:
		return unknownKind(w)
	case len(w.Value) > execution.MaxItemBytes:
		return itemTooLong(w)
	}
	return checkKey(w.Key)
}

// checkKey refuses what DynamoDB would, and what is not UTF-8: it would be sent as another key.
func checkKey(k execution.Key) error {
	if !fits(k.Partition, maxPartitionBytes) || !fits(k.Sort, maxSortBytes) {
		return noKey(k)
	}
	return nil
}

func fits(part string, most int) bool {
	return part != "" && len(part) <= most && utf8.ValidString(part)
}
