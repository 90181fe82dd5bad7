//go:build js

package jsval_test

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"syscall/js"
	"testing"

	"porthole/wasm/jsval"
)

func script(t *testing.T, body string) js.Value {
	t.Helper()
	return js.Global().Get("Function").New(body)
}

func TestBytesCrossBothWays(t *testing.T) {
	for _, want := range [][]byte{{}, {0, 255, 7}, bytes.Repeat([]byte("x"), 300_000)} {
		array := jsval.Bytes(want)
		if array.Get("buffer").Get("byteLength").Int() != len(want) {
			t.Errorf("the buffer of %d bytes is not its own", len(want))
		}
		if got, ok := jsval.GoBytes(array); !ok || !bytes.Equal(got, want) {
			t.Errorf("%d bytes came back, want %d", len(got), len(want))
		}
	}
	for _, value := range []any{nil, js.Undefined(), 3, "text", map[string]any{"length": 3}, js.Global().Get("ArrayBuffer").New(3)} {
		if _, ok := jsval.GoBytes(js.ValueOf(value)); ok {
			t.Errorf("%v counts as bytes", value)
		}
	}
}

func TestAwaitSettlesAsThePromiseDoes(t *testing.T) {
	before := jsval.Live()
	if v, err := jsval.Await(t.Context(), js.ValueOf(5)); err != nil || v.Int() != 5 {
		t.Errorf("plain value: %v, %v", v, err)
	}
	if v, err := jsval.Await(t.Context(), script(t, "return Promise.resolve('yes')").Invoke()); err != nil || v.String() != "yes" {
		t.Errorf("resolved: %v, %v", v, err)
	}
	_, err := jsval.Await(t.Context(), script(t, "return Promise.reject(new TypeError('no'))").Invoke())
	var thrown *jsval.Error
	if !errors.As(err, &thrown) || !strings.Contains(err.Error(), "TypeError: no") {
		t.Errorf("rejected: %v", err)
	}
	for _, odd := range []string{"undefined", "null", "7", "'text'", "{}", "Symbol()"} {
		if _, err := jsval.Await(t.Context(), script(t, "return Promise.reject("+odd+")").Invoke()); err == nil || err.Error() == "" {
			t.Errorf("rejected with %s: %v", odd, err)
		}
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	gone := errors.New("gone")
	cancel(gone)
	pending := jsval.NewPromise()
	if _, err := jsval.Await(ctx, pending.Value); !errors.Is(err, gone) {
		t.Errorf("ended context: %v", err)
	}
	pending.Resolve(1) // too late, and harmless
	if got := jsval.Live(); got != before {
		t.Errorf("%d functions are held, want %d", got, before)
	}
}

func TestExceptionsBecomeErrors(t *testing.T) {
	var thrown *jsval.Error
	if _, err := jsval.Invoke(script(t, "throw new Error('x')")); !errors.As(err, &thrown) {
		t.Errorf("Invoke: %v", err)
	}
	if _, err := jsval.Call(js.Global().Get("JSON"), "parse", "{"); !errors.As(err, &thrown) {
		t.Errorf("Call: %v", err)
	}
	if _, err := jsval.Call(js.Undefined(), "anything"); err == nil {
		t.Error("a call on undefined has no error")
	}
	if _, err := jsval.New("NoSuchConstructor"); err == nil {
		t.Error("a missing constructor has no error")
	}
	defer func() {
		if recover() == nil {
			t.Error("a panic of Go itself was swallowed")
		}
	}()
	_, _ = jsval.Call(js.Global(), "setTimeout", make(chan int))
}

func TestReleasedFunctionsAnswerAsTheDispatcherSays(t *testing.T) {
	d := jsval.NewDispatcher(func(args []js.Value) any { return "gone " + args[0].String() })
	before := jsval.Live()
	function, release := d.Bind(func(args []js.Value) any { return "here " + args[0].String() })
	if got := function.Invoke("a").String(); got != "here a" {
		t.Errorf("bound: %q", got)
	}
	if jsval.Live() != before+1 {
		t.Error("a bound function is not counted")
	}
	release()
	release()
	if got := function.Invoke("b").String(); got != "gone b" {
		t.Errorf("released: %q", got)
	}
	if jsval.Live() != before {
		t.Error("a released function is counted")
	}
}

func TestSignals(t *testing.T) {
	before := jsval.Live()
	for _, none := range []js.Value{js.Undefined(), js.Null(), js.ValueOf(3), js.ValueOf(map[string]any{})} {
		ctx, stop := jsval.WithSignal(t.Context(), none)
		if ctx.Err() != nil {
			t.Errorf("%v counts as aborted", none)
		}
		stop()
	}
	controller := js.Global().Get("AbortController").New()
	ctx, stop := jsval.WithSignal(t.Context(), controller.Get("signal"))
	controller.Call("abort")
	<-ctx.Done()
	if !errors.Is(context.Cause(ctx), jsval.ErrAborted) {
		t.Errorf("cause %v", context.Cause(ctx))
	}
	stop()
	ctx, stop = jsval.WithSignal(t.Context(), controller.Get("signal"))
	if !errors.Is(context.Cause(ctx), jsval.ErrAborted) {
		t.Error("a signal that was aborted before does not count")
	}
	stop()
	if got := jsval.Live(); got != before {
		t.Errorf("%d functions are held, want %d", got, before)
	}
}

func TestStringsAndArrays(t *testing.T) {
	if got, ok := jsval.Strings(jsval.Array([]string{"a", "ü"})); !ok || len(got) != 2 || got[1] != "ü" {
		t.Errorf("strings %q, %v", got, ok)
	}
	for _, value := range []any{nil, "text", map[string]any{"length": 1}, []any{1}, []any{"a", nil}} {
		if _, ok := jsval.Strings(js.ValueOf(value)); ok {
			t.Errorf("%v counts as strings", value)
		}
	}
}
