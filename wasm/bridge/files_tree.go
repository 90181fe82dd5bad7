//go:build js

package bridge

import (
	"context"
	"io"
	"sync"
	"syscall/js"
	"time"

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
	ended  error // of the one call of next at a time: what the next one says
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

const (
	// treeBytes and treeItems are about what a batch has at most.
	treeBytes, treeItems = 256 << 10, 256
	// treeTime is how long items wait for others before they cross.
	treeTime = 20 * time.Millisecond
)

// next is GoTree.next.
func (t *treeStream) next([]js.Value) any {
	return promise(t.files.warn, func() (any, error) {
		var b treeBatch
		err := t.gather(&b)
		if t.ctx.Err() != nil { // then its end is none
			err = context.Cause(t.ctx)
		}
		switch err {
		case nil:
			return map[string]any{"text": string(b.text), "data": jsval.Bytes(b.data)}, nil
		case io.EOF: //nolint:errorlint // as it promises
			t.end(errClosed)
			return nil, nil
		default:
			reason := t.files.reason(t.ctx, err)
			t.end(reason)
			return nil, reason
		}
	})
}

// gather takes items until there are enough of them, or no more come at once. An error
// comes alone, in the call after those items.
func (t *treeStream) gather(b *treeBatch) error {
	if t.ended != nil {
		return t.ended
	}
	item, err := t.tree.Next(t.ctx)
	if err != nil {
		return err
	}
	waiting, stop := context.WithTimeout(t.ctx, treeTime)
	defer stop()
	for err == nil {
		t.add(b, item)
		if len(b.data) >= treeBytes || b.items >= treeItems {
			return nil
		}
		item, err = t.tree.Next(waiting)
	}
	if waiting.Err() == nil {
		t.ended = err
	}
	return nil
}

// treeBatch is TreeBatch of bridge.d.ts.
type treeBatch struct {
	text, data []byte
	items      int
}

func (t *treeStream) add(b *treeBatch, item files.Item) {
	b.items++
	b.text = append(append(b.text, item.Kind...), 0)
	switch item.Kind {
	case files.TreeEntry:
		b.text = appendText(b.text, item.Path)
		if item.Done {
			b.text = append(b.text, '1')
		}
		b.text = appendEntry(append(b.text, 0), &item.Entry)
	case files.TreeData:
		b.text = appendNumber(b.text, int64(len(item.Data)))
		b.data = append(b.data, item.Data...)
	case files.TreeFault:
		e := explain(t.files.warn, t.files.reason(t.ctx, item.Err))
		b.text = appendText(b.text, item.Path)
		b.text = appendText(b.text, string(e.code))
		b.text = appendText(b.text, e.message)
	}
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
