package sftpfs

import (
	"context"
	"os"
	"sync"

	"github.com/pkg/sftp"

	"porthole/ssh/files/fsys"
	"porthole/ssh/wire"
)

// Write implements fsys.FS.
func (f *files) Write(ctx context.Context, p string, o fsys.WriteOptions) (fsys.Writer, error) {
	flags, made := os.O_WRONLY, false
	switch {
	case o.Offset < 0:
		return nil, failure(wire.CodeInvalid, nil, "A file cannot be written from before its beginning.")
	case o.New:
		flags, made = flags|os.O_CREATE|os.O_EXCL, true
	default:
		e, err := f.stat(ctx, p, true) // opening a FIFO would stop the server until a reader comes
		status, _ := statusOf(err)
		switch {
		case err != nil && status == statusNoSuchFile:
			made = true
		case err != nil:
			return nil, f.explain(ctx, "write", p, err)
		default:
			if err := regular(p, e); err != nil {
				return nil, err
			}
		}
		if flags |= os.O_CREATE; o.Offset == 0 {
			flags |= os.O_TRUNC
		}
	}
	s, err := f.openStripe(ctx, p, flags, f.up)
	if err != nil && o.New {
		return nil, f.explain(ctx, "create", p, err)
	}
	if err != nil {
		return nil, f.explain(ctx, "write", p, err)
	}
	w := &writer{files: f, stripe: s, ctx: ctx, begin: o.Offset, next: o.Offset, confirmed: o.Offset, acked: map[int64]int64{}}
	if made && o.Mode != 0 {
		err := do(ctx, f, func(*link) error { return s.main.file.Chmod(fileMode(o.Mode)) })
		if err != nil {
			s.closeLater()
			return nil, f.explain(ctx, "chmod", p, err)
		}
	}
	return w, nil
}

// writer has many requests under way; what is confirmed is what has no gap before it.
type writer struct {
	files  *files
	stripe *stripe
	ctx    context.Context

	// Of the writing goroutine alone.
	buf    []byte
	limit  int // how much buf is to hold
	begin  int64
	next   int64 // where buf goes
	closed bool

	mu        sync.Mutex
	confirmed int64
	acked     map[int64]int64 // beginnings and ends behind a gap
	err       error           // the first failure
}

// Write implements io.Writer. The bytes are copied.
func (w *writer) Write(p []byte) (int, error) {
	if w.closed {
		return 0, failure(wire.CodeClosed, nil, "%s was closed.", quoted(w.stripe.path))
	}
	written := 0
	for len(p) > 0 {
		if err := w.failed(); err != nil {
			return written, err
		}
		if w.buf == nil {
			w.limit = w.stripe.chunk()
			w.buf = w.files.buffers.Get(w.limit)[:0]
		}
		n := min(w.limit-len(w.buf), len(p))
		w.buf = append(w.buf, p[:n]...)
		p = p[n:]
		written += n
		if len(w.buf) == w.limit {
			if err := w.flush(); err != nil {
				return written, err
			}
		}
	}
	return written, nil
}

// flush sends what was gathered, when the line has room for it.
func (w *writer) flush() error {
	if len(w.buf) == 0 {
		return nil
	}
	t, err := w.stripe.pace.Acquire(w.ctx, len(w.buf))
	if err != nil {
		w.fail(explained(w.ctx, err))
		return w.failed()
	}
	if w.next-w.begin >= manyBytes {
		w.stripe.spread(w.ctx, os.O_WRONLY)
	}
	b, from := w.buf, w.next
	w.buf, w.next = nil, w.next+int64(len(w.buf))
	w.stripe.run(t, len(b), func(file *sftp.File) error {
		_, err := file.WriteAt(b, from)
		return err
	}, func(err error) {
		if err != nil {
			w.fail(err)
		} else {
			w.confirm(from, from+int64(len(b)))
		}
		w.files.buffers.Put(b)
	})
	return nil
}

func (w *writer) confirm(from, to int64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.acked[from] = to
	for end, ok := w.acked[w.confirmed]; ok; end, ok = w.acked[w.confirmed] {
		delete(w.acked, w.confirmed)
		w.confirmed = end
	}
}

func (w *writer) fail(err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.err == nil {
		w.err = err
	}
}

// failed gives the first failure, explained.
func (w *writer) failed() error {
	w.mu.Lock()
	err := w.err
	w.mu.Unlock()
	if err == nil && w.ctx.Err() == nil {
		return nil
	}
	if w.ctx.Err() != nil {
		return explained(w.ctx, w.ctx.Err())
	}
	err = w.files.explain(w.ctx, "write", w.stripe.path, err)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.err = err
	return err
}

// Confirmed implements fsys.Writer.
func (w *writer) Confirmed() int64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.confirmed
}

// Close implements fsys.Writer.
func (w *writer) Close() error {
	if w.closed {
		return w.failed()
	}
	w.closed = true
	if err := w.failed(); err != nil {
		w.stripe.closeLater()
		return err
	}
	if err := w.flush(); err != nil {
		w.stripe.closeLater()
		return err
	}
	closed := make(chan error, 1)
	go func() { closed <- w.stripe.close() }() // ends with the answers, or with the channel
	select {
	case err := <-closed:
		if failed := w.failed(); failed != nil {
			return failed
		}
		return w.files.explain(w.ctx, "write", w.stripe.path, err)
	case <-w.ctx.Done():
		return explained(w.ctx, w.ctx.Err())
	}
}

var _ fsys.Writer = (*writer)(nil)
