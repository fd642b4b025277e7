package objectstest_test

import (
	"testing"

	"github.com/penstock-ci/penstock/internal/artifact"
	"github.com/penstock-ci/penstock/internal/artifact/objectstest"
)

func TestMemory(t *testing.T) {
	objectstest.Run(t, func(*testing.T) artifact.Objects { return objectstest.NewMemory() })
}
