package relay

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"porthole/ssh/wire"

	"github.com/coder/websocket"
)

// patience bounds every wait of a test that should end at once. In a synctest bubble
// it must be longer than the limits under test.
const patience = 2 * time.Minute

// rig is a gateway with the relay in it, a tenant behind it, and the log.
type rig struct {
	t       testing.TB
	relay   *Relay
	log     *safeBuffer
	metrics *countingMetrics

	gatewayURL string
	tenantURL  string
	clients    *http.Client
	clientNet  *wireTap // sees the clients' sockets
	tenantNet  *wireTap // sees the tenant's sockets

	tenants chan *websocket.Conn // websockets that the tenant accepted
	headers chan http.Header     // of the tenant's upgrade requests
	refused chan *Refused        // what Serve returned, once per request

	operations *listed                 // see withOperations
	endLogin   context.CancelCauseFunc // see withLogin

	mu   sync.Mutex
	edit []func(*Connection)
	// answer, when set, answers the tenant's upgrade instead of a websocket.
	answer http.HandlerFunc
}

// newRig starts a rig over TCP. Everything stops with the test.
func newRig(tb testing.TB, cfg Config) *rig {
	tb.Helper()
	return startRig(tb, cfg, localListener(tb), localListener(tb), new(net.Dialer).DialContext, new(net.Dialer).DialContext)
}

// newPipeRig starts a rig over pipes in memory, which hold no byte: it works in a
// synctest bubble, where time passes when everybody waits.
func newPipeRig(tb testing.TB, cfg Config) *rig {
	tb.Helper()
	gateway, tenant := newPipeListener(), newPipeListener()
	return startRig(tb, cfg, gateway, tenant, gateway.dial, tenant.dial)
}

func startRig(tb testing.TB, cfg Config, gateway, tenant net.Listener, toGateway, toTenant dialFunc) *rig {
	tb.Helper()
	r := &rig{
		t: tb, log: &safeBuffer{}, metrics: &countingMetrics{},
		gatewayURL: "http://" + gateway.Addr().String(), tenantURL: "http://" + tenant.Addr().String(),
		clientNet: &wireTap{}, tenantNet: &wireTap{},
		tenants: make(chan *websocket.Conn, 64), headers: make(chan http.Header, 64), refused: make(chan *Refused, 64),
	}
	cfg.Log = slog.New(slog.NewJSONHandler(r.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	cfg.Metrics = r.metrics
	r.relay = newRelay(cfg, toTenant)
	r.clients = &http.Client{Transport: &http.Transport{
		DisableKeepAlives: true,
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			return r.clientNet.see(toGateway(ctx, network, address))
		},
	}}
	servers := []*http.Server{
		{Handler: http.HandlerFunc(r.serveClient), ReadHeaderTimeout: patience},
		{
			Handler: http.HandlerFunc(r.serveTenant), ReadHeaderTimeout: patience,
			ConnState: func(c net.Conn, state http.ConnState) {
				if state == http.StateNew {
					_, _ = r.tenantNet.see(c, nil)
				}
			},
		},
	}
	var serving sync.WaitGroup
	serving.Go(func() { _ = servers[0].Serve(gateway) })
	serving.Go(func() { _ = servers[1].Serve(tenant) })
	tb.Cleanup(func() {
		stop, cancel := context.WithCancel(context.Background())
		cancel()
		r.relay.Shutdown(stop)
		for _, s := range servers {
			_ = s.Close()
		}
		r.clientNet.cut()
		r.tenantNet.cut()
		serving.Wait()
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
	u, err := url.Parse(r.tenantURL + wire.ClientPath("42", "7") + "?token=query-token-secret")
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
	for _, edit := range r.edit {
		edit(&c)
	}
	return c
}

// set changes how connections are made from now on.
func (r *rig) set(edit func(*Connection)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.edit = append(r.edit, edit)
}

// withLogin gives connections a login that endLogin ends.
func (r *rig) withLogin() {
	login, end := context.WithCancelCause(context.Background())
	r.endLogin = end
	r.set(func(c *Connection) { c.Login = login })
	r.t.Cleanup(func() { end(nil) })
}

// withOperations gives connections a list of operations to watch.
func (r *rig) withOperations() {
	r.operations = &listed{}
	r.set(func(c *Connection) { c.Operations = r.operations })
}

// listed is an OperationLister over a list in memory.
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

// set replaces the list.
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
	opts.HTTPClient = r.clients
	ws, resp, err := websocket.Dial(ctx, r.gatewayURL+"/x", opts)
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
func closeOf(tb testing.TB, ws *websocket.Conn) (websocket.StatusCode, string) {
	tb.Helper()
	ctx, cancel := context.WithTimeout(tb.Context(), patience)
	defer cancel()
	for {
		_, _, err := ws.Read(ctx)
		if err == nil {
			continue
		}
		if ctx.Err() != nil {
			tb.Error("the websocket did not end") // not Fatal: helpers run beside the test
			return 0, ""
		}
		var reason string
		if ce, ok := closeError(err); ok {
			reason = ce.Reason
		}
		return websocket.CloseStatus(err), reason
	}
}

// drain reads ws until it ends, so that its side answers a close frame.
func drain(ws *websocket.Conn) {
	for {
		if _, _, err := ws.Read(context.Background()); err != nil {
			return
		}
	}
}

// readN reads exactly n bytes off binary messages.
func readN(tb testing.TB, ws *websocket.Conn, n int) []byte {
	tb.Helper()
	ctx, cancel := context.WithTimeout(tb.Context(), patience)
	defer cancel()
	var got []byte
	for len(got) < n {
		typ, b, err := ws.Read(ctx)
		if err != nil {
			tb.Fatalf("read after %d of %d bytes: %v", len(got), n, err)
		}
		if typ != websocket.MessageBinary || len(b) == 0 {
			tb.Fatalf("got a message of type %v with %d bytes, want binary and not empty", typ, len(b))
		}
		got = append(got, b...)
	}
	if len(got) != n {
		tb.Fatalf("got %d bytes, want %d", len(got), n)
	}
	return got
}

// write sends one message.
func write(tb testing.TB, ws *websocket.Conn, typ websocket.MessageType, b []byte) {
	tb.Helper()
	ctx, cancel := context.WithTimeout(tb.Context(), patience)
	defer cancel()
	if err := ws.Write(ctx, typ, b); err != nil {
		tb.Fatalf("write %d bytes: %v", len(b), err)
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

// reasons are the counted ends.
func (m *countingMetrics) reasons() []Reason {
	m.mu.Lock()
	defer m.mu.Unlock()
	return append([]Reason(nil), m.closed...)
}

func closeError(err error) (websocket.CloseError, bool) {
	var ce websocket.CloseError
	ok := errors.As(err, &ce)
	return ce, ok
}

// localListener listens on a free port of loopback.
func localListener(tb testing.TB) net.Listener {
	tb.Helper()
	l, err := new(net.ListenConfig).Listen(tb.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	return l
}

// wireTap keeps the sockets of one side, so that a test can cut them or write raw
// bytes to them.
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

// last is the newest socket.
func (w *wireTap) last() net.Conn {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.conns[len(w.conns)-1]
}

// cut closes every socket.
func (w *wireTap) cut() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, c := range w.conns {
		_ = c.Close()
	}
}

// pipeListener is a listener whose connections are pipes in memory.
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
