package tunnel

import "sync"

// inbox holds the messages that came and were not read yet, then the end.
type inbox struct {
	mu       sync.Mutex
	queue    []Message
	head     int // index of the first message in queue
	off      int // bytes of the first message that were read
	size     int // unread bytes
	anyByte  bool
	end      error         // what to report after the last byte; nil while open
	readable chan struct{} // holds a token when there may be something to read
	room     chan struct{} // non-nil while a sender waits; closed when size falls
}

func newInbox() *inbox {
	return &inbox{readable: make(chan struct{}, 1)}
}

// put adds a message. It returns a channel to wait for when the inbox is full
// enough, and false when the message would pass MaxUnread.
func (b *inbox) put(m Message) (room <-chan struct{}, ok bool) {
	size := m.Len()
	b.mu.Lock()
	defer b.mu.Unlock()
	if size == 0 || b.end != nil {
		return nil, true
	}
	if b.size+size > MaxUnread {
		return nil, false
	}
	b.queue = append(b.queue, m)
	b.size += size
	b.anyByte = true
	b.wake()
	if b.size <= roomLimit {
		return nil, true
	}
	if b.room == nil {
		b.room = make(chan struct{})
	}
	return b.room, true
}

// finish sets the end; the first one counts. end is told whether any byte had come.
func (b *inbox) finish(end func(anyByte bool) error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.end == nil {
		b.end = end(b.anyByte)
	}
	b.wake()
}

// drop forgets what is unread and sets the end: the reader has gone.
func (b *inbox) drop(end error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.queue, b.head, b.off, b.size = nil, 0, 0, 0
	b.end = end
	b.freeRoom()
	b.wake()
}

// take copies unread bytes into p, from as many messages as fit. With nothing to
// take it returns the end, or 0 and nil while the tunnel is open.
func (b *inbox) take(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	n := 0
	for n < len(p) && b.head < len(b.queue) {
		m := b.queue[b.head]
		copied := m.CopyFrom(p[n:], b.off)
		n += copied
		b.off += copied
		if b.off >= m.Len() {
			b.queue[b.head] = nil
			if r, ok := m.(released); ok {
				r.Release()
			}
			b.head, b.off = b.head+1, 0
		}
	}
	b.size -= n
	if b.head == len(b.queue) {
		b.queue, b.head = b.queue[:0], 0
	}
	if b.size <= roomLimit {
		b.freeRoom()
	}
	if n > 0 {
		b.wakeIfMore()
		return n, nil
	}
	return 0, b.end
}

func (b *inbox) wakeIfMore() {
	if b.size > 0 || b.end != nil {
		b.wake()
	}
}

func (b *inbox) wake() {
	select {
	case b.readable <- struct{}{}:
	default:
	}
}

func (b *inbox) freeRoom() {
	if b.room != nil {
		close(b.room)
		b.room = nil
	}
}

// ended returns the end, nil while the tunnel is open.
func (b *inbox) ended() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.end
}
