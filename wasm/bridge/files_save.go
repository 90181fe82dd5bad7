//go:build js

package bridge

import (
	"context"
	"syscall/js"

	"porthole/ssh/files"
	"porthole/wasm/jsval"
)

// save is GoFiles.save.
func (f *deviceFiles) save(args []js.Value) any {
	a := arguments{values: args}
	path := a.path(0)
	if a.err == nil && (!jsval.IsBytes(args[1]) || args[1].Length() > maxRead) {
		a.err = invalid("A file that is saved must be bytes, at most 8 MiB.")
	}
	if a.err != nil {
		return rejected(a.err)
	}
	data, _ := jsval.GoBytes(args[1])
	return f.call(nil, js.Undefined(), func(ctx context.Context) (any, error) {
		saved, err := files.Save(ctx, f.fs, path, data)
		return map[string]any{"entry": string(appendEntry(nil, &saved.Entry)), "note": saved.Note}, err
	})
}
