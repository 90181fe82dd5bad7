package proxy

import (
	"errors"
	"io"
	"sync"
	"sync/atomic"
)

// smallBuffer is what an idle direction holds, in bytes. Only while data flows it has a
// large one, so that hundreds of idle connections cost little.
const smallBuffer = 2 << 10

// buffers lends large buffers of one size.
type buffers struct {
	size int
	pool sync.Pool
}

func newBuffers(size int) *buffers {
	b := &buffers{size: size}
	b.pool.New = func() any {
		p := make([]byte, size)
		return &p
	}
	return b
}

// writeError marks an error of the writing side.
type writeError struct{ err error }

func (e *writeError) Error() string { return e.err.Error() }
func (e *writeError) Unwrap() error { return e.err }

// copyBytes copies until an error, io.EOF included, and calls moved after each piece. An
// error of w is an *writeError.
func (b *buffers) copyBytes(w io.Writer, r io.Reader, count *atomic.Int64, moved func()) error {
	small := make([]byte, min(smallBuffer, b.size))
	var large *[]byte
	defer func() {
		if large != nil {
			b.pool.Put(large)
		}
	}()
	buf := small
	for {
		n, err := r.Read(buf)
		if n > 0 {
			count.Add(int64(n))
			moved()
			if _, werr := w.Write(buf[:n]); werr != nil {
				return &writeError{werr}
			}
		}
		if err != nil {
			return err
		}
		switch {
		case large == nil && n == len(buf) && b.size > smallBuffer:
			large, _ = b.pool.Get().(*[]byte)
			buf = *large
		case large != nil && n <= smallBuffer:
			b.pool.Put(large)
			large, buf = nil, small
		}
	}
}

// isWrite tells whether the writing side failed.
func isWrite(err error) bool {
	_, ok := errors.AsType[*writeError](err)
	return ok
}
