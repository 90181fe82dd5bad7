package sshtest

import (
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"time"
)

// PipeBuffer is what each direction of a [Pipe] holds before a writer waits, in bytes.
// It is about the socket buffer of a loopback connection, and far more than the largest
// SSH packet (35,000 bytes, RFC 4253 §6.1): both sides can send at once.
const PipeBuffer = 256 << 10

// Pipe returns the two ends of a connection in memory. Unlike net.Pipe it buffers, so
// two sides that both write first do not wait for each other forever. Deadlines work.
// Bytes written before Close are still read by the other end, then it sees io.EOF.
func Pipe() (client, server net.Conn) {
	up, down := newFlow(), newFlow()
	return &pipeEnd{name: "client", in: down, out: up}, &pipeEnd{name: "server", in: up, out: down}
}

// pipeEnd is one end of a Pipe: it reads from in and writes to out.
type pipeEnd struct {
	name    string
	in, out *flow
}

func (e *pipeEnd) Read(b []byte) (int, error)  { return e.in.read(b) }
func (e *pipeEnd) Write(b []byte) (int, error) { return e.out.write(b) }

// Close ends both directions. Bytes on their way to this end are thrown away.
func (e *pipeEnd) Close() error {
	e.out.closeWrite()
	e.in.closeRead()
	return nil
}

func (e *pipeEnd) LocalAddr() net.Addr  { return pipeAddr(e.name) }
func (e *pipeEnd) RemoteAddr() net.Addr { return pipeAddr("pipe") }

func (e *pipeEnd) SetDeadline(t time.Time) error {
	e.in.readLimit.set(t)
	e.out.writeLimit.set(t)
	return nil
}

func (e *pipeEnd) SetReadDeadline(t time.Time) error {
	e.in.readLimit.set(t)
	return nil
}

func (e *pipeEnd) SetWriteDeadline(t time.Time) error {
	e.out.writeLimit.set(t)
	return nil
}

type pipeAddr string

func (pipeAddr) Network() string  { return "pipe" }
func (a pipeAddr) String() string { return string(a) }

// errPipeClosed is what the end that was closed itself reports, as net.Conn does.
var errPipeClosed = net.ErrClosed

// flow is one direction of a Pipe: a bounded queue of bytes.
type flow struct {
	mu   sync.Mutex
	cond *sync.Cond // something below changed

	buf         []byte // guarded by mu
	writeClosed bool   // guarded by mu; no byte will be added
	readClosed  bool   // guarded by mu; no byte will be taken

	readLimit, writeLimit limit
}

func newFlow() *flow {
	f := &flow{}
	f.cond = sync.NewCond(&f.mu)
	f.readLimit.flow, f.writeLimit.flow = f, f
	return f
}

func (f *flow) read(b []byte) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for {
		switch {
		case f.readClosed:
			return 0, errPipeClosed
		case f.readLimit.passed:
			return 0, os.ErrDeadlineExceeded
		case len(b) == 0:
			return 0, nil
		case len(f.buf) > 0:
			n := copy(b, f.buf)
			f.buf = f.buf[n:]
			f.cond.Broadcast()
			return n, nil
		case f.writeClosed:
			return 0, io.EOF
		}
		f.cond.Wait()
	}
}

func (f *flow) write(b []byte) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	written := 0
	for {
		switch {
		case f.writeClosed:
			return written, errPipeClosed
		case f.readClosed:
			return written, errors.Join(io.ErrClosedPipe, errors.New("the other end of the pipe is closed"))
		case f.writeLimit.passed:
			return written, os.ErrDeadlineExceeded
		case len(b) == 0:
			return written, nil
		}
		if room := PipeBuffer - len(f.buf); room > 0 {
			n := min(room, len(b))
			f.buf = append(f.buf, b[:n]...)
			b = b[n:]
			written += n
			f.cond.Broadcast()
			continue
		}
		f.cond.Wait()
	}
}

func (f *flow) closeWrite() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.writeClosed = true
	f.writeLimit.stop()
	f.cond.Broadcast()
}

func (f *flow) closeRead() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.readClosed = true
	f.buf = nil
	f.readLimit.stop()
	f.cond.Broadcast()
}

// limit is a deadline of one side of a flow; its fields are guarded by the flow's mu.
type limit struct {
	flow   *flow
	timer  *time.Timer
	passed bool
	turn   int // counts set calls, so that a timer of an older one is ignored
}

// set moves the deadline; the zero time means none.
func (l *limit) set(t time.Time) {
	l.flow.mu.Lock()
	defer l.flow.mu.Unlock()
	l.stop()
	l.turn++
	l.passed = false
	if t.IsZero() {
		return
	}
	wait := time.Until(t)
	if wait <= 0 {
		l.passed = true
		l.flow.cond.Broadcast()
		return
	}
	turn := l.turn
	l.timer = time.AfterFunc(wait, func() {
		l.flow.mu.Lock()
		defer l.flow.mu.Unlock()
		if l.turn == turn {
			l.passed = true
			l.flow.cond.Broadcast()
		}
	})
}

func (l *limit) stop() {
	if l.timer != nil {
		l.timer.Stop()
		l.timer = nil
	}
}
