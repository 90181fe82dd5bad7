//go:build js

package bridge

import (
	"context"
	"sync"
)

// queue runs pieces of work one after the other in a goroutine, in the order they were
// put in, so that JavaScript can hand work over without waiting.
type queue struct {
	limit int64 // of the sizes of all waiting work, in bytes

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

func newQueue(limit int64) *queue {
	return &queue{limit: limit, more: make(chan struct{}, 1)}
}

// put adds work; done is told errClosed when the queue ended before its turn.
func (q *queue) put(j job) {
	q.mu.Lock()
	full := q.size+j.size > q.limit
	closed := q.closed
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
		if ctx.Err() != nil {
			j.done(errClosed)
			continue
		}
		_, err := guarded(func() (struct{}, error) { return struct{}{}, j.run(ctx) })
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
	q.work, q.size = nil, 0
	q.mu.Unlock()
	for _, j := range left {
		j.done(errClosed)
	}
}
