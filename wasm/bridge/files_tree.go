//go:build js

package bridge

import (
	"context"
	"io"
	"sync"
	"syscall/js"

	"porthole/ssh/files"
	"porthole/ssh/files/fsys"
	"porthole/wasm/jsval"
)

// treeStream is GoTree of bridge.d.ts.
type treeStream struct {
	files  *deviceFiles
	object *object
	tree   *files.Tree
	ctx    context.Context
	stop   func()
	over   sync.Once
}

// tree is GoFiles.tree.
func (f *deviceFiles) tree(args []js.Value) any {
	a := arguments{values: args}
	paths, has := a.paths(0), a.has(1)
	return f.stream(a.err, args[2], func(ctx context.Context, stop func()) (js.Value, error) {
		t := &treeStream{files: f, object: newObject(), tree: files.OpenTree(ctx, f.fs, paths, has), ctx: ctx, stop: stop}
		t.object.method("next", 0, t.next)
		t.object.closer("cancel", t.cancel)
		f.goStream(ctx, t.run, t.end)
		return t.object.value, nil
	})
}

// has reads GoFiles.tree's function for what the page has; one that fails has nothing.
func (a *arguments) has(i int) func(string, fsys.Entry) bool {
	if a.err != nil || a.values[i].IsNull() {
		return nil
	}
	asked := a.function(i)
	return func(path string, e fsys.Entry) bool {
		modified := any(nil)
		if !e.Modified.IsZero() {
			modified = clampTime(e.Modified)
		}
		answer, err := jsval.Invoke(asked, fsys.EncodeName(path), e.Size, modified)
		return err == nil && answer.Truthy()
	}
}

// run closes the tree when it is over.
func (t *treeStream) run() {
	<-t.ctx.Done()
	t.tree.Close()
}

// next is GoTree.next.
func (t *treeStream) next([]js.Value) any {
	return promise(t.files.warn, func() (any, error) {
		item, err := t.tree.Next(t.ctx)
		if t.ctx.Err() != nil { // then its end is none
			err = context.Cause(t.ctx)
		}
		switch {
		case err == io.EOF: //nolint:errorlint // as it promises
			t.end(errClosed)
			return nil, nil
		case err != nil:
			reason := t.files.reason(t.ctx, err)
			t.end(reason)
			return nil, reason
		}
		return t.item(item), nil
	})
}

// item makes a TreeItem of bridge.d.ts.
func (t *treeStream) item(item files.Item) map[string]any {
	value := map[string]any{"kind": string(item.Kind)}
	switch item.Kind {
	case files.TreeEntry:
		value["path"] = fsys.EncodeName(item.Path)
		value["entry"], value["done"] = string(appendEntry(nil, &item.Entry)), item.Done
	case files.TreeData:
		value["data"] = jsval.Bytes(item.Data)
	case files.TreeFault:
		e := explain(t.files.warn, t.files.reason(t.ctx, item.Err))
		value["path"] = fsys.EncodeName(item.Path)
		value["code"], value["message"] = string(e.code), e.message
	}
	return value
}

// cancel is GoTree.cancel.
func (t *treeStream) cancel([]js.Value) any {
	t.end(jsval.ErrAborted)
	return js.Undefined()
}

// end lets go of everything; who goes on hears the reason.
func (t *treeStream) end(reason error) {
	t.over.Do(func() {
		t.object.refuse(jsError(t.files.warn, reason), "next")
		t.stop()
	})
}
