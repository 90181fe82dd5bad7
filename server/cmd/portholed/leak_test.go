package main

import (
	"testing"

	"go.uber.org/goleak"
)

// newLinks waits on standard input, which nobody can interrupt: it ends with its input.
func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("porthole/server/cmd/portholed.newLinks"))
}
