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
	last  time.Time  // when a batch crossed last
	taken chan error // answers once the page took the batch before; nil: there was none
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
		flushed := l.flush()
		if flushed == nil {
			flushed = l.wait()
		}
		if err == nil { // what was found is shown, whatever came then
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

// flush hands the batch over when the page took the one before.
func (l *listing) flush() error {
	if len(l.batch) == 0 || l.ctx.Err() != nil {
		return context.Cause(l.ctx)
	}
	if err := l.wait(); err != nil {
		return err
	}
	wait, err := jsval.Call(l.sink, "entries", string(l.batch))
	l.batch, l.last = l.batch[:0], time.Now()
	if err != nil {
		return err
	}
	taken := make(chan error, 1)
	l.taken = taken
	go func() { // ends with ctx at the latest
		_, err := jsval.Await(l.ctx, wait)
		taken <- err
	}()
	return nil
}

// wait returns when the page took what it got.
func (l *listing) wait() error {
	if l.taken == nil {
		return nil
	}
	err := <-l.taken
	l.taken = nil
	return err
}
