//go:build js

package bridge

import (
	"context"
	"syscall/js"
	"time"

	"porthole/ssh/files"
	"porthole/wasm/jsval"
)

// parseLimits reads FileLimits of bridge.d.ts.
func parseLimits(v js.Value) (files.Limits, error) {
	f := fieldsOf(v)
	return files.Limits{
		ReadOnly:    f.bool("readOnly"),
		MaxBytes:    f.size("maxBytes", 0),
		ReadPaths:   f.paths("readPaths"),
		WritePaths:  f.paths("writePaths"),
		ReadNothing: f.bool("readNothing"),
	}, f.err
}

// remove is GoFiles.remove.
func (f *deviceFiles) remove(args []js.Value) any {
	a := arguments{values: args}
	path, progress := a.path(0), a.function(1)
	return f.call(a.err, args[2], func(ctx context.Context) (any, error) {
		removed, err := files.RemoveAll(ctx, f.fs, path, func(removed int) { tell(progress, removed) })
		return map[string]any{"removed": removed}, err
	})
}

// count is GoFiles.count.
func (f *deviceFiles) count(args []js.Value) any {
	a := arguments{values: args}
	path, progress := a.path(0), a.function(1)
	return f.call(a.err, args[2], func(ctx context.Context) (any, error) {
		found, err := files.Count(ctx, f.fs, path, func(c files.TreeCount) { tell(progress, countOf(c)) })
		return countOf(found), err
	})
}

func countOf(c files.TreeCount) map[string]any {
	return map[string]any{
		"files": float64(c.Files), "folders": float64(c.Folders), "others": float64(c.Others), "bytes": clampSize(c.Bytes),
	}
}

// tell calls a callback whose failure changes nothing.
func tell(callback js.Value, value any) {
	_, _ = jsval.Invoke(callback, value)
}

// chmod is GoFiles.chmod.
func (f *deviceFiles) chmod(args []js.Value) any {
	a := arguments{values: args}
	path, mode, recursive := a.path(0), a.int(1, 0, maxMode), a.bool(2)
	return f.call(a.err, js.Undefined(), func(ctx context.Context) (any, error) {
		return nothing(files.Chmod(ctx, f.fs, path, uint32(mode), recursive)) //nolint:gosec // in range
	})
}

// chown is GoFiles.chown.
func (f *deviceFiles) chown(args []js.Value) any {
	a := arguments{values: args}
	path, uid, gid, recursive := a.path(0), a.int(1, -1, maxOwner), a.int(2, -1, maxOwner), a.bool(3)
	return f.call(a.err, js.Undefined(), func(ctx context.Context) (any, error) {
		return nothing(files.Chown(ctx, f.fs, path, uid, gid, recursive))
	})
}

// put is GoFiles.put.
func (f *deviceFiles) put(args []js.Value) any {
	a := arguments{values: args}
	path := a.path(0)
	options := fieldsOf(args[2])
	o := files.PutOptions{Replace: options.bool("replace")}
	if mode, there := options.optionalInt("mode", 0, maxMode); there {
		bits := uint32(mode) //nolint:gosec // in range
		o.Mode = &bits
	}
	if ms, there := options.optionalInt("modifiedMs", -maxTime, maxTime); there {
		at := time.UnixMilli(ms)
		o.Modified = &at
	}
	if a.err == nil {
		a.err = options.err
	}
	if a.err == nil && (!jsval.IsBytes(args[1]) || args[1].Length() > maxRead) {
		a.err = invalid("A file that is written in one step must be bytes, at most 8 MiB.")
	}
	if a.err != nil {
		return rejected(a.err)
	}
	data, _ := jsval.GoBytes(args[1])
	return f.call(nil, js.Undefined(), func(ctx context.Context) (any, error) {
		e, err := files.Put(ctx, f.fs, path, data, o)
		return string(appendEntry(nil, &e)), err
	})
}

// paths reads an array of paths.
func (f *fields) paths(name string) []string {
	a := arguments{values: []js.Value{f.get(name, jsval.IsArray)}}
	if f.err != nil {
		return nil
	}
	all := a.paths(0)
	f.err = a.err
	return all
}
