//go:build js

package bridge

import (
	"context"
	"errors"
	"sync"
	"syscall/js"
	"time"

	"porthole/ssh"
	"porthole/ssh/files"
	"porthole/ssh/files/fsys"
	"porthole/ssh/files/overssh"
	"porthole/ssh/wire"
	"porthole/wasm/jsval"
)

// lossGrace is how long a failed operation waits to hear whether the whole connection was
// lost: its channels end a moment earlier than it says why.
const lossGrace = 200 * time.Millisecond

// deviceFiles is GoFiles of bridge.d.ts.
type deviceFiles struct {
	warn   warnFunc
	client *ssh.Client
	peer   fsys.Peer
	fs     fsys.FS
	object *object
	closed *jsval.Promise

	mu     sync.Mutex
	ending bool           // guarded by mu; run waits for work
	work   sync.WaitGroup // streams

	life context.Context // its cause says why it ended
	end  context.CancelCauseFunc
}

// files is GoConnection.files.
func (c *connection) files(args []js.Value) any {
	limits, err := parseLimits(args[0])
	if err != nil {
		return rejected(err)
	}
	return promise(c.warn, func() (any, error) {
		peer := overssh.Peer(c.client)
		fs, err := c.bridge.opts.Files(c.life, peer)
		if err != nil {
			return nil, lossOf(c.life, c.client, err)
		}
		f := newDeviceFiles(c, peer, fs, limits)
		go f.run()
		return f.object.value, nil
	})
}

func newDeviceFiles(c *connection, peer fsys.Peer, fs fsys.FS, limits files.Limits) *deviceFiles {
	f := &deviceFiles{
		warn: c.warn, client: c.client, peer: peer, object: newObject(), closed: jsval.NewPromise(),
	}
	f.fs = files.Limited(fs, limits)
	f.life, f.end = context.WithCancelCause(c.life)
	f.object.set("info", filesInfo(fs.Info()))
	f.methods()
	f.object.closer("close", f.close)
	f.object.set("closed", f.closed.Value)
	f.object.freeze()
	return f
}

// methods adds what the files can do.
func (f *deviceFiles) methods() {
	for name, m := range map[string]struct {
		arity int
		call  func([]js.Value) any
	}{
		"list": {3, f.list}, "stat": {2, f.stat}, "realPath": {1, f.realPath}, "readLink": {1, f.readLink},
		"mkdir": {2, f.mkdir}, "rename": {3, f.rename}, "remove": {3, f.remove}, "count": {3, f.count},
		"chmod": {3, f.chmod}, "chown": {4, f.chown}, "setModified": {2, f.setModified},
		"symlink": {2, f.symlink}, "space": {1, f.space}, "hash": {3, f.hash}, "digest": {3, f.digest}, "read": {4, f.read},
		"put": {3, f.put}, "save": {2, f.save}, "download": {3, f.download}, "upload": {3, f.upload}, "tree": {3, f.tree},
		"follow": {3, f.follow}, "shellState": {0, f.shellState},
	} {
		f.object.method(name, m.arity, m.call)
	}
}

func filesInfo(info fsys.Info) js.Value {
	object := js.Global().Get("Object")
	return object.Call("freeze", map[string]any{
		"backend": string(info.Kind), "home": fsys.EncodeName(info.Home), "hash": info.Hash, "gzip": info.Gzip,
		"missing": object.Call("freeze", jsval.Array(info.Missing)),
	})
}

// run waits for the end and tells why.
func (f *deviceFiles) run() {
	select {
	case <-f.client.Closed():
		f.end(f.client.Err())
	case <-f.life.Done():
	}
	_ = f.fs.Close() // nothing anybody could do about the device's side
	f.mu.Lock()
	f.ending = true
	f.mu.Unlock()
	f.work.Wait()
	f.object.release()
	e := explain(f.warn, context.Cause(f.life))
	f.closed.Resolve(map[string]any{"code": string(e.code), "message": e.message})
}

func (f *deviceFiles) close([]js.Value) any {
	f.end(errClosed)
	return promise(f.warn, func() (any, error) {
		_, err := jsval.Await(context.Background(), f.closed.Value)
		return js.Undefined(), err
	})
}

// call runs work that ends with the files, and with signal; wrong is what the arguments
// are not.
func (f *deviceFiles) call(wrong error, signal js.Value, work func(ctx context.Context) (any, error)) js.Value {
	if wrong != nil {
		return rejected(wrong)
	}
	ctx, stop := jsval.WithSignal(f.life, signal)
	return promise(f.warn, func() (any, error) {
		defer stop()
		result, err := work(ctx)
		return result, f.reason(ctx, err)
	})
}

// reason says why something failed.
func (f *deviceFiles) reason(ctx context.Context, err error) error {
	return lossOf(ctx, f.client, err)
}

// lossOf says why something failed: the end of what it ran on counts before what a backend
// made of that.
func lossOf(ctx context.Context, client *ssh.Client, err error) error {
	if err == nil {
		return nil
	}
	if ctx.Err() == nil && looksLost(err) {
		timer := time.NewTimer(lossGrace)
		defer timer.Stop()
		select {
		case <-client.Closed():
		case <-ctx.Done():
		case <-timer.C:
		}
	}
	select {
	case <-client.Closed():
		if lost := client.Err(); lost != nil && !errors.Is(context.Cause(ctx), jsval.ErrAborted) {
			return lost
		}
	default:
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}

func looksLost(err error) bool {
	var file *fsys.Error
	var core *ssh.Error
	switch {
	case errors.As(err, &file):
		return file.Code == wire.CodeLost || file.Code == wire.CodeClosed || file.Code == wire.CodeFilesRefused
	case errors.As(err, &core):
		return true
	default:
		return false
	}
}
