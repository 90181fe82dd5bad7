package relay

import (
	"bytes"
	"context"
	"encoding/json"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"porthole/ssh/wire"
)

type listed struct {
	mu    sync.Mutex
	list  []Operation
	err   error
	asked int
	from  time.Time // of the last request
}

func (l *listed) ConnectOperations(_ context.Context, _ wire.DeviceID, from time.Time) ([]Operation, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.asked++
	l.from = from
	return append([]Operation(nil), l.list...), l.err
}

func (l *listed) set(list ...Operation) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.list = list
}

func (l *listed) fail(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.err = err
}

func (l *listed) requests() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.asked
}

type safeBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *safeBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *safeBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

func (s *safeBuffer) lines(tb testing.TB, message string) []map[string]any {
	tb.Helper()
	var found []map[string]any
	for line := range strings.Lines(s.String()) {
		var m map[string]any
		if err := json.Unmarshal([]byte(line), &m); err != nil {
			tb.Fatalf("log line %q: %v", line, err)
		}
		if m["msg"] == message {
			found = append(found, m)
		}
	}
	return found
}

type countingMetrics struct {
	mu       sync.Mutex
	opened   int
	closed   []Reason
	toClient int
	toTenant int
}

func (m *countingMetrics) Opened() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.opened++
}

func (m *countingMetrics) Closed(reason Reason, _ time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.closed = append(m.closed, reason)
}

func (m *countingMetrics) Transferred(d Direction, n int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if d == ToClient {
		m.toClient += n
	} else {
		m.toTenant += n
	}
}

func (m *countingMetrics) reasons() []Reason {
	m.mu.Lock()
	defer m.mu.Unlock()
	return append([]Reason(nil), m.closed...)
}

func localListener(tb testing.TB) net.Listener {
	tb.Helper()
	l, err := new(net.ListenConfig).Listen(tb.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	return l
}

type wireTap struct {
	mu    sync.Mutex
	conns []net.Conn
}

func (w *wireTap) see(c net.Conn, err error) (net.Conn, error) {
	if err == nil {
		w.mu.Lock()
		w.conns = append(w.conns, c)
		w.mu.Unlock()
	}
	return c, err
}

func (w *wireTap) last() net.Conn {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.conns[len(w.conns)-1]
}

func (w *wireTap) cut() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, c := range w.conns {
		_ = c.Close()
	}
}

type pipeListener struct {
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func newPipeListener() *pipeListener {
	return &pipeListener{conns: make(chan net.Conn), closed: make(chan struct{})}
}

func (l *pipeListener) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	near, far := net.Pipe()
	select {
	case l.conns <- far:
		return near, nil
	case <-l.closed:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (l *pipeListener) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

func (l *pipeListener) Close() error {
	l.once.Do(func() { close(l.closed) })
	return nil
}

func (l *pipeListener) Addr() net.Addr {
	return pipeAddr{}
}

type pipeAddr struct{}

func (pipeAddr) Network() string { return "pipe" }
func (pipeAddr) String() string  { return "pipe.test:80" }
