package keys

import (
	"fmt"

	"github.com/penstock-ci/penstock/internal/execution"
)

// The wording of this package.

func dataKeyLength(keyID string, n int) error {
	return &execution.Error{Code: execution.Internal, Message: fmt.Sprintf("make a data key of %s: it has %d bytes", keyID, n)}
}
