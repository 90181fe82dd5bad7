package proxy

import (
	"context"
	"errors"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// watched is a tunnel whose Read fails with the device's own reason.
type watched struct {
	net.Conn
	cancel context.CancelFunc
	once   sync.Once
	work   sync.WaitGroup
	begun  atomic.Bool   // a byte has come
	told   chan struct{} // closed when Await has returned

	mu  sync.Mutex
	err error
}

// Watched makes a net.Conn of a tunnel: until its first byte, what Await learns ends it,
// and Read returns that.
func Watched(t Tunnel) net.Conn {
	if t.Await == nil {
		return t.Conn
	}
	ctx, cancel := context.WithCancel(context.Background())
	w := &watched{Conn: t.Conn, cancel: cancel, told: make(chan struct{})}
	w.work.Go(func() {
		defer close(w.told)
		err := t.Await(ctx)
		if err == nil || ctx.Err() != nil {
			return
		}
		w.mu.Lock()
		w.err = err
		w.mu.Unlock()
		_ = t.Close() // wakes Read
	})
	return w
}

// Read implements net.Conn.
func (w *watched) Read(p []byte) (int, error) {
	n, err := w.Conn.Read(p)
	if n > 0 {
		w.begun.Store(true)
		w.once.Do(w.cancel)
	}
	if err != nil && !isTimeout(err) && !w.begun.Load() {
		waitForReason(context.Background(), w.told)
	}
	if err != nil && !isTimeout(err) {
		w.mu.Lock()
		defer w.mu.Unlock()
		if w.err != nil {
			err = w.err
		}
	}
	return n, err
}

// lastWords is how long a tunnel that ended before its first byte waits for the reason: an
// agent may close its side before it tells the tenant why.
const lastWords = 2 * time.Second

// waitForReason waits until what is known is told.
func waitForReason(ctx context.Context, told <-chan struct{}) {
	limit := time.NewTimer(lastWords)
	defer limit.Stop()
	select {
	case <-told:
	case <-limit.C:
	case <-ctx.Done():
	}
}

func isTimeout(err error) bool {
	timeout, ok := errors.AsType[net.Error](err)
	return ok && timeout.Timeout()
}

// Close implements net.Conn.
func (w *watched) Close() error {
	w.cancel()
	err := w.Conn.Close()
	w.work.Wait()
	return err
}
