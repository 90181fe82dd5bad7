//go:build js

package bridge

import (
	"context"
	"io"
	"sync"
	"syscall/js"

	"porthole/ssh/files/fsys"
	"porthole/wasm/jsval"
)

// download is GoDownload of bridge.d.ts.
type download struct {
	files  *deviceFiles
	object *object
	pieces *pieces
	ctx    context.Context
	stop   func()
	over   sync.Once
}

// entryReader reads what was described just now without asking for it again.
type entryReader interface {
	ReadEntry(ctx context.Context, path string, e fsys.Entry, o fsys.ReadOptions) (io.ReadCloser, error)
}

// download is GoFiles.download.
func (f *deviceFiles) download(args []js.Value) any {
	a := arguments{values: args}
	path := a.path(0)
	options := fieldsOf(args[1])
	o := fsys.ReadOptions{
		Offset: options.size("offset", 0), Length: options.size("length", -1), Gzip: options.bool("gzip"),
	}
	if a.err == nil {
		a.err = options.err
	}
	return f.stream(a.err, args[2], func(ctx context.Context, stop func()) (js.Value, error) {
		entry, source, err := f.openEntry(ctx, path, o)
		if err != nil {
			return js.Undefined(), err
		}
		return f.newDownload(ctx, stop, entry, source), nil
	})
}

// openEntry opens a file and says what it is.
func (f *deviceFiles) openEntry(ctx context.Context, path string, o fsys.ReadOptions) (fsys.Entry, io.ReadCloser, error) {
	entry, err := f.fs.Stat(ctx, path, true)
	if err != nil {
		return entry, nil, err
	}
	if r, ok := f.fs.(entryReader); ok {
		source, err := r.ReadEntry(ctx, path, entry, o)
		return entry, source, err
	}
	source, err := f.fs.Read(ctx, path, o)
	return entry, source, err
}

// stream opens something that outlives the call: its context ends with the files, with
// signal, and by stop, which open's result owns.
func (f *deviceFiles) stream(wrong error, signal js.Value, open func(ctx context.Context, stop func()) (js.Value, error)) js.Value {
	if wrong != nil {
		return rejected(wrong)
	}
	ctx, stop := jsval.WithSignal(f.life, signal)
	return promise(f.warn, func() (any, error) {
		value, err := open(ctx, stop)
		if err != nil {
			defer stop()
			return nil, f.reason(ctx, err)
		}
		return value, nil
	})
}

func (f *deviceFiles) newDownload(ctx context.Context, stop func(), entry fsys.Entry, source io.ReadCloser) js.Value {
	d := &download{files: f, object: newObject(), ctx: ctx, stop: stop}
	var run func()
	d.pieces, run = readPieces(ctx, source)
	d.object.set("entry", string(appendEntry(nil, &entry)))
	d.object.method("read", 0, d.read)
	d.object.closer("cancel", d.cancel)
	f.goStream(ctx, run, func(reason error) { d.end(reason) })
	return d.object.value
}

// goStream runs the goroutine of a stream, which ended is told of when the files or the
// person's patience end first.
func (f *deviceFiles) goStream(ctx context.Context, run func(), ended func(reason error)) {
	f.mu.Lock()
	if f.ending {
		go run() // its context is over: it ends at once
	} else {
		f.work.Go(run)
	}
	f.mu.Unlock()
	context.AfterFunc(ctx, func() { ended(f.reason(ctx, context.Cause(ctx))) })
}

// read is GoDownload.read.
func (d *download) read([]js.Value) any {
	select {
	case piece, ok := <-d.pieces.ready:
		if ok {
			return resolvedWith(taken(piece))
		}
	default:
	}
	return promise(d.files.warn, func() (any, error) {
		select {
		case piece, ok := <-d.pieces.ready:
			if ok {
				return taken(piece), nil
			}
		case <-d.ctx.Done():
			return nil, d.files.reason(d.ctx, context.Cause(d.ctx))
		}
		if d.pieces.err == io.EOF { //nolint:errorlint // readers return it as it is
			d.end(errClosed)
			return nil, nil
		}
		reason := d.files.reason(d.ctx, d.pieces.err)
		d.end(reason)
		return nil, reason
	})
}

// taken makes JavaScript's copy of a piece.
func taken(piece []byte) js.Value {
	value := jsval.Bytes(piece)
	freePiece(piece)
	return value
}

// cancel is GoDownload.cancel.
func (d *download) cancel([]js.Value) any {
	d.end(jsval.ErrAborted)
	return js.Undefined()
}

// end lets go of everything; who reads on hears the reason.
func (d *download) end(reason error) {
	d.over.Do(func() {
		d.object.refuse(jsError(d.files.warn, reason), "read")
		d.stop()
	})
}
