//go:build js

package jsval

import (
	"sync"
	"sync/atomic"
	"syscall/js"
)

// Func is a Go function for JavaScript to call. It must not block.
type Func func(args []js.Value) any

// Dispatcher hands out JavaScript functions that call Go.
type Dispatcher struct {
	entry js.Func // never released: one per dispatcher
	gone  Func

	mu    sync.Mutex
	next  int          // guarded by mu
	funcs map[int]Func // guarded by mu
}

var live atomic.Int64

// Live is how many functions of all dispatchers are handed out and not released.
func Live() int { return int(live.Load()) }

// NewDispatcher makes a dispatcher for the life of the program. gone answers calls of
// functions that were released.
func NewDispatcher(gone Func) *Dispatcher {
	d := &Dispatcher{gone: gone, funcs: map[int]Func{}}
	d.entry = js.FuncOf(func(_ js.Value, args []js.Value) any {
		id := args[0].Int()
		d.mu.Lock()
		fn, ok := d.funcs[id]
		d.mu.Unlock()
		if !ok {
			return d.gone(args[1:])
		}
		return fn(args[1:])
	})
	return d
}

// Bind returns a JavaScript function that calls fn until release is called.
func (d *Dispatcher) Bind(fn Func) (function js.Value, release func()) {
	d.mu.Lock()
	d.next++
	id := d.next
	d.funcs[id] = fn
	d.mu.Unlock()
	live.Add(1)
	var once sync.Once
	return d.entry.Call("bind", js.Null(), id), func() {
		once.Do(func() {
			d.mu.Lock()
			delete(d.funcs, id)
			d.mu.Unlock()
			live.Add(-1)
		})
	}
}

// Silent dispatches functions whose calls after release mean nothing, such as event
// listeners.
var Silent = NewDispatcher(func([]js.Value) any { return nil })
