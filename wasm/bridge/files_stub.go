//go:build js

package bridge

import (
	"syscall/js"

	"porthole/ssh/wire"
)

func notYet([]js.Value) any {
	return rejected(&failure{code: wire.CodeUnsupported, message: "This cannot be done yet."})
}

func (f *deviceFiles) follow(a []js.Value) any     { return notYet(a) }
func (f *deviceFiles) shellState(a []js.Value) any { return notYet(a) }
