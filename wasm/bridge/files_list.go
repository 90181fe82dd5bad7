//go:build js

package bridge

import (
	"context"
	"syscall/js"
	"time"

	"porthole/ssh/files/fsys"
	"porthole/wasm/jsval"
)

const (
	// batchBytes is about how much of a listing crosses at a time.
	batchBytes = 64 << 10
	// batchTime is how long entries wait for others before they cross.
	batchTime = 50 * time.Millisecond
)

// listing gathers entries into batches for the page.
type listing struct {
	ctx   context.Context
	sink  js.Value
	batch []byte
	last  time.Time // when a batch crossed last
}

// list is GoFiles.list.
func (f *deviceFiles) list(args []js.Value) any {
	a := arguments{values: args}
	path := a.path(0)
	sink := fieldsOf(args[1])
	sink.function("entries")
	if a.err == nil {
		a.err = sink.err
	}
	return f.call(a.err, args[2], func(ctx context.Context) (any, error) {
		l := &listing{ctx: ctx, sink: sink.value}
		err := f.fs.List(ctx, path, l.add)
		if flushed := l.flush(); err == nil { // what was found is shown, whatever came then
			err = flushed
		}
		return js.Undefined(), err
	})
}

// add is called with what the backend found.
func (l *listing) add(entries []fsys.Entry) error {
	for i := range entries {
		if listable(entries[i].Name) {
			l.batch = appendEntry(l.batch, &entries[i])
		}
		if len(l.batch) >= batchBytes {
			if err := l.flush(); err != nil {
				return err
			}
		}
	}
	if time.Since(l.last) >= batchTime {
		return l.flush()
	}
	return nil
}

// flush hands the batch over and waits until the page took it.
func (l *listing) flush() error {
	if len(l.batch) == 0 || l.ctx.Err() != nil {
		return context.Cause(l.ctx)
	}
	wait, err := jsval.Call(l.sink, "entries", string(l.batch))
	if err == nil {
		_, err = jsval.Await(l.ctx, wait)
	}
	l.batch, l.last = l.batch[:0], time.Now()
	return err
}
