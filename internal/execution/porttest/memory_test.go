package porttest

import (
	"testing"

	"github.com/penstock-ci/penstock/internal/execution"
)

func TestMemory(t *testing.T) {
	Table(t, func(*testing.T) execution.Table { return NewMemory() })
}
