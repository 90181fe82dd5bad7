//go:build js

package jsval

import (
	"context"
	"errors"
	"syscall/js"
)

// ErrAborted is the cause of a context that an AbortSignal ended.
var ErrAborted = errors.New("aborted")

// WithSignal returns a context that ends, with ErrAborted as its cause, when the
// AbortSignal does. undefined and null stand for no signal. stop must be called: it
// ends the context and takes the listener off.
func WithSignal(parent context.Context, signal js.Value) (ctx context.Context, stop func()) {
	ctx, cancel := context.WithCancelCause(parent)
	end := func() { cancel(context.Canceled) }
	if signal.Type() != js.TypeObject {
		return ctx, end
	}
	if signal.Get("aborted").Truthy() {
		cancel(ErrAborted)
		return ctx, end
	}
	listener, release := Silent.Bind(func([]js.Value) any {
		cancel(ErrAborted)
		return nil
	})
	// A foreign object without these methods counts as a signal that never aborts.
	_, _ = Call(signal, "addEventListener", "abort", listener)
	return ctx, func() {
		_, _ = Call(signal, "removeEventListener", "abort", listener)
		release()
		end()
	}
}
