//go:build js

package bridge

import (
	"io"
	"runtime"
	"sync"
	"time"
)

const (
	// maxPiece is the most that one read of a body hands over, in bytes: PIECE_BYTES of
	// web/src/forward/protocol.ts.
	maxPiece = 256 << 10
	// smallBody is how large a body may be to come with its head, in bytes.
	smallBody = 64 << 10
	// readSize is how much is read at a time, in bytes: two of SSH's packets.
	readSize = 64 << 10
)

// readAhead reads a body before it is asked for, so that what came with the head can go
// with it, and the next piece gathers while JavaScript has the last.
type readAhead struct {
	source io.ReadCloser

	mu     sync.Mutex
	data   []byte // guarded by mu; what was read and not handed over
	spare  []byte // guarded by mu; takes turns with data
	err    error  // guarded by mu; why reading ended, io.EOF at the end of the body
	closed bool   // guarded by mu

	more chan struct{} // data or err is there
	room chan struct{} // data was handed over, or closed was set
}

// readBuffers are for reading: each request would leave one behind otherwise.
var readBuffers = sync.Pool{New: func() any { return new([readSize]byte) }}

// newReadAhead begins to read. length is the body's, -1 when unknown.
func newReadAhead(source io.ReadCloser, length int64) *readAhead {
	r := &readAhead{source: source, more: make(chan struct{}, 1), room: make(chan struct{}, 1)}
	if length == 0 {
		r.err = io.EOF
		return r
	}
	go func() {
		_, err := guarded(func() (struct{}, error) { return struct{}{}, r.gather() })
		r.mu.Lock()
		r.err = err
		r.mu.Unlock()
		signal(r.more)
	}()
	return r
}

func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// gather reads until the body ended.
func (r *readAhead) gather() error {
	buffer, _ := readBuffers.Get().(*[readSize]byte)
	defer readBuffers.Put(buffer)
	for {
		n, err := r.source.Read(buffer[:])
		if !r.add(buffer[:n]) {
			return io.ErrClosedPipe
		}
		if err != nil {
			return err
		}
	}
}

// add waits for room and adds; false when nobody wants more.
func (r *readAhead) add(p []byte) bool {
	for {
		r.mu.Lock()
		if r.closed {
			r.mu.Unlock()
			return false
		}
		if len(r.data)+len(p) <= maxPiece {
			r.data = append(r.data, p...)
			r.mu.Unlock()
			signal(r.more)
			return true
		}
		r.mu.Unlock()
		<-r.room
	}
}

// settled waits a moment for a small body; it returns what there is, and whether that is
// all. The bytes are good until the next call.
func (r *readAhead) settled(length int64) (chunk []byte, done bool) {
	runtime.Gosched() // what is buffered already is read now
	if length <= smallBody {
		timer := time.NewTimer(settleTime)
		defer timer.Stop()
		for waiting := true; waiting; {
			r.mu.Lock()
			waiting = r.err == nil && len(r.data) <= smallBody
			r.mu.Unlock()
			if !waiting {
				break
			}
			select {
			case <-r.more:
			case <-timer.C:
				waiting = false
			}
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.take(), r.err == io.EOF //nolint:errorlint // the reader's own, never wrapped
}

// ready returns what there is, nil when nothing is. Good until the next call.
func (r *readAhead) ready() []byte {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.take()
}

// next waits for more; an error comes after the last byte.
func (r *readAhead) next() ([]byte, error) {
	for {
		r.mu.Lock()
		chunk, err := r.take(), r.err
		r.mu.Unlock()
		if chunk != nil {
			return chunk, nil
		}
		if err != nil {
			signal(r.more) // for whoever else waits
			return nil, err
		}
		<-r.more
	}
}

// take hands over what there is. r.mu is held.
func (r *readAhead) take() []byte {
	if len(r.data) == 0 {
		return nil
	}
	chunk := r.data
	r.data, r.spare = r.spare[:0], chunk
	signal(r.room)
	return chunk
}

// close ends the reading; it may be called more than once.
func (r *readAhead) close() {
	r.mu.Lock()
	again := r.closed
	r.closed = true
	if r.err == nil {
		r.err = errClosed
	}
	r.mu.Unlock()
	if !again {
		_ = r.source.Close() // what it says, nobody can do anything about
		signal(r.room)
		signal(r.more)
	}
}
