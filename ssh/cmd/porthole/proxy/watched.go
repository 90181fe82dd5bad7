package proxy

import (
	"context"
	"net"
	"sync"
)

// watched is a tunnel whose Read fails with the device's own reason.
type watched struct {
	net.Conn
	cancel context.CancelFunc
	once   sync.Once
	work   sync.WaitGroup

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
	w := &watched{Conn: t.Conn, cancel: cancel}
	w.work.Go(func() {
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
		w.once.Do(w.cancel)
	}
	if err != nil {
		w.mu.Lock()
		defer w.mu.Unlock()
		if w.err != nil {
			err = w.err
		}
	}
	return n, err
}

// Close implements net.Conn.
func (w *watched) Close() error {
	w.cancel()
	err := w.Conn.Close()
	w.work.Wait()
	return err
}
