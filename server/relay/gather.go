package relay

import (
	"fmt"
	"io"
	"net/http"
	"sync"
)

// maxFrameHeader is the longest frame header in bytes (RFC 6455 §5.2): 2, a length of
// 8 and a key of 4.
const maxFrameHeader = 14

// ungathered is the longest message that needs no gathering, in bytes: with its header
// it fits the websocket library's own 4 KiB buffer and leaves in one write anyway.
const ungathered = 4<<10 - maxFrameHeader

// gather is the tenant's connection with the writes of one message put together. The
// library masks through a buffer of 4 KiB, so a full message would otherwise be
// sixteen system calls and, over TLS, sixteen records.
type gather struct {
	io.ReadWriteCloser
	buffers *buffers // of a whole message with its header

	mu  sync.Mutex
	buf *[]byte // nil: writes pass through
	n   int
}

// Write keeps b while a message is held, else passes it on.
func (g *gather) Write(b []byte) (int, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.buf == nil {
		return g.ReadWriteCloser.Write(b)
	}
	if g.n+len(b) > len(*g.buf) {
		if err := g.flush(); err != nil {
			return 0, err
		}
	}
	if len(b) > len(*g.buf) {
		return g.ReadWriteCloser.Write(b)
	}
	g.n += copy((*g.buf)[g.n:], b)
	return len(b), nil
}

// hold keeps what is written from now on until release.
func (g *gather) hold() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.buf == nil {
		g.buf, g.n = g.buffers.take(true), 0
	}
}

// release writes what was kept, in one piece.
func (g *gather) release() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.buf == nil {
		return nil
	}
	err := g.flush()
	g.buffers.give(g.buf)
	g.buf = nil
	return err
}

func (g *gather) flush() error {
	kept := (*g.buf)[:g.n]
	g.n = 0
	if len(kept) == 0 {
		return nil
	}
	if _, err := g.ReadWriteCloser.Write(kept); err != nil {
		return fmt.Errorf("write a message: %w", err)
	}
	return nil
}

// gathering is a RoundTripper that puts a gather on top of an upgraded connection.
type gathering struct {
	http.RoundTripper
	buffers *buffers
	got     *gather // set when there was an upgrade
}

// RoundTrip implements http.RoundTripper.
func (g *gathering) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := g.RoundTripper.RoundTrip(req)
	if err != nil {
		return resp, err
	}
	if body, ok := resp.Body.(io.ReadWriteCloser); ok {
		g.got = &gather{ReadWriteCloser: body, buffers: g.buffers}
		resp.Body = g.got
	}
	return resp, nil
}
