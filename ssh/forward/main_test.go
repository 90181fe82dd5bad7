package forward

import (
	"testing"

	"go.uber.org/goleak"
)

// handleEvent is the runtime's own under js: the goroutine that JavaScript's calls run on.
func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("runtime.handleEvent"))
}
