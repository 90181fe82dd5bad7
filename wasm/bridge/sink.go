//go:build js

package bridge

import (
	"context"
	"sync"
	"syscall/js"

	"porthole/wasm/jsval"
)

// sink is Sink of bridge.d.ts.
type sink struct {
	value js.Value
	turn  *sync.Mutex // one chunk at a time, of stdout or stderr
}

func newSink(value js.Value) (sink, error) {
	f := fieldsOf(value)
	f.function("write")
	return sink{value: value, turn: new(sync.Mutex)}, f.err
}

// write hands a copy of chunk over and waits until the sink wants more.
func (s sink) write(ctx context.Context, chunk []byte, stream int) error {
	s.turn.Lock()
	defer s.turn.Unlock()
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	wait, err := jsval.Call(s.value, "write", jsval.Bytes(chunk), stream)
	if err != nil {
		return err
	}
	_, err = jsval.Await(ctx, wait)
	return err
}
