//go:build js

package bridge

import (
	"fmt"
	"runtime/debug"
	"syscall/js"

	"porthole/ssh/wire"
	"porthole/wasm/jsval"
)

// promise runs work in a goroutine and returns a promise of its result.
func promise(warn warnFunc, work func() (any, error)) js.Value {
	p := jsval.NewPromise()
	go func() {
		result, err := guarded(work)
		if err != nil {
			p.Reject(jsError(warn, err))
			return
		}
		p.Resolve(result)
	}()
	return p.Value
}

// guarded runs work and turns a panic into an error.
func guarded[T any](work func() (T, error)) (result T, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = panicked(r)
		}
	}()
	return work()
}

// panicked prints the stack of a panic and returns what the person is told.
func panicked(reason any) error {
	js.Global().Get("console").Call("error", fmt.Sprintf("porthole: panic: %v\n\n%s", reason, debug.Stack()))
	return &failure{
		code:    wire.CodeInternal,
		message: "The SSH client failed. The browser's console has the details; reload the page if this goes on.",
	}
}

// rejected returns a promise that is rejected already.
func rejected(err error) js.Value {
	return js.Global().Get("Promise").Call("reject", jsError(ConsoleWarn, err))
}

// resolved returns a promise of nothing that is resolved already.
func resolved() js.Value {
	return js.Global().Get("Promise").Call("resolve")
}

// resolvedWith returns a promise of value that is resolved already.
func resolvedWith(value any) js.Value {
	return js.Global().Get("Promise").Call("resolve", value)
}
