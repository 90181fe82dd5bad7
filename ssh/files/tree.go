package files

import (
	"context"
	"io"
	"path"

	"porthole/ssh/files/fsys"
)

// ItemKind is what an [Item] of a tree is.
type ItemKind string

// Kinds of items, by the words of bridge.d.ts.
const (
	TreeEntry ItemKind = "entry"
	TreeData  ItemKind = "data"
	TreeFault ItemKind = "fault"
)

// Item is one step of a tree. An entry comes before its data; data belongs to the last
// entry; a fault ends the data of the last entry, or stands for a directory that could
// not be read.
type Item struct {
	Kind  ItemKind
	Path  string // of an entry or fault: relative, the last element of the asked path first
	Entry fsys.Entry
	Data  []byte // the receiver's
	Err   error  // of a fault
}

// Tree streams what is at and below some paths, in order. Links are entries, and not
// followed.
type Tree struct {
	items  chan Item
	cancel context.CancelFunc
	done   chan struct{}
}

// treePiece is the most that an item's data has, in bytes.
const treePiece = 256 << 10

// OpenTree begins to stream. Close must be called.
func OpenTree(ctx context.Context, fs fsys.FS, paths []string) *Tree {
	ctx, cancel := context.WithCancel(ctx)
	t := &Tree{items: make(chan Item, 64), cancel: cancel, done: make(chan struct{})}
	go func() {
		defer close(t.done)
		defer close(t.items)
		for _, p := range paths {
			if !t.root(ctx, fs, p) {
				return
			}
		}
	}()
	return t
}

// Next gives the next item; io.EOF at the end.
func (t *Tree) Next(ctx context.Context) (Item, error) {
	select {
	case item, ok := <-t.items:
		if !ok {
			return Item{}, io.EOF
		}
		return item, nil
	case <-ctx.Done():
		return Item{}, cancelled(ctx)
	}
}

// Close ends it, and waits for what is under way.
func (t *Tree) Close() {
	t.cancel()
	for range t.items { // what is on its way is nobody's
	}
	<-t.done
}

func (t *Tree) send(ctx context.Context, item Item) bool {
	select {
	case t.items <- item:
		return true
	case <-ctx.Done():
		return false
	}
}

func (t *Tree) root(ctx context.Context, fs fsys.FS, p string) bool {
	name := path.Base(path.Clean(p))
	e, err := fs.Stat(ctx, p, false)
	if err != nil {
		return t.send(ctx, Item{Kind: TreeFault, Path: name, Err: err})
	}
	return t.visit(ctx, fs, p, name, e, 0)
}

func (t *Tree) visit(ctx context.Context, fs fsys.FS, from, name string, e fsys.Entry, depth int) bool {
	if !t.send(ctx, Item{Kind: TreeEntry, Path: name, Entry: e}) {
		return false
	}
	switch e.Type {
	case fsys.File:
		return t.data(ctx, fs, from, name)
	case fsys.Dir:
		entries, err := list(ctx, fs, from)
		if err != nil && !t.send(ctx, Item{Kind: TreeFault, Path: name, Err: err}) {
			return false
		}
		for _, child := range entries {
			if !t.visit(ctx, fs, join(from, child.Name), join(name, child.Name), child, depth+1) {
				return false
			}
		}
	}
	return true
}

func (t *Tree) data(ctx context.Context, fs fsys.FS, from, name string) bool {
	r, err := fs.Read(ctx, from, fsys.ReadOptions{Length: -1})
	if err != nil {
		return t.send(ctx, Item{Kind: TreeFault, Path: name, Err: err})
	}
	defer func() { _ = r.Close() }() // read to its end, or given up
	for {
		b := make([]byte, treePiece)
		n, err := r.Read(b)
		if n > 0 && !t.send(ctx, Item{Kind: TreeData, Data: b[:n]}) {
			return false
		}
		if err == io.EOF {
			return true
		}
		if err != nil {
			return t.send(ctx, Item{Kind: TreeFault, Path: name, Err: err})
		}
	}
}
