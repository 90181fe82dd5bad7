package shellfs

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"

	"porthole/ssh/files/fsys"
	"porthole/ssh/files/posix"
	"porthole/ssh/wire"
)

// laneWriter has many pieces under way. Each is answered when it is written, and what is
// confirmed is what has no gap before it.
type laneWriter struct {
	lanes *lanes
	ctx   context.Context //nolint:containedctx // of the whole stream

	// Of the writing goroutine alone.
	buf    []byte
	limit  int   // how much buf is to hold
	next   int64 // where buf goes
	closed bool

	work sync.WaitGroup // pieces without an answer

	mu        sync.Mutex
	confirmed int64
	acked     map[int64]int64 // beginnings and ends behind a gap
	err       error           // the first failure
	size      int64           // of the file at the end, as the device says
}

func (f *files) writeLanes(ctx context.Context, path string, o fsys.WriteOptions) (fsys.Writer, error) {
	w := &laneWriter{ctx: ctx, next: o.Offset, confirmed: o.Offset, acked: map[int64]int64{}}
	begin, open := f.opening(path, o)
	// What a lane does for a file that is open as 5. Its answer is an empty line.
	copying := fmt.Sprintf("dd bs=1 seek=%d count=0 conv=notrunc 2>/dev/null </dev/null >&5; ", o.Offset) +
		ddLines("dd bs=$b seek=$s count=$c iflag=fullblock conv=notrunc 2>&1 >&5 3>&-", `[ "$c" = 0 ] || echo`)
	w.lanes = &lanes{
		f: f, op: operation{"written", path}, way: &f.up, begin: o.Offset,
		more: func(id string) string {
			return regular(path) + identified(path, "exec 5<>"+posix.Arg(path)) + sameAs(id) + `echo "$i"; ` + copying + "exit $z"
		},
		send: send, receive: receive, broken: w.broken, last: w.last,
	}
	script := begin + "exec 5" + open + " || exit; " + inode(path) + "i=$1; " + chmodNew(o) + `echo "$i"; ` + copying + "size; exit $z"
	if err := w.lanes.open(ctx, script); err != nil {
		return nil, err
	}
	return w, nil
}

func send(l *lane, p *piece) error {
	if err := l.tell(p.at, int64(len(p.buf))); err != nil {
		return err
	}
	_, err := l.p.ch.Write(p.buf)
	return err
}

var errNoAnswer = errors.New("no answer to what was written")

func receive(l *lane, p *piece) error {
	var b [1]byte
	if _, err := io.ReadFull(l.p, b[:]); err != nil {
		return err
	}
	if b[0] != '\n' { // it goes on to print the size: it takes no more
		return errNoAnswer
	}
	<-p.sent // the device may answer before our write has returned, and buf is used again
	p.n = len(p.buf)
	return nil
}

// broken: whatever else the script ended for, it did not take the piece.
func (w *laneWriter) broken(_ *lane, p *piece, status int, stderr string, err error) {
	switch {
	case err != nil:
		p.err = err
	case status == 0:
		p.err = lostError(errNoAnswer)
	default:
		p.err = w.lanes.op.failure(status, stderr)
	}
}

// last reads the size that the main script prints at its end.
func (w *laneWriter) last(l *lane) {
	size := int64(0)
	if l.main {
		line, err := readLine1(w.ctx, l.p)
		if err == nil {
			size = number(line)
		}
	}
	status, stderr, err := l.p.finish()
	if err == nil && status != 0 {
		err = w.lanes.op.failure(status, stderr)
	}
	if err != nil {
		w.fail(err)
	}
	if l.main {
		w.mu.Lock()
		w.size = size
		w.mu.Unlock()
	}
}

// Write implements io.Writer. The bytes are copied.
func (w *laneWriter) Write(b []byte) (int, error) {
	if w.closed {
		return 0, closedError()
	}
	written := 0
	for len(b) > 0 {
		if err := w.failed(); err != nil {
			return written, err
		}
		if w.buf == nil {
			w.limit = max(w.lanes.way.pace.Chunk(maxPiece)/unit, 1) * unit
			w.buf = w.lanes.f.buffers.Get(w.limit)[:0]
		}
		n := min(w.limit-len(w.buf), len(b))
		w.buf = append(w.buf, b[:n]...)
		b = b[n:]
		written += n
		if len(w.buf) == w.limit || len(b) == 0 && len(w.buf)%unit == 0 {
			if err := w.flush(); err != nil {
				return written, err
			}
		}
	}
	return written, nil
}

// flush sends what was gathered, when the line has room for it.
func (w *laneWriter) flush() error {
	if len(w.buf) == 0 {
		return nil
	}
	s := w.lanes
	t, err := s.way.pace.Acquire(w.ctx, len(w.buf))
	if err != nil {
		w.fail(cancelError(w.ctx))
		return w.failed()
	}
	if w.next-s.begin >= manyBytes {
		s.spread(w.ctx)
	}
	p := &piece{at: w.next, buf: w.buf, ticket: t, over: w.answered, sent: make(chan struct{})}
	w.buf, w.next = nil, w.next+int64(len(w.buf))
	w.work.Add(1)
	s.dispatch(p)
	return nil
}

// answered takes a piece that is over.
func (w *laneWriter) answered(p *piece) {
	defer w.work.Done()
	if p.err != nil {
		w.fail(p.err)
		return
	}
	w.mu.Lock()
	w.acked[p.at] = p.at + int64(p.n)
	for end, ok := w.acked[w.confirmed]; ok; end, ok = w.acked[w.confirmed] {
		delete(w.acked, w.confirmed)
		w.confirmed = end
	}
	w.mu.Unlock()
	w.lanes.f.buffers.Put(p.buf)
}

func (w *laneWriter) fail(err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.err == nil {
		w.err = err
	}
}

func (w *laneWriter) failed() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.err == nil && w.ctx.Err() != nil {
		w.err = cancelError(w.ctx)
	}
	return w.err
}

// Confirmed implements fsys.Writer.
func (w *laneWriter) Confirmed() int64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.confirmed
}

// Close implements fsys.Writer.
func (w *laneWriter) Close() error {
	if w.closed {
		return w.failed()
	}
	w.closed = true
	err := w.failed()
	if err == nil {
		err = w.flush()
	}
	if err != nil {
		w.lanes.stop()
		return err
	}
	written := make(chan struct{})
	go func() { // ends with the answers, or with the channels
		w.work.Wait() // before the main script prints the size
		for _, l := range w.lanes.end() {
			<-l.over
		}
		close(written)
	}()
	select {
	case <-written:
	case <-w.ctx.Done():
		w.lanes.stop()
		return w.failed()
	}
	if err := w.failed(); err != nil {
		return err
	}
	if w.size < w.next {
		return &fsys.Error{
			Code: wire.CodeChanged, Err: fmt.Errorf("size %d, want %d", w.size, w.next),
			Message: fmt.Sprintf("%q is shorter than what was written to it: somebody else changes it, or the disk is full. Write it again.", w.lanes.op.path),
		}
	}
	return nil
}

var _ fsys.Writer = (*laneWriter)(nil)
