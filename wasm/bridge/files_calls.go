//go:build js

package bridge

import (
	"context"
	"errors"
	"io"
	"syscall/js"
	"time"

	"porthole/ssh/files/fsys"
	"porthole/ssh/wire"
	"porthole/wasm/jsval"
)

// maxRead is the most that GoFiles.read returns, and that GoFiles.put takes, in bytes.
const maxRead = 8 << 20

// nothing makes the result of a call that has none.
func nothing(err error) (any, error) { return js.Undefined(), err }

// stat is GoFiles.stat.
func (f *deviceFiles) stat(args []js.Value) any {
	a := arguments{values: args}
	path, follow := a.path(0), a.bool(1)
	return f.call(a.err, js.Undefined(), func(ctx context.Context) (any, error) {
		e, err := f.fs.Stat(ctx, path, follow)
		return string(appendEntry(nil, &e)), err
	})
}

// realPath is GoFiles.realPath.
func (f *deviceFiles) realPath(args []js.Value) any { return f.asked(args, f.fs.RealPath) }

// readLink is GoFiles.readLink.
func (f *deviceFiles) readLink(args []js.Value) any { return f.asked(args, f.fs.ReadLink) }

// asked asks for a path about a path.
func (f *deviceFiles) asked(args []js.Value, ask func(context.Context, string) (string, error)) js.Value {
	a := arguments{values: args}
	path := a.path(0)
	return f.call(a.err, js.Undefined(), func(ctx context.Context) (any, error) {
		answer, err := ask(ctx, path)
		return fsys.EncodeName(answer), err
	})
}

// mkdir is GoFiles.mkdir.
func (f *deviceFiles) mkdir(args []js.Value) any {
	a := arguments{values: args}
	path, mode := a.path(0), a.int(1, 0, maxMode)
	return f.call(a.err, js.Undefined(), func(ctx context.Context) (any, error) {
		return nothing(f.fs.Mkdir(ctx, path, uint32(mode))) //nolint:gosec // in range
	})
}

// rename is GoFiles.rename.
func (f *deviceFiles) rename(args []js.Value) any {
	a := arguments{values: args}
	from, to, replace := a.path(0), a.path(1), a.bool(2)
	return f.call(a.err, js.Undefined(), func(ctx context.Context) (any, error) {
		return nothing(f.fs.Rename(ctx, from, to, replace))
	})
}

// setModified is GoFiles.setModified.
func (f *deviceFiles) setModified(args []js.Value) any {
	a := arguments{values: args}
	path, ms := a.path(0), a.int(1, -maxTime, maxTime)
	return f.call(a.err, js.Undefined(), func(ctx context.Context) (any, error) {
		return nothing(f.fs.SetModified(ctx, path, time.UnixMilli(ms)))
	})
}

// symlink is GoFiles.symlink.
func (f *deviceFiles) symlink(args []js.Value) any {
	a := arguments{values: args}
	target, path := a.path(0), a.path(1)
	return f.call(a.err, js.Undefined(), func(ctx context.Context) (any, error) {
		return nothing(f.fs.Symlink(ctx, target, path))
	})
}

// space is GoFiles.space.
func (f *deviceFiles) space(args []js.Value) any {
	a := arguments{values: args}
	path := a.path(0)
	return f.call(a.err, js.Undefined(), func(ctx context.Context) (any, error) {
		s, err := f.fs.Space(ctx, path)
		if unsupported(err) {
			return nil, nil
		}
		return map[string]any{"total": clampSize(s.Total), "free": clampSize(s.Free)}, err
	})
}

func clampSize(n int64) float64 { return float64(max(0, min(n, maxSize))) }

// hash is GoFiles.hash.
func (f *deviceFiles) hash(args []js.Value) any { return f.sum(args, f.fs.Hash) }

// digest is GoFiles.digest.
func (f *deviceFiles) digest(args []js.Value) any { return f.sum(args, f.fs.Digest) }

func (f *deviceFiles) sum(args []js.Value, of func(ctx context.Context, path string, length int64) (string, error)) any {
	a := arguments{values: args}
	path, length := a.path(0), a.int(1, -1, maxSize)
	return f.call(a.err, args[2], func(ctx context.Context) (any, error) {
		sum, err := of(ctx, path, length)
		if unsupported(err) {
			return nil, nil
		}
		return sum, err
	})
}

func unsupported(err error) bool {
	var e *fsys.Error
	return errors.As(err, &e) && e.Code == wire.CodeUnsupported
}

// read is GoFiles.read.
func (f *deviceFiles) read(args []js.Value) any {
	a := arguments{values: args}
	path, offset, length := a.path(0), a.int(1, 0, maxSize), a.int(2, 0, maxRead)
	return f.call(a.err, args[3], func(ctx context.Context) (any, error) {
		source, err := f.fs.Read(ctx, path, fsys.ReadOptions{Offset: offset, Length: length, Special: true})
		if err != nil {
			return nil, err
		}
		defer func() { _ = source.Close() }() // all that was wanted is there by then
		data, err := io.ReadAll(io.LimitReader(source, length))
		return jsval.Bytes(data), err
	})
}
