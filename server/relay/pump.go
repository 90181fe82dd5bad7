package relay

import (
	"context"
	"errors"
	"io"
	"sync/atomic"

	"porthole/ssh/wire/wsframe"
)

// pump copies one direction. It gathers what arrives, across frames and messages, and
// sends it on when its buffer is full or when reading would have to wait: full messages
// under load, no delay otherwise.
type pump struct {
	// Fixed before run.
	from, to *peer
	buffers  *buffers
	stopped  *atomic.Bool // set before anybody but the pump may read from
	moved    func(n int)  // called with the bytes of each outgoing message, before it is written

	total atomic.Int64 // bytes written

	// Owned by the goroutine of run; beforeWait and pending run on it, too.
	buf       *[]byte // nil while idle
	start     int     // buf[start:end] is held back; the header goes in front of it
	end       int
	inMessage bool // a reader of the message may be filling buf[end:]
	burst     int  // bytes read since the last wait between two messages
	bulk      bool // more came at once than a small buffer holds: take a large one
	writeErr  error
}

// run copies until reading or writing fails and returns the error of the reading
// side. When writeErr is set it was the writing side that failed.
func (p *pump) run() error {
	defer p.drop()
	for {
		err := p.message()
		if err == nil {
			continue
		}
		if p.writeErr == nil {
			_ = p.flush() // what came before the end still arrives; a failure is in writeErr
		}
		return err
	}
}

// message waits for the next message and takes all of it, whatever its type and size.
func (p *pump) message() error {
	// The background context is on purpose: with one that can end, the library arms a
	// callback per read. A read that must stop is stopped by closing its socket.
	_, r, err := p.from.ws.Reader(context.Background())
	if err != nil {
		return err
	}
	p.inMessage = true
	defer func() { p.inMessage = false }()
	for {
		if err := p.room(); err != nil {
			return err
		}
		n, err := r.Read((*p.buf)[p.end:])
		p.end += n
		p.burst += n
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// room makes sure that there is a buffer with space left.
func (p *pump) room() error {
	if p.buf != nil && p.end == len(*p.buf) {
		if err := p.flush(); err != nil {
			return err
		}
		p.bulk = p.bulk || p.burst >= smallBuffer
		if p.bulk && len(*p.buf) < p.buffers.size {
			p.drop()
		}
	}
	if p.buf == nil {
		p.buf = p.buffers.take(p.bulk)
	}
	if p.start == p.end {
		p.start, p.end = wsframe.Room, wsframe.Room
	}
	return nil
}

// flush sends what is held back as one binary message.
func (p *pump) flush() error {
	if p.writeErr != nil {
		return p.writeErr
	}
	if p.start == p.end {
		return nil
	}
	n := p.end - p.start
	out := (*p.buf)[p.start-wsframe.Room : p.end]
	p.start = p.end
	p.moved(n)
	if err := p.to.Send(out); err != nil {
		p.writeErr = err
		return err
	}
	p.total.Add(int64(n))
	return nil
}

// drop gives the buffer back.
func (p *pump) drop() {
	if p.buf != nil {
		p.buffers.give(p.buf)
		p.buf, p.start, p.end = nil, 0, 0
	}
}

// pending implements the reader of socket. After the end the close handshake reads,
// on another goroutine: from then on the pump's state is not touched from here.
func (p *pump) pending() bool {
	return !p.stopped.Load() && p.end > p.start
}

// beforeWait implements the reader of socket: it sends on what is held back, and
// between two messages gives the buffer away.
func (p *pump) beforeWait() error {
	if p.stopped.Load() {
		return nil
	}
	if err := p.flush(); err != nil {
		return err
	}
	if !p.inMessage {
		p.bulk, p.burst = p.burst > smallBuffer, 0
		p.drop()
	}
	return nil
}
