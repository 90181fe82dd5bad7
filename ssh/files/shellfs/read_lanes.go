package shellfs

import (
	"context"
	"fmt"
	"io"

	"porthole/ssh/files/fsys"
	"porthole/ssh/files/pace"
	"porthole/ssh/files/posix"
)

const (
	// leastAsked is the size from which on a file is asked for piece by piece, in bytes.
	leastAsked = 1 << 20
	// maxAhead bounds the pieces of one file that are asked for.
	maxAhead = 1024
)

// asks tells whether a range of a file is worth asking for piece by piece.
func (f *files) asks(e fsys.Entry, o fsys.ReadOptions) bool {
	return f.tools["dd tells"] && !o.Special && e.Type == fsys.File && o.Offset >= 0 &&
		e.Size-o.Offset >= leastAsked && (o.Length < 0 || o.Length >= leastAsked)
}

// laneReader gives a file's bytes in order; pieces are on their way ahead of the reader.
type laneReader struct {
	lanes  *lanes
	ctx    context.Context //nolint:containedctx // until Close
	cancel context.CancelFunc
	parent context.Context //nolint:containedctx // the caller's
	path   string
	size   int64 // what the file is said to have

	asked chan *asked // in order; closed at the end
	room  *pace.Room

	// Of the reader alone.
	now  *asked
	rest []byte // of now
	left int64  // < 0: to the end
	end  error
}

// asked is a piece whose bytes come.
type asked struct {
	piece
	done chan struct{} // closed when they are there
}

// readLanes streams a range of a file that has e.Size bytes.
func (f *files) readLanes(ctx context.Context, path string, e fsys.Entry, o fsys.ReadOptions) (io.ReadCloser, error) {
	r := &laneReader{
		parent: ctx, path: path, size: e.Size, left: o.Length,
		asked: make(chan *asked, maxAhead), room: pace.NewRoom(),
	}
	r.ctx, r.cancel = context.WithCancel(ctx)
	script := func(check string) string {
		return regular(path) + identified(path, "exec 5<"+posix.Arg(path)) + check + `echo "$i"; exec 3>&1; ` +
			fmt.Sprintf("dd bs=1 skip=%d count=0 <&5 2>/dev/null; ", o.Offset) +
			ddLines("dd bs=$b skip=$s count=$c <&5 2>&1 >&3 3>&-", ":") + "exit $z"
	}
	r.lanes = &lanes{
		f: f, op: operation{"read", path}, way: &f.down, begin: o.Offset,
		more:    func(id string) string { return script(sameAs(id)) },
		send:    func(l *lane, p *piece) error { return l.tell(p.at, int64(len(p.buf))) },
		receive: r.receive, broken: r.broken, last: func(l *lane) { _, _, _ = l.p.finish() },
	}
	if err := r.lanes.open(r.ctx, script("")); err != nil {
		r.cancel()
		return nil, err
	}
	if !f.background(func() { r.dispatch(o.Offset, o.Length) }) {
		r.lanes.stop()
		r.cancel()
		return nil, closedError()
	}
	return r, nil
}

func (r *laneReader) receive(l *lane, p *piece) (err error) {
	p.n, err = io.ReadFull(l.p, p.buf)
	return err
}

// broken: a script ends well where the file does. What else ended may have been killed
// alone, for want of memory perhaps: a stream reads what it owes.
func (r *laneReader) broken(l *lane, p *piece, status int, stderr string, err error) {
	switch {
	case err == nil && status == 0:
	case !l.main && err == nil && r.ctx.Err() == nil:
		p.n, p.err = r.again(p)
	case err != nil:
		p.err = err
	default:
		p.err = r.lanes.op.failure(status, stderr)
	}
}

func (r *laneReader) again(p *piece) (int, error) {
	s, err := r.lanes.f.readStream(r.ctx, r.path, fsys.ReadOptions{Offset: p.at, Length: int64(len(p.buf))})
	if err != nil {
		return 0, err
	}
	defer func() { _ = s.Close() }() // all that was wanted is there by then
	n, err := io.ReadFull(s, p.buf)
	if err == io.EOF || err == io.ErrUnexpectedEOF { //nolint:errorlint // ReadFull's own: what a lost connection wraps is another matter
		err = nil
	}
	return n, err
}

// dispatch asks for piece after piece. Behind the size that the file is said to have it
// asks for one at a time: sizes lie, and what has no end must not be asked for ahead.
func (r *laneReader) dispatch(at, length int64) {
	s := r.lanes
	defer close(r.asked)
	defer s.end() // after what was asked for
	if left := r.size - at; left >= manyBytes && (length < 0 || length >= manyBytes) {
		s.spread(r.ctx)
	}
	end := int64(-1)
	if length >= 0 {
		end = at + length
	}
	var last *asked
	for end < 0 || at < end {
		n := int64(s.way.pace.Chunk(maxPiece))
		switch {
		case at < r.size:
			n = min(n, r.size-at)
		case last != nil:
			select {
			case <-last.done:
			case <-r.ctx.Done():
			}
			if r.ctx.Err() != nil || last.err != nil || last.n < len(last.buf) {
				return
			}
			n = unit
		}
		if end >= 0 {
			n = min(n, end-at)
		}
		n = max(n/unit, 1) * unit
		p := r.ask(at, int(n))
		if p == nil {
			return
		}
		last = p
		at += n
	}
}

// ask sends a piece on its way; nil when the stream was given up.
func (r *laneReader) ask(at int64, n int) *asked {
	if !r.room.Take(r.ctx, n, r.lanes.way.pace.Most()+maxPiece) {
		return nil
	}
	t, err := r.lanes.way.pace.Acquire(r.ctx, n)
	if err != nil {
		return nil
	}
	p := &asked{piece: piece{at: at, buf: r.lanes.f.buffers.Get(n), ticket: t}, done: make(chan struct{})}
	p.over = func(*piece) { close(p.done) }
	select {
	case r.asked <- p:
	case <-r.ctx.Done():
		t.Done(false)
		return nil
	}
	r.lanes.dispatch(&p.piece)
	return p
}

// Read implements io.Reader. One goroutine reads.
func (r *laneReader) Read(b []byte) (int, error) {
	if len(b) == 0 {
		return 0, nil
	}
	for r.end == nil && (len(r.rest) == 0 || r.left == 0 || r.ctx.Err() != nil) {
		switch {
		case r.left == 0:
			r.stop(nil)
		case r.ctx.Err() != nil:
			r.stop(closedError())
		default:
			r.advance()
		}
	}
	if r.end != nil {
		return 0, r.end
	}
	n := copy(b, r.rest)
	if r.left >= 0 {
		n = int(min(int64(n), r.left))
		r.left -= int64(n)
	}
	r.rest = r.rest[n:]
	return n, nil
}

// advance goes to the next piece.
func (r *laneReader) advance() {
	if p := r.now; p != nil {
		r.now = nil
		short := p.n < len(p.buf)
		r.free(p)
		if p.err != nil || short {
			r.stop(p.err)
			return
		}
	}
	select {
	case p, ok := <-r.asked:
		if !ok {
			r.stop(nil)
			return
		}
		select {
		case <-p.done:
			r.now, r.rest = p, p.buf[:p.n]
		case <-r.ctx.Done():
			r.stop(closedError())
		}
	case <-r.ctx.Done():
		r.stop(closedError())
	}
}

// free gives the room of a piece back.
func (r *laneReader) free(p *asked) {
	r.room.Give(len(p.buf))
	r.lanes.f.buffers.Put(p.buf)
}

// stop ends the stream: with err, or at the end of the file.
func (r *laneReader) stop(err error) {
	switch {
	case r.parent.Err() != nil:
		r.end = cancelError(r.parent)
	case r.lanes.f.life.Err() != nil:
		r.end = closedError()
	case err == nil:
		r.end = io.EOF
	default:
		r.end = err
	}
	r.cancel()
}

// Close gives the stream up; what is on its way is dropped.
func (r *laneReader) Close() error {
	r.cancel()
	return nil
}
