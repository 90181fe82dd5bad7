//go:build js

package jsval

import (
	"context"
	"fmt"
	"syscall/js"
)

// Promise is a JavaScript promise that Go settles. The first settlement counts.
type Promise struct {
	// Value is the promise itself.
	Value js.Value

	resolve, reject js.Value
}

// NewPromise makes a pending promise.
func NewPromise() *Promise {
	p := &Promise{}
	executor, release := Silent.Bind(func(args []js.Value) any {
		p.resolve, p.reject = args[0], args[1]
		return nil
	})
	defer release() // the constructor has called it by then
	p.Value = js.Global().Get("Promise").New(executor)
	return p
}

// Resolve settles the promise with a value that js.ValueOf takes.
func (p *Promise) Resolve(value any) { p.resolve.Invoke(value) }

// Reject settles the promise with a JavaScript error.
func (p *Promise) Reject(err js.Value) { p.reject.Invoke(err) }

// Await waits for a promise; any other value is returned as it is. A rejection is a
// *Error. When ctx ends first its cause is returned and the outcome ignored.
func Await(ctx context.Context, value js.Value) (js.Value, error) {
	if !isThenable(value) {
		return value, nil
	}
	type outcome struct {
		value js.Value
		err   error
	}
	settled := make(chan outcome, 2)
	resolved, releaseResolved := Silent.Bind(func(args []js.Value) any {
		settled <- outcome{value: first(args)}
		return nil
	})
	defer releaseResolved()
	rejected, releaseRejected := Silent.Bind(func(args []js.Value) any {
		settled <- outcome{err: NewError(first(args))}
		return nil
	})
	defer releaseRejected()
	if _, err := Call(value, "then", resolved, rejected); err != nil {
		return js.Undefined(), err
	}
	select {
	case o := <-settled:
		return o.value, o.err
	case <-ctx.Done():
		return js.Undefined(), fmt.Errorf("await: %w", context.Cause(ctx))
	}
}

func isThenable(v js.Value) bool {
	return v.Type() == js.TypeObject && v.Get("then").Type() == js.TypeFunction
}

func first(args []js.Value) js.Value {
	if len(args) == 0 {
		return js.Undefined()
	}
	return args[0]
}
