package standin

import (
	"sync"

	"porthole/ssh/wire/wsframe"
)

// chunkSize is how much a pooled buffer holds, in bytes: what known clients put into a
// message, and little enough to hold a few thousand of.
const chunkSize = 64 << 10

// chunk is a pooled buffer and how much of it is filled, behind the room for the header of
// a frame.
type chunk struct {
	n   int
	buf [wsframe.Room + chunkSize]byte
}

// payload is what it holds, free what it could hold besides, room what [wsframe.Writer]
// sends.
func (c *chunk) payload() []byte { return c.buf[wsframe.Room : wsframe.Room+c.n] }
func (c *chunk) free() []byte    { return c.buf[wsframe.Room+c.n:] }
func (c *chunk) room() []byte    { return c.buf[:wsframe.Room+c.n] }

var chunks = sync.Pool{New: func() any { return new(chunk) }}

func newChunk() *chunk {
	c, ok := chunks.Get().(*chunk)
	if !ok {
		c = new(chunk)
	}
	c.n = 0
	return c
}

// backlog holds the bytes of a client on their way to its device. It is bounded: a full
// one blocks its writer, which then stops reading its websocket, so a byte is delayed
// and never dropped. An empty one holds no buffer.
type backlog struct {
	limit int // bytes

	mu       sync.Mutex
	changed  sync.Cond // on mu
	queue    []*chunk
	size     int  // bytes in queue
	finished bool // no more writes; what is queued is still read
	closed   bool // nothing more at all
}

func newBacklog(limit int) *backlog {
	b := &backlog{limit: limit}
	b.changed.L = &b.mu
	return b
}

// write queues p and blocks while the backlog is full. It returns false when the
// backlog ended before all was queued.
func (b *backlog) write(p []byte) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	for len(p) > 0 {
		for b.size >= b.limit && !b.ended() {
			b.changed.Wait()
		}
		if b.ended() {
			return false
		}
		tail := b.tail()
		n := copy(tail.free(), p[:min(len(p), b.limit-b.size)])
		tail.n += n
		b.size += n
		p = p[n:]
		b.changed.Broadcast()
	}
	return true
}

// put is write for a whole chunk, which it takes over instead of copying when that wastes
// no buffer; the chunk to go on with comes back.
func (b *backlog) put(c *chunk) (*chunk, bool) {
	b.mu.Lock()
	take := c.n > chunkSize/2 && b.size+c.n <= b.limit && !b.ended()
	if take {
		b.queue = append(b.queue, c)
		b.size += c.n
	}
	b.mu.Unlock()
	if !take {
		return c, b.write(c.payload())
	}
	b.changed.Broadcast()
	return newChunk(), true
}

func (b *backlog) ended() bool { return b.finished || b.closed }

// tail is a chunk with room, so that a thousand keystrokes do not hold a thousand
// buffers.
func (b *backlog) tail() *chunk {
	if n := len(b.queue); n > 0 && b.queue[n-1].n < chunkSize {
		return b.queue[n-1]
	}
	c := newChunk()
	b.queue = append(b.queue, c)
	return c
}

// next waits for bytes and hands them over; the caller puts the chunk back into the
// pool. False means the backlog has ended.
func (b *backlog) next() (*chunk, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for len(b.queue) == 0 && !b.ended() {
		b.changed.Wait()
	}
	if b.closed || len(b.queue) == 0 {
		return nil, false
	}
	c := b.queue[0]
	b.queue[0] = nil
	b.queue = b.queue[1:]
	if len(b.queue) == 0 {
		b.queue = nil
	}
	b.size -= c.n
	b.changed.Broadcast()
	return c, true
}

// finish says that nothing more will be written.
func (b *backlog) finish() {
	b.mu.Lock()
	b.finished = true
	b.mu.Unlock()
	b.changed.Broadcast()
}

// close drops what is queued and unblocks everybody.
func (b *backlog) close() {
	b.mu.Lock()
	b.closed = true
	for _, c := range b.queue {
		chunks.Put(c)
	}
	b.queue, b.size = nil, 0
	b.mu.Unlock()
	b.changed.Broadcast()
}
