package pace

import (
	"context"
	"sync"
)

// Room bounds the bytes that one reader has asked for or holds unread.
type Room struct {
	freed chan struct{}

	mu   sync.Mutex
	held int // guarded by mu
}

// NewRoom makes an empty one.
func NewRoom() *Room { return &Room{freed: make(chan struct{}, 1)} }

// Take waits until n more bytes fit into most, or nothing is held; false when ctx ended.
// One goroutine takes.
func (r *Room) Take(ctx context.Context, n, most int) bool {
	for {
		r.mu.Lock()
		fits := r.held == 0 || r.held+n <= most
		if fits {
			r.held += n
		}
		r.mu.Unlock()
		if fits {
			return ctx.Err() == nil
		}
		select {
		case <-r.freed:
		case <-ctx.Done():
			return false
		}
	}
}

// Give gives n bytes back.
func (r *Room) Give(n int) {
	r.mu.Lock()
	r.held -= n
	r.mu.Unlock()
	select {
	case r.freed <- struct{}{}:
	default:
	}
}
