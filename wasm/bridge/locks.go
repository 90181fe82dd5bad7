//go:build js

package bridge

import (
	"context"
	"syscall/js"

	"porthole/ssh/profile"
	"porthole/wasm/jsval"
)

// WebLocks returns a lock that all tabs of the origin share (W3C "Web Locks API"), or
// nil where the browser has none.
func WebLocks() profile.Locker {
	navigator := js.Global().Get("navigator")
	if navigator.Type() != js.TypeObject || navigator.Get("locks").Type() != js.TypeObject {
		return nil
	}
	locks := navigator.Get("locks")
	return func(ctx context.Context, name string, critical func() error) error {
		return withWebLock(ctx, locks, name, critical)
	}
}

func withWebLock(ctx context.Context, locks js.Value, name string, critical func() error) error {
	granted := make(chan struct{}, 1)
	held := jsval.NewPromise() // the lock is held until this settles
	defer held.Resolve(js.Undefined())
	callback, release := jsval.Silent.Bind(func([]js.Value) any {
		granted <- struct{}{}
		return held.Value
	})
	// Called after release it returns nothing, which frees a lock that came too late.
	defer release()
	request, err := jsval.Call(locks, "request", name, callback)
	if err != nil {
		return err
	}
	refused := make(chan error, 1)
	waitCtx, stop := context.WithCancel(ctx)
	defer stop()
	go func() {
		_, err := jsval.Await(waitCtx, request)
		refused <- err
	}()
	select {
	case <-granted:
		return critical()
	case err := <-refused:
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		return err
	}
}
