package files

import (
	"context"
	"io"
	"path"
	"strings"

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
	Done  bool   // of an entry: the receiver has the file already, and no data comes
	Data  []byte // the receiver's
	Err   error  // of a fault
}

const (
	// treePiece is the most that an item's data has, in bytes, and what is read of each
	// file before its turn: with ahead files, 8 MiB.
	treePiece = 256 << 10
	// treeItems is how many items wait for the receiver.
	treeItems = 4
)

// Tree streams what is at and below some paths, in order. Links are entries, and not
// followed. Small files are read several at a time, before their turn.
type Tree struct {
	fs     fsys.FS
	has    func(path string, e fsys.Entry) bool
	nodes  chan *node // in order
	items  chan Item
	slots  chan struct{} // one for each file that is read before its turn
	cancel context.CancelFunc
	done   chan struct{}
}

// node is what the walk met: an entry, or a fault.
type node struct {
	item Item
	file *file // of a regular file
}

// OpenTree begins to stream. has says which regular files, by an item's path, the receiver
// has from an earlier go; nil: none. Close must be called.
func OpenTree(ctx context.Context, fs fsys.FS, paths []string, has func(path string, e fsys.Entry) bool) *Tree {
	ctx, cancel := context.WithCancel(ctx)
	t := &Tree{
		fs: fs, has: has, cancel: cancel, done: make(chan struct{}), slots: make(chan struct{}, ahead),
		nodes: make(chan *node, 8*ahead), items: make(chan Item, treeItems),
	}
	go func() {
		defer close(t.nodes)
		for _, p := range paths {
			if t.walk(ctx, p) != nil {
				return
			}
		}
	}()
	go func() {
		defer close(t.done)
		defer close(t.items)
		for n := range t.nodes {
			t.emit(ctx, n) // to the last, so that all files are closed
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
		return Item{}, fsys.Cancelled(ctx)
	}
}

// Close ends it, and waits for what is under way.
func (t *Tree) Close() {
	t.cancel()
	for range t.items { // what is on its way is nobody's
	}
	<-t.done
}

// walk puts what it meets at and below p in order; the error is that of ctx alone.
func (t *Tree) walk(ctx context.Context, p string) error {
	clean := strings.TrimRight(p, "/")
	name := path.Base(clean)
	if !fsys.IsName(name) || clean == "" { // "." and "..", say
		real, err := t.fs.RealPath(ctx, p)
		if err != nil {
			return t.put(ctx, &node{item: Item{Kind: TreeFault, Path: ".", Err: err}})
		}
		p, clean, name = real, strings.TrimRight(real, "/"), path.Base(real)
	}
	if name == "/" {
		name = "root" // which has no name
	}
	// Of p itself or of what is below it: "NAME" or "NAME/…".
	relative := func(at string) string { return strings.TrimSuffix(name+strings.TrimPrefix(at, clean), "/") }
	err := walk(ctx, t.fs, p, &walker{
		enter: func(at string, e fsys.Entry) error {
			n := &node{item: Item{Kind: TreeEntry, Path: relative(at), Entry: e}}
			n.item.Done = e.Type == fsys.File && t.has != nil && t.has(n.item.Path, e)
			if e.Type == fsys.File && !n.item.Done {
				if n.file = t.open(ctx, at, e); n.file == nil {
					return ctx.Err()
				}
			}
			return t.put(ctx, n)
		},
		fault: func(at string, err error) error {
			return t.put(ctx, &node{item: Item{Kind: TreeFault, Path: relative(at), Err: err}})
		},
	})
	if err != nil && ctx.Err() == nil {
		err = t.put(ctx, &node{item: Item{Kind: TreeFault, Path: name, Err: err}})
	}
	return err
}

func (t *Tree) put(ctx context.Context, n *node) error {
	select {
	case t.nodes <- n:
		return nil
	case <-ctx.Done():
		t.close(n)
		return ctx.Err()
	}
}

// emit hands over one node with its data.
func (t *Tree) emit(ctx context.Context, n *node) {
	defer t.close(n)
	if t.send(ctx, n.item) && n.file != nil {
		t.emitFile(ctx, n)
	}
}

func (t *Tree) send(ctx context.Context, item Item) bool {
	select {
	case t.items <- item:
		return ctx.Err() == nil
	case <-ctx.Done():
		return false
	}
}
