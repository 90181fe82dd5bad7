package relay

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"

	"porthole/ssh/wire"
)

// patience bounds every wait of a test that should end at once.
const patience = 10 * time.Second

// rig is a gateway with the relay in it, a tenant behind it, and the log.
type rig struct {
	t       *testing.T
	relay   *Relay
	gateway *httptest.Server
	tenant  *httptest.Server
	log     *safeBuffer
	metrics *countingMetrics

	tenants chan *websocket.Conn // websockets that the tenant accepted
	headers chan http.Header     // of the tenant's upgrade requests
	refused chan *Refused        // what Serve returned, once per request

	mu   sync.Mutex
	edit func(*Connection)
	// answer, when set, answers the tenant's upgrade instead of a websocket.
	answer http.HandlerFunc
}

// newRig starts a rig. Everything stops with the test.
func newRig(t *testing.T, cfg Config) *rig {
	t.Helper()
	r := &rig{
		t: t, log: &safeBuffer{}, metrics: &countingMetrics{},
		tenants: make(chan *websocket.Conn, 64), headers: make(chan http.Header, 64), refused: make(chan *Refused, 64),
	}
	cfg.Log = slog.New(slog.NewJSONHandler(r.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	cfg.Metrics = r.metrics
	r.relay = New(cfg)
	r.tenant = httptest.NewServer(http.HandlerFunc(r.serveTenant))
	r.gateway = httptest.NewServer(http.HandlerFunc(r.serveClient))
	t.Cleanup(func() {
		stop, cancel := context.WithCancel(context.Background())
		cancel()
		r.relay.Shutdown(stop)
		r.gateway.Close()
		r.tenant.Close()
	})
	return r
}

func (r *rig) serveTenant(w http.ResponseWriter, req *http.Request) {
	r.headers <- req.Header.Clone()
	r.mu.Lock()
	answer := r.answer
	r.mu.Unlock()
	if answer != nil {
		answer(w, req)
		return
	}
	ws, err := websocket.Accept(w, req, &websocket.AcceptOptions{Subprotocols: []string{wire.Subprotocol}})
	if err != nil {
		r.t.Errorf("tenant accept: %v", err)
		return
	}
	ws.SetReadLimit(-1)
	r.tenants <- ws
}

func (r *rig) serveClient(w http.ResponseWriter, req *http.Request) {
	c := r.connection()
	refused := r.relay.Serve(w, req, c)
	if refused != nil {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(refused.Status)
		_ = json.NewEncoder(w).Encode(refused.ErrorBody)
	}
	r.refused <- refused
}

// connection is what the gateway would pass for the next request.
func (r *rig) connection() Connection {
	u, err := url.Parse(r.tenant.URL + wire.ClientPath("42", "7") + "?token=query-token-secret")
	if err != nil {
		r.t.Fatal(err)
	}
	c := Connection{
		ID: "conn-1", Principal: "t1/alice", Address: "192.0.2.1", Device: "42", Configuration: "7",
		Host: "127.0.0.1", Port: 22, Upstream: u,
		Header: http.Header{
			"Authorization": {"Bearer bearer-secret"},
			"Cookie":        {"authorization=cookie-secret; XSRF-TOKEN=xsrf-secret"},
			"X-Xsrf-Token":  {"xsrf-secret"},
		},
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.edit != nil {
		r.edit(&c)
	}
	return c
}

// set changes how connections are made from now on.
func (r *rig) set(edit func(*Connection)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.edit = edit
}

// answerWith makes the tenant answer upgrades with h.
func (r *rig) answerWith(h http.HandlerFunc) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.answer = h
}

// secrets are all secrets that the rig uses.
func (r *rig) secrets() []string {
	return []string{"query-token-secret", "bearer-secret", "cookie-secret", "xsrf-secret"}
}

// dial opens a client's websocket.
func (r *rig) dial(opts *websocket.DialOptions) (*websocket.Conn, *http.Response, error) {
	ctx, cancel := context.WithTimeout(r.t.Context(), patience)
	defer cancel()
	if opts == nil {
		opts = &websocket.DialOptions{Subprotocols: []string{wire.Subprotocol}}
	}
	ws, resp, err := websocket.Dial(ctx, r.gateway.URL+"/x", opts)
	if err == nil {
		ws.SetReadLimit(-1)
		r.t.Cleanup(func() { _ = ws.CloseNow() })
	}
	return ws, resp, err
}

// pair opens a connection and returns both far ends.
func (r *rig) pair() (client, tenant *websocket.Conn) {
	r.t.Helper()
	client, _, err := r.dial(nil)
	if err != nil {
		r.t.Fatalf("client dial: %v", err)
	}
	return client, r.tenantConn()
}

// tenantConn waits for the tenant's websocket.
func (r *rig) tenantConn() *websocket.Conn {
	r.t.Helper()
	select {
	case ws := <-r.tenants:
		r.t.Cleanup(func() { _ = ws.CloseNow() })
		return ws
	case <-time.After(patience):
		r.t.Fatal("the tenant got no websocket")
		return nil
	}
}

// served waits for Serve to return.
func (r *rig) served() *Refused {
	r.t.Helper()
	select {
	case f := <-r.refused:
		return f
	case <-time.After(patience):
		r.t.Fatal("Serve did not return")
		return nil
	}
}

// closeOf reads ws until it ends and returns the code and reason; -1 is a cut.
func closeOf(t *testing.T, ws *websocket.Conn) (websocket.StatusCode, string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for {
		_, _, err := ws.Read(ctx)
		if err == nil {
			continue
		}
		if ctx.Err() != nil {
			t.Fatal("the websocket did not end")
		}
		var reason string
		if ce, ok := closeError(err); ok {
			reason = ce.Reason
		}
		return websocket.CloseStatus(err), reason
	}
}

// readN reads exactly n bytes off binary messages.
func readN(t *testing.T, ws *websocket.Conn, n int) []byte {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	var got []byte
	for len(got) < n {
		typ, b, err := ws.Read(ctx)
		if err != nil {
			t.Fatalf("read after %d of %d bytes: %v", len(got), n, err)
		}
		if typ != websocket.MessageBinary || len(b) == 0 {
			t.Fatalf("got a message of type %v with %d bytes, want binary and not empty", typ, len(b))
		}
		got = append(got, b...)
	}
	if len(got) != n {
		t.Fatalf("got %d bytes, want %d", len(got), n)
	}
	return got
}

// write sends one message.
func write(t *testing.T, ws *websocket.Conn, typ websocket.MessageType, b []byte) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := ws.Write(ctx, typ, b); err != nil {
		t.Fatalf("write %d bytes: %v", len(b), err)
	}
}

// eventually polls until ok or fails with what.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	deadline := time.Now().Add(patience)
	for !ok() {
		if time.Now().After(deadline) {
			t.Fatalf("never happened: %s", what)
		}
		time.Sleep(time.Millisecond)
	}
}

// safeBuffer is a log that many goroutines write.
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

// lines returns the log's lines with the message.
func (s *safeBuffer) lines(t *testing.T, message string) []map[string]any {
	t.Helper()
	var found []map[string]any
	for line := range strings.Lines(s.String()) {
		var m map[string]any
		if err := json.Unmarshal([]byte(line), &m); err != nil {
			t.Fatalf("log line %q: %v", line, err)
		}
		if m["msg"] == message {
			found = append(found, m)
		}
	}
	return found
}

// countingMetrics counts what the relay reports.
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

func closeError(err error) (websocket.CloseError, bool) {
	var ce websocket.CloseError
	ok := errors.As(err, &ce)
	return ce, ok
}

// localListener listens on a free port of loopback.
func localListener(t *testing.T) net.Listener {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return l
}
