package standin_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"porthole/server/platform"
	"porthole/server/standin"
	"porthole/ssh/wire"

	"github.com/coder/websocket"
)

// patience is how long a test waits for what must happen.
const patience = 30 * time.Second

// world is a tenant with persons and devices, served on loopback.
type world struct {
	t    testing.TB
	p    *standin.Platform
	srv  *httptest.Server
	seen map[string]bool // operations that pending has returned
}

// defaults are the people and devices most tests need.
func defaults() standin.Options {
	return standin.Options{
		Tenant: "t12345",
		Users: []standin.User{
			{Name: "admin", Password: "pw", Roles: []string{wire.RoleRemoteAccess, "ROLE_INVENTORY_READ"}},
			{Name: "reader", Password: "rw", Roles: []string{"ROLE_REMOTE_ACCESS_READ"}},
			{Name: "nobody", Password: "nw"},
			{Name: "tfa", Password: "tw", Roles: []string{wire.RoleRemoteAccess}, TFA: "123456"},
			{Name: "late", Password: "lw", Roles: []string{wire.RoleRemoteAccess}, PasswordExpired: true},
		},
		Devices: []standin.Device{
			{
				ID: "1234", Name: "dev01", Type: "thin-edge.io", Serial: "dev01", Password: "dw1",
				Configurations: []platform.Configuration{
					{ID: "1", Name: "Passthrough", Hostname: "127.0.0.1", Port: 22, Protocol: "PASSTHROUGH"},
					{ID: "2", Name: "webssh", Hostname: "127.0.0.1", Port: 22, Protocol: "SSH"},
				},
			},
			{ID: "1235", Name: "dev02", Type: "other", Serial: "dev02", Password: "dw2"},
		},
	}
}

func newWorld(tb testing.TB, change func(*standin.Options)) *world {
	tb.Helper()
	o := defaults()
	if change != nil {
		change(&o)
	}
	p, err := standin.New(o)
	if err != nil {
		tb.Fatalf("New: %v", err)
	}
	srv := httptest.NewServer(p)
	w := &world{t: tb, p: p, srv: srv, seen: make(map[string]bool)}
	tb.Cleanup(func() {
		if err := p.Close(); err != nil {
			tb.Errorf("Close: %v", err)
		}
		srv.CloseClientConnections()
		srv.Close()
		http.DefaultTransport.(*http.Transport).CloseIdleConnections()
	})
	return w
}

func basic(user, password string) string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(user+":"+password))
}

var (
	asAdmin  = basic("t12345/admin", "pw")
	asReader = basic("reader", "rw")
	asNobody = basic("nobody", "nw")
	asDev1   = basic("t12345/device_dev01", "dw1")
	asDev2   = basic("device_dev02", "dw2")
)

// answer is a response whose body was read.
type answer struct {
	*http.Response
	body []byte
}

func (a answer) json(tb testing.TB, v any) {
	tb.Helper()
	if err := json.Unmarshal(a.body, v); err != nil {
		tb.Fatalf("answer %d is no JSON: %v\n%s", a.StatusCode, err, a.body)
	}
}

// do sends a request; header holds pairs of names and values.
func (w *world) do(method, path, auth, body string, header ...string) answer {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, w.srv.URL+path, strings.NewReader(body))
	if err != nil {
		w.t.Fatal(err)
	}
	if auth != "" {
		req.Header.Set("Authorization", auth)
	}
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Add(header[i], header[i+1])
	}
	res, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		w.t.Fatalf("%s %s: %v", method, path, err)
	}
	defer func() { _ = res.Body.Close() }()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		w.t.Fatalf("%s %s: %v", method, path, err)
	}
	return answer{res, b}
}

// want sends a request and checks the status.
func (w *world) want(status int, method, path, auth, body string, header ...string) answer {
	w.t.Helper()
	a := w.do(method, path, auth, body, header...)
	if a.StatusCode != status {
		w.t.Fatalf("%s %s: got %d, want %d\n%s", method, path, a.StatusCode, status, a.body)
	}
	return a
}

// wantError checks that an answer has the platform's error shape.
func (w *world) wantError(a answer, status int, code string) string {
	w.t.Helper()
	var e map[string]string
	a.json(w.t, &e)
	if a.StatusCode != status || e["error"] != code || e["message"] == "" || e["info"] == "" || len(e) != 3 {
		w.t.Fatalf("got %d %v, want %d %s with message and info", a.StatusCode, e, status, code)
	}
	return e["message"]
}

const clientPath = "/service/remoteaccess/client/1234/configurations/1"

// dial opens a websocket with the subprotocol and fails the test when it cannot.
func (w *world) dial(path, auth string, header ...string) *websocket.Conn {
	w.t.Helper()
	c, res, err := w.tryDial(path, auth, header...)
	if err != nil {
		w.t.Fatalf("dial %s: %v (%v)", path, err, res)
	}
	return c
}

func (w *world) tryDial(path, auth string, header ...string) (*websocket.Conn, *http.Response, error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	h := http.Header{}
	if auth != "" {
		h.Set("Authorization", auth)
	}
	for i := 0; i+1 < len(header); i += 2 {
		h.Add(header[i], header[i+1])
	}
	c, res, err := websocket.Dial(ctx, w.srv.URL+path, &websocket.DialOptions{HTTPHeader: h, Subprotocols: []string{wire.Subprotocol}})
	if err == nil {
		c.SetReadLimit(-1)
		w.t.Cleanup(func() { _ = c.CloseNow() })
	}
	return c, res, err
}

// operation is an operation as agents read it.
type operation struct {
	ID            string
	DeviceID      string
	Status        string
	FailureReason string
	CreationTime  string
	Connect       *struct {
		Hostname      string
		Port          int
		ConnectionKey string
	} `json:"c8y_RemoteAccessConnect"`
}

// operations lists with a query such as "deviceId=1234&status=PENDING".
func (w *world) operations(auth, query string) []operation {
	w.t.Helper()
	var list struct{ Operations []operation }
	w.want(http.StatusOK, "GET", "/devicecontrol/operations?"+query, auth, "").json(w.t, &list)
	return list.Operations
}

// operation reads one operation.
func (w *world) operation(id string) operation {
	w.t.Helper()
	var op operation
	w.want(http.StatusOK, "GET", "/devicecontrol/operations/"+id, asAdmin, "").json(w.t, &op)
	return op
}

// pending waits for a new PENDING connect operation of a device: a client's upgrade is
// answered before its operation is there.
func (w *world) pending(device string) operation {
	w.t.Helper()
	var op operation
	w.eventually("a pending connect operation", func() bool {
		ops := w.operations(asAdmin, "revert=true&status=PENDING&fragmentType=c8y_RemoteAccessConnect&deviceId="+url.QueryEscape(device))
		if len(ops) > 0 {
			op = ops[0]
		}
		return len(ops) > 0 && !w.seen[op.ID]
	})
	w.seen[op.ID] = true
	return op
}

// eventually polls until the claim holds.
func (w *world) eventually(what string, claim func() bool) {
	w.t.Helper()
	deadline := time.Now().Add(patience)
	for !claim() {
		if time.Now().After(deadline) {
			w.t.Fatalf("never happened: %s", what)
		}
		<-time.After(5 * time.Millisecond)
	}
}

// joined opens a client's websocket and brings its device.
func (w *world) joined() (client, device *websocket.Conn, op operation) {
	w.t.Helper()
	client = w.dial(clientPath, asAdmin)
	op = w.pending("1234")
	device = w.dial("/service/remoteaccess/device/"+op.Connect.ConnectionKey, asDev1)
	return client, device, op
}

func send(tb testing.TB, c *websocket.Conn, kind websocket.MessageType, b []byte) {
	tb.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := c.Write(ctx, kind, b); err != nil {
		tb.Fatalf("write: %v", err)
	}
}

// receive reads messages until their bytes are as many as wanted; all must be binary.
func receive(tb testing.TB, c *websocket.Conn, want []byte) {
	tb.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	var got []byte
	for len(got) < len(want) {
		kind, b, err := c.Read(ctx)
		if err != nil {
			tb.Fatalf("read after %d of %d bytes: %v", len(got), len(want), err)
		}
		if kind != websocket.MessageBinary || len(b) == 0 {
			tb.Fatalf("got a message of type %v with %d bytes, want binary ones that are not empty", kind, len(b))
		}
		got = append(got, b...)
	}
	if !bytes.Equal(got, want) {
		tb.Fatalf("got %d bytes that differ from the %d wanted", len(got), len(want))
	}
}

// closed reads until the websocket ends and returns its close error.
func closed(tb testing.TB, c *websocket.Conn) websocket.CloseError {
	tb.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	for {
		_, _, err := c.Read(ctx)
		if err == nil {
			continue
		}
		if ctx.Err() != nil {
			tb.Fatal("the websocket did not end")
		}
		return websocket.CloseError{Code: websocket.CloseStatus(err), Reason: reasonOf(err)}
	}
}

func reasonOf(err error) string {
	_, reason, _ := strings.Cut(err.Error(), `reason = "`)
	return strings.TrimSuffix(reason, `"`)
}
