//go:build js

package bridge

import (
	"context"
	"sync"
	"syscall/js"

	"porthole/ssh/files/fsys"
	"porthole/wasm/jsval"
)

// maxUntaken is how many bytes of an upload may wait for the device before write asks for
// patience: UPLOAD_WINDOW_BYTES of web/src/bridge/files.ts. Twice that is refused.
const maxUntaken = 4 << 20

// upload is GoUpload of bridge.d.ts.
type upload struct {
	files  *deviceFiles
	object *object
	writer fsys.Writer
	packer fsys.PackedWriter // nil where nothing can be packed
	ctx    context.Context
	stop   func()
	over   sync.Once

	mu       sync.Mutex
	waiting  []portion        // guarded by mu
	untaken  int              // bytes of waiting and of what is being written; guarded by mu
	pending  []*jsval.Promise // of writes that wait for room; guarded by mu
	finished *jsval.Promise   // of finish; guarded by mu
	more     chan struct{}    // something was added
}

// portion is what one call of write or writePacked brought.
type portion struct {
	data   []byte
	packed bool
	size   int // unpacked
}

// upload is GoFiles.upload.
func (f *deviceFiles) upload(args []js.Value) any {
	a := arguments{values: args}
	path := a.path(0)
	options := fieldsOf(args[1])
	o := fsys.WriteOptions{
		Offset: options.size("offset", 0), New: options.bool("fresh"), Gzip: options.bool("gzip"),
	}
	mode, _ := options.optionalInt("mode", 0, maxMode)
	o.Mode = uint32(mode) //nolint:gosec // in range
	if a.err == nil {
		a.err = options.err
	}
	return f.stream(a.err, args[2], func(ctx context.Context, stop func()) (js.Value, error) {
		writer, err := f.fs.Write(ctx, path, o)
		if err != nil {
			return js.Undefined(), err
		}
		return f.newUpload(ctx, stop, writer), nil
	})
}

func (f *deviceFiles) newUpload(ctx context.Context, stop func(), writer fsys.Writer) js.Value {
	u := &upload{files: f, object: newObject(), writer: writer, ctx: ctx, stop: stop, more: make(chan struct{}, 1)}
	u.packer, _ = writer.(fsys.PackedWriter)
	u.object.set("packs", u.packer != nil && u.packer.Packs())
	u.object.method("write", 1, u.write)
	u.object.method("writePacked", 2, u.writePacked)
	u.object.method("finish", 0, u.finish)
	u.object.sync("confirmed", func() any { return float64(writer.Confirmed()) })
	u.object.closer("cancel", u.cancel)
	f.goStream(ctx, u.run, u.end)
	return u.object.value
}

// write is GoUpload.write.
func (u *upload) write(args []js.Value) any {
	data, ok := jsval.GoBytes(args[0])
	if !ok {
		return rejected(invalid("What is uploaded must be bytes."))
	}
	return u.add(portion{data: data, size: len(data)})
}

// writePacked is GoUpload.writePacked.
func (u *upload) writePacked(args []js.Value) any {
	data, ok := jsval.GoBytes(args[0])
	if !ok || !isInt(args[1], 0, maxRead) || u.packer == nil || !u.packer.Packs() {
		return rejected(invalid("What is uploaded packed must be bytes with their size, where the device unpacks."))
	}
	return u.add(portion{data: data, packed: true, size: args[1].Int()})
}

func (u *upload) add(p portion) js.Value {
	data := p.data
	u.mu.Lock()
	defer u.mu.Unlock()
	switch {
	case u.finished != nil:
		return rejected(invalid("The upload was finished; nothing can follow."))
	case u.untaken+len(data) > 2*maxUntaken:
		return rejected(invalid("Too much is waiting to be uploaded. Wait until the device has taken it."))
	}
	u.waiting = append(u.waiting, p)
	u.untaken += len(data)
	signal(u.more)
	if u.untaken <= maxUntaken {
		return resolved()
	}
	room := jsval.NewPromise()
	u.pending = append(u.pending, room)
	return room.Value
}

// finish is GoUpload.finish.
func (u *upload) finish([]js.Value) any {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.finished == nil {
		u.finished = jsval.NewPromise()
		signal(u.more)
	}
	return u.finished.Value
}

// run writes what comes, in order, until all is on the device or something failed.
func (u *upload) run() {
	_, err := guarded(func() (struct{}, error) { return struct{}{}, u.copy() })
	if err == nil {
		err = u.writer.Close()
	} else {
		_ = u.writer.Close() // it only tidies up now
	}
	if err == nil {
		u.end(nil)
		return
	}
	u.end(u.files.reason(u.ctx, err))
}

// copy returns nil when finish was called and all was written.
func (u *upload) copy() error {
	for {
		p, last := u.next()
		switch {
		case p.data != nil:
			if err := u.pass(p); err != nil {
				return err
			}
			u.took(len(p.data))
		case last:
			return nil
		default:
			select {
			case <-u.more:
			case <-u.ctx.Done():
				return context.Cause(u.ctx)
			}
		}
	}
}

func (u *upload) pass(p portion) error {
	if p.packed {
		return u.packer.WritePacked(p.data, p.size)
	}
	_, err := u.writer.Write(p.data)
	return err
}

func (u *upload) next() (p portion, last bool) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if len(u.waiting) == 0 {
		return p, u.finished != nil
	}
	p = u.waiting[0]
	u.waiting[0] = portion{} // lets go of the bytes
	u.waiting = u.waiting[1:]
	return p, false
}

// took makes room.
func (u *upload) took(size int) {
	u.mu.Lock()
	u.untaken -= size
	var pending []*jsval.Promise
	if u.untaken <= maxUntaken {
		pending, u.pending = u.pending, nil
	}
	u.mu.Unlock()
	for _, p := range pending {
		p.Resolve(js.Undefined())
	}
}

// cancel is GoUpload.cancel.
func (u *upload) cancel([]js.Value) any {
	u.end(jsval.ErrAborted)
	return js.Undefined()
}

// end lets go of everything and tells all who wait, and who ask later; reason is nil when
// the device has all.
func (u *upload) end(reason error) {
	u.over.Do(func() {
		confirmed := u.writer.Confirmed()
		later := reason
		if later == nil {
			later = errClosed
		}
		u.object.refuse(jsError(u.files.warn, later), "write", "writePacked", "finish")
		u.object.set("confirmed", constant(float64(confirmed))) // still asked for, to go on from there
		u.stop()
		u.mu.Lock()
		pending, finished := u.pending, u.finished
		u.waiting, u.pending = nil, nil
		u.mu.Unlock()
		if finished != nil {
			pending = append(pending, finished)
		}
		for _, p := range pending {
			if reason == nil {
				p.Resolve(js.Undefined())
			} else {
				p.Reject(jsError(u.files.warn, reason))
			}
		}
	})
}
