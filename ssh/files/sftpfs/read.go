package sftpfs

import (
	"context"
	"io"
	"os"
	"sync"

	"github.com/pkg/sftp"

	"porthole/ssh/files/fsys"
	"porthole/ssh/files/pace"
	"porthole/ssh/wire"
)

// Read implements fsys.FS.
func (f *files) Read(ctx context.Context, p string, o fsys.ReadOptions) (io.ReadCloser, error) {
	e, err := f.stat(ctx, p, true) // opening a FIFO would stop the server until a writer comes
	if err != nil {
		return nil, f.explain(ctx, "read", p, err)
	}
	return f.ReadEntry(ctx, p, e, o)
}

// ReadEntry is Read of what a listing just told of: it saves a round trip.
func (f *files) ReadEntry(ctx context.Context, p string, e fsys.Entry, o fsys.ReadOptions) (io.ReadCloser, error) {
	if err := readable(p, e, o); err != nil {
		return nil, err
	}
	s, err := f.openStripe(ctx, p, os.O_RDONLY, f.down)
	if err != nil {
		return nil, f.explain(ctx, "read", p, err)
	}
	parent := ctx
	ctx, cancel := context.WithCancel(ctx)
	r := &readStream{
		files: f, stripe: s, parent: parent, ctx: ctx, cancel: cancel, size: e.Size,
		slots: make(chan *slot, maxSlots), room: pace.NewRoom(),
	}
	end := int64(-1)
	if o.Length >= 0 {
		end = o.Offset + o.Length
	}
	s.pending.Add(1) // for all of dispatch
	if !f.work(func() { r.dispatch(o.Offset, end) }) {
		s.pending.Done()
		s.closeLater()
		cancel()
		return nil, failure(wire.CodeClosed, nil, "The device's files were closed.")
	}
	return r, nil
}

// readable refuses what must not be opened.
func readable(p string, e fsys.Entry, o fsys.ReadOptions) error {
	switch {
	case o.Offset < 0:
		return failure(wire.CodeInvalid, nil, "A file cannot be read from before its beginning.")
	case !o.Special:
		return regular(p, e)
	case e.Type == fsys.Dir:
		return failure(wire.CodeIsDir, nil, "%s is a directory.", quoted(p))
	case e.Type == fsys.FIFO || e.Type == fsys.Socket:
		return failure(wire.CodeSpecialFile, nil, "%s is a pipe or socket, which holds no content.", quoted(p))
	default:
		return nil
	}
}

// regular refuses what is no file. Unknown is what servers are that tell no types.
func regular(p string, e fsys.Entry) error {
	switch e.Type {
	case fsys.File, fsys.Unknown:
		return nil
	case fsys.Dir:
		return failure(wire.CodeIsDir, nil, "%s is a directory.", quoted(p))
	default:
		return failure(wire.CodeSpecialFile, nil, "%s is no regular file; reading or writing it may never end.", quoted(p))
	}
}

const (
	// maxSlots bounds the requests of one stream.
	maxSlots = 1024
	// probe is how much is asked for behind the end that a file is said to have, in bytes.
	probe = 16 << 10
)

// readStream gives a file's bytes in order; requests are under way ahead of the reader.
type readStream struct {
	files  *files
	stripe *stripe
	parent context.Context // the caller's
	ctx    context.Context // until Close
	cancel context.CancelFunc
	size   int64 // what the file is said to have

	slots chan *slot // in order; closed at the end
	room  *pace.Room
	once  sync.Once

	// Of the reader alone.
	now  *slot
	rest []byte // of now
	end  error  // sticky
}

// slot is one request.
type slot struct {
	buf  []byte
	n    int
	err  error
	done chan struct{}
}

// dispatch asks for piece after piece, up to end (< 0: the end of the file). Behind the
// size that the file is said to have, it asks for one at a time: sizes lie, and what has
// no end must not be asked for ahead.
func (r *readStream) dispatch(off, end int64) {
	defer r.stripe.pending.Done()
	defer close(r.slots)
	if left := r.size - off; left >= manyBytes && (end < 0 || end-off >= manyBytes) {
		r.stripe.spread(r.ctx, os.O_RDONLY)
	}
	var last *slot
	for end < 0 || off < end {
		n := r.stripe.chunk()
		switch {
		case off < r.size:
			n = int(min(int64(n), r.size-off))
		case off == r.size && last != nil:
			n = probe
		case last != nil:
			select {
			case <-last.done:
				if last.err != nil {
					return
				}
			case <-r.ctx.Done():
				return
			}
		}
		if end >= 0 {
			n = int(min(int64(n), end-off))
		}
		if !r.room.Take(r.ctx, n, r.stripe.pace.Most()+largeChunk) {
			return
		}
		t, err := r.stripe.pace.Acquire(r.ctx, n)
		if err != nil {
			return
		}
		s := &slot{buf: r.files.buffers.Get(n), done: make(chan struct{})}
		select {
		case r.slots <- s:
		case <-r.ctx.Done():
			t.Done(false)
			return
		}
		at := off
		r.stripe.run(t, n, func(file *sftp.File) (err error) {
			s.n, err = file.ReadAt(s.buf, at)
			if atEnd(err) {
				return nil
			}
			return err
		}, func(err error) {
			if s.err = err; err == nil && s.n < len(s.buf) {
				s.err = io.EOF
			}
			close(s.done)
		})
		last = s
		off += int64(n)
	}
}

// Read implements io.Reader. One goroutine reads.
func (r *readStream) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	for len(r.rest) == 0 {
		if r.end != nil {
			return 0, r.end
		}
		r.advance()
	}
	n := copy(p, r.rest)
	r.rest = r.rest[n:]
	return n, nil
}

// advance goes to the next answer.
func (r *readStream) advance() {
	if s := r.now; s != nil {
		r.now = nil
		r.free(s)
		if s.err != nil { // told once its bytes were
			r.stop(s.err)
			return
		}
	}
	select {
	case s, ok := <-r.slots:
		if !ok {
			r.stop(io.EOF)
			return
		}
		select {
		case <-s.done:
			r.now, r.rest = s, s.buf[:s.n]
		case <-r.ctx.Done():
			r.stop(r.ctx.Err())
		}
	case <-r.ctx.Done():
		r.stop(r.ctx.Err())
	}
}

// free gives the room of an answer back.
func (r *readStream) free(s *slot) {
	r.room.Give(len(s.buf))
	r.files.buffers.Put(s.buf)
}

// stop ends the stream.
func (r *readStream) stop(err error) {
	switch {
	case r.parent.Err() != nil:
		r.end = explained(r.parent, r.parent.Err())
	case err == io.EOF: //nolint:errorlint // ours, or pkg/sftp's own
		r.end = io.EOF
	default:
		r.end = r.files.explain(r.parent, "read", r.stripe.path, err)
	}
	_ = r.Close()
}

// Close ends the stream; what is under way ends by itself.
func (r *readStream) Close() error {
	r.once.Do(func() {
		r.cancel()
		r.stripe.closeLater()
		if r.end == nil {
			r.end = failure(wire.CodeClosed, nil, "Reading %s was ended.", quoted(r.stripe.path))
		}
	})
	return nil
}
