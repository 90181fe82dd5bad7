//go:build js

package bridge

import (
	"context"
	"sync"
	"sync/atomic"
)

// queue runs pieces of work one after the other in a goroutine, in the order they were
// put in, so that JavaScript can hand work over without waiting.
type queue struct {
	limit int64 // of the sizes of all waiting work, in bytes
	// shared is what all queues of one owner may hold together; nil: nothing is shared.
	shared *budget

	mu     sync.Mutex
	work   []job // guarded by mu
	size   int64 // guarded by mu
	closed bool  // guarded by mu
	more   chan struct{}
}

type job struct {
	size int64
	run  func(ctx context.Context) error
	done func(error) // called once
}

// budget is a number of bytes that several queues share.
type budget struct{ left atomic.Int64 }

func newBudget(bytes int64) *budget {
	b := &budget{}
	b.left.Store(bytes)
	return b
}

// take is false, and takes nothing, when less is left. A nil budget has no end.
func (b *budget) take(bytes int64) bool {
	if b == nil {
		return true
	}
	if b.left.Add(-bytes) < 0 {
		b.left.Add(bytes)
		return false
	}
	return true
}

func (b *budget) give(bytes int64) {
	if b != nil {
		b.left.Add(bytes)
	}
}

func newQueue(limit int64) *queue {
	return &queue{limit: limit, more: make(chan struct{}, 1)}
}

// put adds work; done is told errClosed when the queue ended before its turn.
func (q *queue) put(j job) {
	q.mu.Lock()
	closed := q.closed
	full := q.size+j.size > q.limit || !closed && !q.shared.take(j.size)
	if !full && !closed {
		q.work = append(q.work, j)
		q.size += j.size
	}
	q.mu.Unlock()
	switch {
	case closed:
		j.done(errClosed)
	case full:
		j.done(invalid("Too much input is waiting to be sent. Wait until the device has taken it."))
	default:
		select {
		case q.more <- struct{}{}:
		default:
		}
	}
}

// run works until ctx ends, then refuses what is left.
func (q *queue) run(ctx context.Context) {
	for {
		j, ok := q.take()
		if !ok {
			select {
			case <-q.more:
				continue
			case <-ctx.Done():
				q.close()
				return
			}
		}
		err := error(errClosed)
		if ctx.Err() == nil {
			_, err = guarded(func() (struct{}, error) { return struct{}{}, j.run(ctx) })
		}
		q.shared.give(j.size) // not earlier: what a slow device takes is in memory until then
		j.done(err)
	}
}

func (q *queue) take() (job, bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.work) == 0 {
		return job{}, false
	}
	j := q.work[0]
	q.work[0] = job{} // lets go of the bytes
	q.work = q.work[1:]
	q.size -= j.size
	return j, true
}

func (q *queue) close() {
	q.mu.Lock()
	q.closed = true
	left := q.work
	q.shared.give(q.size)
	q.work, q.size = nil, 0
	q.mu.Unlock()
	for _, j := range left {
		j.done(errClosed)
	}
}
