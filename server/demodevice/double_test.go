package demodevice

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"
	"go.uber.org/goleak"

	"porthole/server/platform"
	"porthole/ssh/wire"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	testDevice   = wire.DeviceID("1234")
	testUser     = "t12345/device_demo"
	testPassword = "device password"
)

// double is a platform as one test wants it: operations by long poll or polling, and the
// device's websockets.
type double struct {
	t      *testing.T
	server *httptest.Server

	mu         sync.Mutex
	changed    *sync.Cond
	repeat     bool                          // every notice comes twice, and again
	noRealtime bool                          // 404 on the long poll
	clients    map[string]int                // Bayeux client → operations it has seen
	order      []string                      // operation ids, oldest first
	operations map[string]platform.Operation // by id
	history    map[string][]string           // statuses set, by id
	sockets    map[wire.ConnectionKey]chan *websocket.Conn
	accepted   []*websocket.Conn // closed by stop
	handshakes int
	lists      int
	socketGate chan struct{} // when set, websockets wait for it
}

func newDouble(t *testing.T) *double {
	t.Helper()
	d := &double{
		t: t, clients: map[string]int{}, operations: map[string]platform.Operation{},
		history: map[string][]string{}, sockets: map[wire.ConnectionKey]chan *websocket.Conn{},
	}
	d.changed = sync.NewCond(&d.mu)
	d.server = httptest.NewServer(d)
	t.Cleanup(d.stop)
	return d
}

func (d *double) stop() {
	d.mu.Lock()
	for _, conn := range d.accepted {
		_ = conn.CloseNow()
	}
	d.accepted = nil
	d.mu.Unlock()
	d.server.CloseClientConnections()
	d.server.Close()
}

func (d *double) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if user, password, _ := r.BasicAuth(); user != testUser || password != testPassword {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	switch {
	case r.URL.Path == realtimePath:
		d.realtime(w, r)
	case r.URL.Path == operationsPath:
		d.list(w, r)
	case r.Method == http.MethodPut && strings.HasPrefix(r.URL.Path, operationsPath+"/"):
		d.put(w, r, strings.TrimPrefix(r.URL.Path, operationsPath+"/"))
	case strings.HasPrefix(r.URL.Path, wire.DevicePath("")):
		d.socket(w, r, wire.ConnectionKey(strings.TrimPrefix(r.URL.Path, wire.DevicePath(""))))
	default:
		w.WriteHeader(http.StatusNotFound)
	}
}

func (d *double) realtime(w http.ResponseWriter, r *http.Request) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.noRealtime {
		w.WriteHeader(http.StatusNotFound)
		return
	}
	var in []bayeux
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil || len(in) != 1 {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	m, yes, no := in[0], true, false
	answer := []bayeux{{Channel: m.Channel, Successful: &yes, ClientID: m.ClientID}}
	_, known := d.clients[m.ClientID]
	switch {
	case m.Channel == "/meta/handshake":
		d.handshakes++
		id := fmt.Sprintf("client-%d", d.handshakes)
		d.clients[id] = len(d.order)
		answer[0].ClientID = id
	case !known:
		answer[0].Successful, answer[0].Error = &no, "402::Unknown client"
	case m.Channel == "/meta/connect":
		d.hold(r.Context(), m.ClientID)
		for _, id := range d.order[d.clients[m.ClientID]:] {
			inner, _ := json.Marshal(d.operations[id])
			data, _ := json.Marshal(map[string]any{"realtimeAction": "CREATE", "data": json.RawMessage(inner)})
			answer = append(answer, bayeux{Channel: "/operations/" + string(testDevice), Data: data})
			if d.repeat {
				answer = append(answer, answer[len(answer)-1])
			}
		}
		if !d.repeat {
			d.clients[m.ClientID] = len(d.order)
		}
	}
	_ = json.NewEncoder(w).Encode(answer)
}

// hold waits for something new, with mu held.
func (d *double) hold(ctx context.Context, client string) {
	stop := context.AfterFunc(ctx, func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		d.changed.Broadcast()
	})
	defer stop()
	for len(d.order) == d.clients[client] && ctx.Err() == nil {
		d.changed.Wait()
	}
}

func (d *double) list(w http.ResponseWriter, r *http.Request) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.lists++
	d.changed.Broadcast()
	list := platform.OperationList{Operations: []platform.Operation{}}
	if q := r.URL.Query(); q.Get("agentId") == string(testDevice) && q.Get("status") == "PENDING" {
		for _, id := range d.order {
			if op := d.operations[id]; op.Status == platform.StatusPending {
				list.Operations = append(list.Operations, op)
			}
		}
	}
	_ = json.NewEncoder(w).Encode(list)
}

func (d *double) put(w http.ResponseWriter, r *http.Request, id string) {
	var change platform.Operation
	if err := json.NewDecoder(r.Body).Decode(&change); err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	op := d.operations[id]
	op.Status, op.FailureReason = change.Status, change.FailureReason
	d.operations[id] = op
	d.history[id] = append(d.history[id], string(change.Status))
	d.changed.Broadcast()
}

func (d *double) socket(w http.ResponseWriter, r *http.Request, key wire.ConnectionKey) {
	d.mu.Lock()
	waiting, known := d.sockets[key]
	gate := d.socketGate
	d.mu.Unlock()
	if gate != nil {
		select {
		case <-gate:
		case <-r.Context().Done():
			return
		}
	}
	if !known {
		w.WriteHeader(http.StatusNotFound)
		return
	}
	conn, err := websocket.Accept(w, r, &websocket.AcceptOptions{Subprotocols: []string{wire.Subprotocol}})
	if err != nil {
		return
	}
	conn.SetReadLimit(-1)
	d.mu.Lock()
	d.accepted = append(d.accepted, conn)
	d.mu.Unlock()
	waiting <- conn
}

// order makes a connect operation, and the place where its websocket will appear.
func (d *double) connect(host string, port int) (id string, socket <-chan *websocket.Conn) {
	d.mu.Lock()
	defer d.mu.Unlock()
	id = fmt.Sprintf("%d", 100+len(d.order))
	key := wire.ConnectionKey("secret-key-" + id)
	waiting := make(chan *websocket.Conn, 1)
	d.sockets[key] = waiting
	d.operations[id] = platform.Operation{
		ID: id, DeviceID: testDevice, Status: platform.StatusPending, CreationTime: time.Now(),
		Connect: &platform.ConnectOrder{Hostname: host, Port: port, ConnectionKey: key},
	}
	d.order = append(d.order, id)
	d.changed.Broadcast()
	return id, waiting
}

// connectUnknown makes a connect operation whose key the platform does not know.
func (d *double) connectUnknown(host string, port int) (id string, socket <-chan *websocket.Conn) {
	d.mu.Lock()
	defer d.mu.Unlock()
	id = fmt.Sprintf("%d", 100+len(d.order))
	d.operations[id] = platform.Operation{
		ID: id, DeviceID: testDevice, Status: platform.StatusPending, CreationTime: time.Now(),
		Connect: &platform.ConnectOrder{Hostname: host, Port: port, ConnectionKey: "secret-key-unknown"},
	}
	d.order = append(d.order, id)
	d.changed.Broadcast()
	return id, nil
}

// restart serves again at the address where it was stopped.
func (d *double) restart(address string) {
	d.t.Helper()
	l, err := net.Listen("tcp", address)
	if err != nil {
		d.t.Fatal(err)
	}
	d.server = &httptest.Server{Listener: l, Config: &http.Server{Handler: d, ReadHeaderTimeout: time.Minute}}
	d.server.Start()
}

// await waits until the operation has the status, and returns it.
func (d *double) await(id string, want platform.OperationStatus) platform.Operation {
	d.t.Helper()
	d.until("operation "+id+" is "+string(want), func() bool { return d.operations[id].Status == want })
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.operations[id]
}

// until waits for what holds under mu.
func (d *double) until(what string, holds func() bool) {
	d.t.Helper()
	deadline := time.Now().Add(20 * time.Second)
	timer := time.AfterFunc(time.Until(deadline), d.changed.Broadcast)
	defer timer.Stop()
	d.mu.Lock()
	defer d.mu.Unlock()
	for !holds() {
		if time.Now().After(deadline) {
			d.t.Fatalf("%s: not in 20 s; operations %+v", what, d.operations)
		}
		d.changed.Wait()
	}
}

// open makes a connection to the target and returns the platform's end of it.
func (d *double) open(host string, port int) net.Conn {
	d.t.Helper()
	id, socket := d.connect(host, port)
	d.await(id, platform.StatusSuccessful)
	return d.stream(<-socket)
}

// stream is a device's websocket as a stream of bytes.
func (d *double) stream(conn *websocket.Conn) net.Conn {
	c := websocket.NetConn(context.Background(), conn, websocket.MessageBinary)
	d.t.Cleanup(func() { _ = conn.CloseNow() })
	return c
}

// lockedBuffer is a bytes.Buffer for several goroutines.
type lockedBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

// quick makes waiting times short.
func quick(t *timing) {
	t.poll, t.backoffMin, t.backoffMax = 10*time.Millisecond, 5*time.Millisecond, 50*time.Millisecond
	t.request, t.connect = 5*time.Second, 5*time.Second
}

// run starts an agent that ends with the test.
func run(t *testing.T, d *double, change func(*Agent)) (stop func()) {
	t.Helper()
	agent, err := New(Config{PlatformURL: d.server.URL, DeviceID: testDevice, User: testUser, Password: testPassword})
	if err != nil {
		t.Fatal(err)
	}
	quick(&agent.timing)
	if change != nil {
		change(agent)
	}
	ctx, cancel := context.WithCancel(context.Background())
	var ended sync.WaitGroup
	ended.Go(func() {
		if err := agent.Run(ctx); err != nil {
			t.Errorf("Run: %v", err)
		}
	})
	stop = func() {
		cancel()
		ended.Wait()
	}
	t.Cleanup(stop)
	return stop
}

// echo is a TCP server that answers with what it gets.
func echo(t *testing.T) (host string, port int) {
	t.Helper()
	return serve(t, func(c net.Conn) { _, _ = io.Copy(c, c) })
}

// serve is a TCP server on loopback.
func serve(t *testing.T, handle func(net.Conn)) (host string, port int) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var work sync.WaitGroup
	work.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			work.Go(func() {
				handle(c)
				_ = c.Close()
			})
		}
	})
	t.Cleanup(func() {
		_ = l.Close()
		work.Wait()
	})
	addr, _ := l.Addr().(*net.TCPAddr)
	return "127.0.0.1", addr.Port
}
