package copying

import (
	"context"
	"errors"
	"io"
	"sync/atomic"

	"porthole/ssh/files/fstest"
	"porthole/ssh/files/fsys"
)

// cutting ends every channel of a device when that many bytes have passed, and counts them.
func cutting(budget int64, passed *atomic.Int64) func(*fstest.Machine) {
	left := &atomic.Int64{}
	left.Store(budget)
	return func(m *fstest.Machine) {
		m.Opened = func(channel fsys.Channel) fsys.Channel { return &cut{channel, left, passed} }
	}
}

type cut struct {
	fsys.Channel
	left, passed *atomic.Int64
}

var errCut = errors.New("the connection was cut")

// spend counts bytes; an error when there are no more.
func (c *cut) spend(n int) error {
	c.passed.Add(int64(n))
	if c.left.Add(-int64(n)) < 0 {
		_ = c.Close() // the error tells
		return errCut
	}
	return nil
}

func (c *cut) Write(p []byte) (int, error) {
	if err := c.spend(len(p)); err != nil {
		return 0, err
	}
	return c.Channel.Write(p)
}

func (c *cut) Stdout() io.Reader { return cutReader{c} }

func (c *cut) Wait(ctx context.Context) (int, error) {
	if c.left.Load() < 0 {
		return -1, errCut
	}
	return c.Channel.Wait(ctx)
}

type cutReader struct{ c *cut }

func (r cutReader) Read(p []byte) (int, error) {
	n, err := r.c.Channel.Stdout().Read(p)
	if cerr := r.c.spend(n); cerr != nil {
		return 0, cerr
	}
	return n, err
}
