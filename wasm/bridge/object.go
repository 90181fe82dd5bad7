//go:build js

package bridge

import (
	"sync"
	"syscall/js"

	"porthole/ssh/wire"
	"porthole/wasm/jsval"
)

// Dispatchers by what a function answers after its object ended.
var (
	methods = jsval.NewDispatcher(func([]js.Value) any { return rejected(errClosed) })
	closers = jsval.NewDispatcher(func([]js.Value) any { return resolved() })
	figures = jsval.NewDispatcher(func([]js.Value) any { return connectionFigures{}.value() })
)

// errClosed is the failure of a method of an object that ended.
var errClosed = &failure{code: wire.CodeClosed, message: "It is closed already."}

// object builds a frozen JavaScript object whose methods call Go.
type object struct {
	value js.Value

	mu       sync.Mutex
	releases []func() // guarded by mu
}

func newObject() *object {
	return &object{value: js.Global().Get("Object").New()}
}

func (o *object) set(name string, value any) { o.value.Set(name, value) }

// method adds a method that returns a promise; arity is its number of parameters.
func (o *object) method(name string, arity int, fn func(args []js.Value) any) {
	o.bind(methods, name, arity, fn)
}

// closer adds a method that resolves after the object ended.
func (o *object) closer(name string, fn func(args []js.Value) any) {
	o.bind(closers, name, 0, fn)
}

// sync adds a method that returns a value at once and takes nothing.
func (o *object) sync(name string, fn func() any) {
	o.bind(figures, name, 0, func([]js.Value) any { return fn() })
}

// figure is sync with another answer after the object ended.
func (o *object) figure(ended *jsval.Dispatcher, name string, fn func() any) {
	o.bind(ended, name, 0, func([]js.Value) any { return fn() })
}

func (o *object) bind(d *jsval.Dispatcher, name string, arity int, fn func(args []js.Value) any) {
	function, release := d.Bind(func(args []js.Value) (result any) {
		defer func() {
			// A value of a type that nobody promised, or our own mistake: either way
			// the caller hears of it and the program lives on.
			if r := recover(); r != nil {
				result = rejected(panicked(r))
			}
		}()
		for len(args) < arity {
			args = append(args, js.Undefined())
		}
		return fn(args)
	})
	js.Global().Get("Object").Call("defineProperty", function, "length", map[string]any{"value": arity})
	o.value.Set(name, function)
	o.mu.Lock()
	o.releases = append(o.releases, release)
	o.mu.Unlock()
}

func (o *object) freeze() js.Value {
	return js.Global().Get("Object").Call("freeze", o.value)
}

// release lets go of every function: the object ended.
func (o *object) release() {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, release := range o.releases {
		release()
	}
	o.releases = nil
}

// refuse ends an object that is not frozen: its functions are let go of, and the named
// methods reject with reason from now on.
func (o *object) refuse(reason js.Value, names ...string) {
	promise := js.Global().Get("Promise")
	for _, name := range names {
		o.value.Set(name, promise.Get("reject").Call("bind", promise, reason))
	}
	o.release()
}

// constant is a JavaScript function that returns n and holds nothing of Go's.
func constant(n float64) js.Value {
	return js.Global().Get("Number").Get("prototype").Get("valueOf").Call("bind", n)
}
