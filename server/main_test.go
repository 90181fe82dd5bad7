package server_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"porthole/server"
	"porthole/server/platform"
	"porthole/server/standin"
	"porthole/ssh/wire"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// People and secrets of the tests.
const (
	annaPassword  = "anna-secret-1" // has the role
	bertPassword  = "bert-secret-2" // lacks it
	codePassword  = "code-secret-3" // is asked for a TFA code
	codeTFA       = "424242"
	oldPassword   = "old-secret-4" // has expired
	agentPassword = "agent-secret-5"
)

// world is a gateway before a stand-in platform, both on loopback.
type world struct {
	t       *testing.T
	tenant  *httptest.Server
	gateway *server.Server
	base    string // origin of the gateway
	client  *http.Client
	log     *lockedBuffer
	stop    func() // stops the gateway and waits
	done    chan error
}

// options of a world.
type options struct {
	standin func(*standin.Options)
	config  func(*server.Config)
	tenant  func(http.Handler) http.Handler // wraps the stand-in
	handler http.Handler                    // in place of the stand-in
}

func newWorld(t *testing.T, o options) *world {
	t.Helper()
	w := &world{t: t, log: &lockedBuffer{}, done: make(chan error, 1)}
	handler := o.handler
	if handler == nil {
		handler = newStandin(t, o.standin)
	}
	if o.tenant != nil {
		handler = o.tenant(handler)
	}
	w.tenant = httptest.NewServer(handler)
	t.Cleanup(w.tenant.Close)
	config := server.DefaultConfig()
	config.Tenant, config.Listen, config.AdminListen = w.tenant.URL, "127.0.0.1:0", "127.0.0.1:0"
	config.Log = slog.New(slog.NewTextHandler(w.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	config.Version, config.DrainTime = "test", 0
	if o.config != nil {
		o.config(&config)
	}
	gateway, err := server.New(config)
	if err != nil {
		t.Fatalf("New: %v", err)
	}
	w.gateway, w.base = gateway, gateway.URL()
	ctx, cancel := context.WithCancel(context.Background())
	go func() { w.done <- gateway.Serve(ctx) }()
	w.stop = sync.OnceFunc(func() {
		cancel()
		if err := <-w.done; err != nil {
			t.Errorf("Serve: %v", err)
		}
	})
	transport := &http.Transport{DialContext: platform.DialContext, MaxIdleConnsPerHost: 16}
	w.client = &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	t.Cleanup(func() {
		transport.CloseIdleConnections()
		w.stop()
	})
	return w
}

func newStandin(t *testing.T, change func(*standin.Options)) *standin.Platform {
	t.Helper()
	roles := []string{wire.RoleRemoteAccess, "ROLE_INVENTORY_READ", "ROLE_DEVICE_CONTROL_READ", "ROLE_DEVICE_CONTROL_ADMIN"}
	o := standin.Options{
		Users: []standin.User{
			{Name: "anna", Password: annaPassword, Roles: roles},
			{Name: "bert", Password: bertPassword, Roles: []string{"ROLE_INVENTORY_READ"}},
			{Name: "code", Password: codePassword, Roles: roles, TFA: codeTFA},
			{Name: "old", Password: oldPassword, Roles: roles, PasswordExpired: true},
		},
		Devices: []standin.Device{{
			ID: "1234", Name: "edge", Serial: "edge-1", User: "device_edge-1", Password: agentPassword,
			Configurations: []platform.Configuration{
				{ID: "1", Name: "ssh", Hostname: "127.0.0.1", Port: 22, Protocol: "PASSTHROUGH"},
				{ID: "2", Name: "screen", Hostname: "127.0.0.1", Port: 5900, Protocol: "VNC"},
			},
		}},
	}
	if change != nil {
		change(&o)
	}
	p, err := standin.New(o)
	if err != nil {
		t.Fatalf("stand-in: %v", err)
	}
	t.Cleanup(func() { _ = p.Close() })
	return p
}

// answer is a response with its body read.
type answer struct {
	*http.Response
	body string
}

// code is the error code of the answer's body.
func (a answer) code() wire.ErrorCode {
	var e wire.ErrorBody
	_ = json.Unmarshal([]byte(a.body), &e)
	return e.Error
}

// message is the sentence of the answer's body.
func (a answer) message() string {
	var e wire.ErrorBody
	_ = json.Unmarshal([]byte(a.body), &e)
	return e.Message
}

// do sends a request as a command line client would: with exactly these headers, given
// as name, value, name, value.
func (w *world) do(method, path, body string, headers ...string) answer {
	w.t.Helper()
	request, err := http.NewRequestWithContext(w.t.Context(), method, w.base+path, strings.NewReader(body))
	if err != nil {
		w.t.Fatalf("request: %v", err)
	}
	for i := 0; i < len(headers); i += 2 {
		if headers[i] == "Host" {
			request.Host = headers[i+1]
			continue
		}
		request.Header.Add(headers[i], headers[i+1])
	}
	response, err := w.client.Do(request)
	if err != nil {
		w.t.Fatalf("%s %s: %v", method, path, err)
	}
	defer func() { _ = response.Body.Close() }()
	data, err := io.ReadAll(response.Body)
	if err != nil {
		w.t.Fatalf("%s %s: read body: %v", method, path, err)
	}
	return answer{response, string(data)}
}

// page is a browser tab on the gateway's own page.
type page struct {
	*world
	cookie string // value of the login cookie
}

// do sends a request as the gateway's own page would.
func (p *page) do(method, path, body string, more ...string) answer {
	p.t.Helper()
	headers := []string{"Origin", p.base, "Sec-Fetch-Site", "same-origin"}
	if body != "" {
		headers = append(headers, "Content-Type", "application/json")
	}
	if p.cookie != "" {
		headers = append(headers, "Cookie", "__Host-porthole="+p.cookie)
	}
	a := p.world.do(method, path, body, append(headers, more...)...)
	for _, cookie := range a.Cookies() {
		if cookie.Name == "__Host-porthole" {
			p.cookie = cookie.Value
		}
	}
	return a
}

// signIn gives a page with a login.
func (w *world) signIn(user, password string) *page {
	w.t.Helper()
	p := &page{world: w}
	a := p.do(http.MethodPost, "/api/login", loginBody(user, password, ""))
	if a.StatusCode != http.StatusOK || p.cookie == "" {
		w.t.Fatalf("sign in as %s: got %d %s", user, a.StatusCode, a.body)
	}
	return p
}

func loginBody(user, password, code string) string {
	data, err := json.Marshal(wire.LoginRequest{User: user, Password: password, TFACode: code})
	if err != nil {
		panic(err)
	}
	return string(data)
}

// wantProblem asserts an error answer.
func wantProblem(t *testing.T, a answer, status int, code wire.ErrorCode) {
	t.Helper()
	if a.StatusCode != status || a.code() != code {
		t.Errorf("%s %s: got %d %q, want %d with code %q", a.Request.Method, a.Request.URL.Path, a.StatusCode, a.body, status, code)
	}
	if a.message() == "" {
		t.Errorf("%s %s: no sentence for the person in %q", a.Request.Method, a.Request.URL.Path, a.body)
	}
}

// eventually polls until the condition holds.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	deadline := time.Now().Add(10 * time.Second)
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !holds() {
		if time.Now().After(deadline) {
			t.Fatalf("timed out waiting until %s", what)
		}
		<-tick.C
	}
}

// lockedBuffer is a log that may be read while it is written.
type lockedBuffer struct {
	mu     sync.Mutex
	buffer bytes.Buffer
}

func (b *lockedBuffer) Write(data []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buffer.Write(data)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buffer.String()
}
