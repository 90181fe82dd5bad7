package relay

import (
	"context"
	"encoding/json"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"

	"porthole/ssh/wire"
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
// set replaces the list.
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
// drain reads ws until it ends, so that its side answers a close frame.
// readN reads exactly n bytes off binary messages.
// write sends one message.
// safeBuffer is a log that many goroutines write.
// lines returns the log's lines with the message.
// countingMetrics counts what the relay reports.
// reasons are the counted ends.
