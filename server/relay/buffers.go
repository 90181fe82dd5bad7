package relay

import (
	"sync"
	"sync/atomic"

	"porthole/ssh/wire/wsframe"
)

// smallBuffer serves typing and its echo, in bytes. A direction starts with it and
// takes a buffer of full message size only once this one was filled, so that many
// lightly used connections to slow readers do not each pin a large one.
const smallBuffer = 16 << 10

// buffers lends copy buffers of two sizes.
type buffers struct {
	size         int // of a large one: the largest outgoing message with its header
	small, large sync.Pool
	lent         atomic.Int64 // buffers in use
}

// newBuffers lends buffers for messages of up to size bytes.
func newBuffers(size int) *buffers {
	b := &buffers{size: wsframe.Room + size}
	b.small.New = func() any { return newBuffer(min(wsframe.Room+smallBuffer, b.size)) }
	b.large.New = func() any { return newBuffer(b.size) }
	return b
}

// newBuffer returns a pointer, because a slice header put into a Pool would be copied
// to the heap each time.
func newBuffer(size int) *[]byte {
	b := make([]byte, size)
	return &b
}

func (b *buffers) take(large bool) *[]byte {
	b.lent.Add(1)
	if large {
		return b.large.Get().(*[]byte)
	}
	return b.small.Get().(*[]byte)
}

func (b *buffers) give(buf *[]byte) {
	b.lent.Add(-1)
	if len(*buf) == b.size {
		b.large.Put(buf)
		return
	}
	b.small.Put(buf)
}
