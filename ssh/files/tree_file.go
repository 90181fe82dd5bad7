package files

import (
	"context"
	"io"

	"porthole/ssh/files/fsys"
)

// entryReader is what a backend offers that needs not look first at what was just listed.
type entryReader interface {
	ReadEntry(ctx context.Context, path string, e fsys.Entry, o fsys.ReadOptions) (io.ReadCloser, error)
}

// smallReader is what a backend offers that reads small files with less ado.
type smallReader interface {
	// ReadSmall reads from the beginning; ok is false when the file is nothing for it, more
	// says that it may go on behind data.
	ReadSmall(ctx context.Context, path string, e fsys.Entry) (data []byte, more, ok bool, err error)
}

func read(ctx context.Context, fs fsys.FS, path string, e fsys.Entry, offset int64) (io.ReadCloser, error) {
	o := fsys.ReadOptions{Offset: offset, Length: -1}
	if quick, ok := fs.(entryReader); ok {
		return quick.ReadEntry(ctx, path, e, o)
	}
	return fs.Read(ctx, path, o)
}

// file is a regular file of a tree. What is small is read before its turn; no file is
// kept open until then, since a device has few processes or handles for us.
type file struct {
	path  string
	ready chan struct{} // closed when the rest of this is set; nil when its turn begins it
	begin []byte
	more  bool // there is something behind begin
	err   error
}

// open begins to read a file when there is a slot; nil when ctx ended.
func (t *Tree) open(ctx context.Context, path string, e fsys.Entry) *file {
	if e.Size >= treePiece {
		return &file{path: path, more: true}
	}
	select {
	case t.slots <- struct{}{}:
	case <-ctx.Done():
		return nil
	}
	f := &file{path: path, ready: make(chan struct{})}
	go func() { // ends with ctx; emit waits for it
		defer close(f.ready)
		f.err = f.read(ctx, t.fs, e)
	}()
	return f
}

// least is the size of a buffer for what is said to be empty, as files of /proc are.
const least = 4 << 10

// read reads what the file is said to have, and finds out whether there is more.
func (f *file) read(ctx context.Context, fs fsys.FS, e fsys.Entry) error {
	if small, ok := fs.(smallReader); ok {
		data, more, ok, err := small.ReadSmall(ctx, f.path, e)
		if ok {
			f.begin, f.more = data, more
			return err
		}
	}
	r, err := read(ctx, fs, f.path, e, 0)
	if err != nil {
		return err
	}
	defer func() { _ = r.Close() }() // at its end, or not wanted any further now
	b := make([]byte, max(e.Size+1, least))
	n, err := io.ReadFull(r, b)
	f.begin, f.more = b[:n], err == nil
	if err == nil || err == io.EOF || err == io.ErrUnexpectedEOF { //nolint:errorlint // io's own: what a lost connection wraps is another matter
		return nil
	}
	return err
}

// emitFile hands over a file's data when its turn has come.
func (t *Tree) emitFile(ctx context.Context, n *node) {
	f := n.file
	if f.ready != nil {
		select {
		case <-f.ready:
		case <-ctx.Done():
			return
		}
	}
	if len(f.begin) > 0 && !t.send(ctx, Item{Kind: TreeData, Data: f.begin}) {
		return
	}
	if f.more && f.err == nil {
		f.err = t.stream(ctx, f, n.item.Entry)
	}
	if f.err != nil {
		t.send(ctx, Item{Kind: TreeFault, Path: n.item.Path, Err: f.err})
	}
}

// stream hands over what is behind the beginning.
func (t *Tree) stream(ctx context.Context, f *file, e fsys.Entry) error {
	r, err := read(ctx, t.fs, f.path, e, int64(len(f.begin)))
	if err != nil {
		return err
	}
	defer func() { _ = r.Close() }() // read to its end, or given up
	for {
		b := make([]byte, treePiece)
		n, err := r.Read(b)
		if n > 0 && !t.send(ctx, Item{Kind: TreeData, Data: b[:n]}) {
			return nil
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// close waits for the reading before its turn, and gives the slot back.
func (t *Tree) close(n *node) {
	if n.file != nil && n.file.ready != nil {
		<-n.file.ready
		<-t.slots
	}
}
