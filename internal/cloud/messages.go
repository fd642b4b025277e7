package cloud

import (
	"fmt"
	"strings"

	"github.com/penstock-ci/penstock/internal/execution"
)

// The wording of this package. What AWS says follows behind a colon.

func invalid(format string, args ...any) *execution.Error {
	return &execution.Error{Code: execution.Invalid, Message: fmt.Sprintf(format, args...)}
}

func noRegion() error {
	return invalid("no AWS Region is set: set AWS_REGION")
}

func notAllowed(doing string, d denial) string {
	who := "the caller"
	if d.role != "" {
		who = d.role
	}
	switch {
	case d.permission == "":
		return fmt.Sprintf("%s: %s is not allowed to, or has no valid credentials", doing, who)
	case d.resource == "":
		return fmt.Sprintf("%s: %s needs %s", doing, who, d.permission)
	}
	return fmt.Sprintf("%s: %s needs %s on %s", doing, who, d.permission, d.resource)
}

func tooManyWrites(n int) error {
	return invalid("%d writes at once, at most %d", n, execution.MaxWrites)
}

func twoWrites(k execution.Key) error { return invalid("two writes of %q %q", k.Partition, k.Sort) }

func unknownKind(w execution.Write) error {
	return invalid("%q %q: unknown kind of write %d", w.Partition, w.Sort, w.Kind)
}

func itemTooLong(w execution.Write) error {
	return invalid("%q %q has %d bytes, at most %d", w.Partition, w.Sort, len(w.Value), execution.MaxItemBytes)
}

func writesTooLong(size int) error {
	return invalid("%d bytes in one write, at most %d", size, maxTransactionBytes)
}

func noKey(k execution.Key) error {
	return invalid("%q %q is no key: both parts must be UTF-8, the first of 1 to %d bytes, the second of 1 to %d", k.Partition, k.Sort, maxPartitionBytes, maxSortBytes)
}

func noQuery(q execution.Query) error {
	return invalid("partition %q, prefix %q, after %q: each must be UTF-8, and the partition of 1 to %d bytes", q.Partition, q.Prefix, q.After, maxPartitionBytes)
}

func noItem(k execution.Key, table, attribute string) error {
	return &execution.Error{
		Code:    execution.Internal,
		Message: fmt.Sprintf("item %q %q of table %s was not written by Penstock: its attribute %q is not what it should be", k.Partition, k.Sort, table, attribute),
	}
}

func changed(doing string, writes []execution.Write, err error) error {
	all := make([]string, 0, len(writes))
	for _, w := range writes {
		all = append(all, fmt.Sprintf("%q %q has not revision %d", w.Partition, w.Sort, w.IfRevision))
	}
	return &execution.Error{Code: execution.Conflict, Message: doing + ": " + strings.Join(all, ", "), Err: err}
}

func noDigest(digest string) error {
	return invalid("%q is no digest: it must be 64 lower-case hex digits", digest)
}

func tooManyParts(parts int) error {
	return invalid("it is longer than %d parts of %d bytes", parts, partSize)
}

func (e *leftError) Error() string {
	return fmt.Sprintf("the time of this call is nearly over: %d %s are kept, the next call goes on", e.done, e.what)
}

func noBucket(bucket string, err error) error {
	return &execution.Error{Code: execution.NotFound, Message: fmt.Sprintf("there is no bucket %q", bucket), Err: err}
}
