package pace

import (
	"sync/atomic"
	"time"
)

// spare is how many buffers are kept for the next request.
const spare = 16

// Buffers lends buffers of requests: making one for each keeps the collector busy.
type Buffers struct {
	small, size int
	kept        chan []byte
}

// NewBuffers lends buffers of up to size bytes; those of at most small are made anew.
func NewBuffers(small, size int) Buffers {
	return Buffers{small: small, size: size, kept: make(chan []byte, spare)}
}

// Get gives one of n bytes.
func (b Buffers) Get(n int) []byte {
	if n <= b.small {
		return make([]byte, n)
	}
	select {
	case p := <-b.kept:
		return p[:n]
	default:
		return make([]byte, n, b.size)
	}
}

// Put takes one back that nobody uses any more.
func (b Buffers) Put(p []byte) {
	if cap(p) != b.size {
		return
	}
	select {
	case b.kept <- p:
	default:
	}
}

// Latency keeps the quickest answer: the round trip, and what the server needs.
type Latency struct{ best atomic.Int64 }

// Note takes how long an answer took.
func (l *Latency) Note(d time.Duration) {
	for {
		best := l.best.Load()
		if best != 0 && int64(d) >= best || l.best.CompareAndSwap(best, int64(d)) {
			return
		}
	}
}

// RoundTrip is the quickest answer, or what the connection measured when that is less;
// nil measures nothing. 0 is unknown.
func (l *Latency) RoundTrip(connection func() time.Duration) time.Duration {
	quickest := time.Duration(l.best.Load())
	if connection == nil {
		return quickest
	}
	if last := connection(); last > 0 && (quickest == 0 || last < quickest) {
		return last
	}
	return quickest
}
