package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"time"

	"porthole/server/demodevice"
	"porthole/server/platform"
	"porthole/server/standin"
	"porthole/ssh/sshtest/realpeer"
	"porthole/ssh/wire"
)

// patience is how long a story waits for what must happen.
const patience = 30 * time.Second

// world is a tenant with people and devices, the agent of one device, and what that
// device serves.
type world struct {
	sshd     *realpeer.Peer
	small    *realpeer.Peer // without SFTP
	platform *standin.Platform
	server   *httptest.Server
	requests *recorder
	echo     *service
	sink     *service
	once     *service
	web      *httptest.Server
	plain    *httptest.Server // without a configuration

	mu    sync.Mutex
	agent func() // stops it; nil when it does not run
	held  []net.Conn

	gateway func() // stops it; nil when there is none
}

// closedPort is one on which nobody listens: one that was free a moment ago may be
// another story's by now.
const closedPort = 1

// deviceName is what stories call the device that has an agent.
const deviceName = "my_device"

// longName is of 300 characters.
var longName = strings.Repeat("long ", 60)[:299] + "!"

func newWorld(sshd, small *realpeer.Peer) (_ *world, err error) {
	w := &world{sshd: sshd, small: small}
	if w.echo, err = serve(echo); err != nil {
		return nil, err
	}
	if w.sink, err = serve(sink); err != nil {
		return nil, err
	}
	if w.once, err = serve(oneByte); err != nil {
		return nil, err
	}
	page := http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		_, _ = fmt.Fprintf(rw, "you asked for %s\n", r.URL.Path)
	})
	w.web, w.plain = httptest.NewServer(page), httptest.NewServer(page)
	w.platform, err = standin.New(standin.Options{
		Users: people(), Devices: w.devices(), DeviceWait: 20 * time.Second,
	})
	if err != nil {
		return nil, err
	}
	w.requests = &recorder{next: w.platform, tokens: map[string]bool{}}
	w.server = httptest.NewServer(w.requests)
	return w, w.startAgent()
}

func people() []standin.User {
	roles := []string{wire.RoleRemoteAccess, "ROLE_INVENTORY_READ", "ROLE_IDENTITY_READ", "ROLE_DEVICE_CONTROL_READ", "ROLE_DEVICE_CONTROL_ADMIN"}
	return []standin.User{
		{Name: "admin", Password: "pw", Roles: roles},
		{Name: "reader", Password: "rw", Roles: roles[1:]},
		{Name: "tfa", Password: "tw", Roles: roles, TFA: "123456"},
		{Name: "late", Password: "lw", Roles: roles, PasswordExpired: true},
	}
}

func (w *world) devices() []standin.Device {
	to := func(name, protocol string, port int) platform.Configuration {
		return platform.Configuration{Name: name, Hostname: "127.0.0.1", Port: port, Protocol: protocol}
	}
	return []standin.Device{
		{
			ID: "1234", Name: deviceName, Type: "thin-edge.io", Serial: "serial-1", Password: "dw",
			Configurations: []platform.Configuration{
				to("native-ssh", wire.ProtocolPassthrough, w.sshd.Port),
				to("small-ssh", wire.ProtocolPassthrough, w.small.Port),
				to("echo", wire.ProtocolPassthrough, w.echo.port),
				to("sink", wire.ProtocolPassthrough, w.sink.port),
				to("once", wire.ProtocolPassthrough, w.once.port),
				to("http", wire.ProtocolPassthrough, portOf(w.web)),
				to("closed", wire.ProtocolPassthrough, closedPort),
				to("webssh", "SSH", 22),
			},
		},
		{ID: "1301", Name: "twin", Type: "pump"},
		{ID: "1302", Name: "twin", Type: "pump"},
		{ID: "1303", Name: "bare", Type: "meter"},
		{ID: "1310", Name: "double", Configurations: []platform.Configuration{to("ssh", wire.ProtocolPassthrough, 22)}},
		{ID: "1311", Name: "double", Configurations: []platform.Configuration{to("ssh", wire.ProtocolPassthrough, 22)}},
		{ID: "1312", Name: "git.example.com", Configurations: []platform.Configuration{to("ssh", wire.ProtocolPassthrough, 22)}},
		{ID: "1304", Name: "screen", Configurations: []platform.Configuration{to("vnc", "VNC", 5900)}},
		// Names of every difficult kind.
		{ID: "1306", Name: "a*b", Configurations: []platform.Configuration{to("ssh", wire.ProtocolPassthrough, 22)}},
		{ID: "1307", Name: "axb", Configurations: []platform.Configuration{to("ssh", wire.ProtocolPassthrough, 22)}},
		{ID: "1308", Name: longName, Configurations: []platform.Configuration{to("ssh", wire.ProtocolPassthrough, 22)}},
		{ID: "1309", Name: `$(touch owned); "x" %h 漢字`, Configurations: []platform.Configuration{to("ssh", wire.ProtocolPassthrough, 22)}},
		{ID: "1305", Name: `O'Neil "$HOME" Ünïcode`, Serial: "odd", Configurations: []platform.Configuration{to("ssh", wire.ProtocolPassthrough, 22)}},
	}
}

// startAgent runs the device's agent until stopAgent.
func (w *world) startAgent() error {
	agent, err := demodevice.New(demodevice.Config{
		PlatformURL: w.server.URL, DeviceID: "1234", User: "device_serial-1", Password: "dw", MaxConnections: 1000,
	})
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = agent.Run(ctx) // its error is always nil
	}()
	w.mu.Lock()
	defer w.mu.Unlock()
	w.agent = func() {
		cancel()
		<-ended
	}
	return nil
}

func (w *world) stopAgent() {
	w.mu.Lock()
	stop := w.agent
	w.agent = nil
	w.mu.Unlock()
	if stop != nil {
		stop()
	}
}

func (w *world) close() {
	for _, conn := range w.held {
		_ = conn.Close()
	}
	w.stopAgent()
	if w.gateway != nil {
		w.gateway()
	}
	_ = w.platform.Close()
	w.server.CloseClientConnections()
	w.server.Close()
	w.web.Close()
	w.plain.Close()
	w.echo.close()
	w.sink.close()
	w.once.close()
}

// recorder stands before the tenant: it notes requests and can spoil answers.
type recorder struct {
	next http.Handler

	mu    sync.Mutex
	lines []string
	// tokens are those that were shown; stale says of one that it is not accepted any more.
	tokens map[string]bool
	stale  map[string]bool
	fault  func(http.ResponseWriter, *http.Request) bool // true: answered
}

func (r *recorder) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	r.mu.Lock()
	r.lines = append(r.lines, fmt.Sprintf("%s %s auth=%t", req.Method, req.URL.Path, req.Header.Get("Authorization") != ""))
	fault := r.fault
	token, found := strings.CutPrefix(req.Header.Get("Authorization"), "Bearer ")
	stale := found && r.stale[token]
	if found {
		r.tokens[token] = true
	}
	r.mu.Unlock()
	if stale {
		refuse(w, http.StatusUnauthorized, `{"error":"security/Unauthorized","message":"Invalid credentials!"}`)
		return
	}
	if fault != nil && fault(w, req) {
		return
	}
	r.next.ServeHTTP(w, req)
}

// expire makes every token that was shown so far one that has expired.
func (r *recorder) expire() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.stale = maps.Clone(r.tokens)
}

func refuse(w http.ResponseWriter, status int, body string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, body) // the client went away: nothing to do
}

// service is a TCP service on the device's side.
type service struct {
	port     int
	listener net.Listener
	work     sync.WaitGroup
	mu       sync.Mutex
	open     map[net.Conn]bool
}

func serve(handle func(*net.TCPConn)) (*service, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s := &service{listener: listener, port: listener.Addr().(*net.TCPAddr).Port, open: map[net.Conn]bool{}}
	s.work.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			s.mu.Lock()
			s.open[conn] = true
			s.mu.Unlock()
			s.work.Go(func() {
				handle(conn.(*net.TCPConn))
				_ = conn.Close()
			})
		}
	})
	return s, nil
}

func (s *service) close() {
	_ = s.listener.Close()
	s.mu.Lock()
	for conn := range s.open {
		_ = conn.Close()
	}
	s.mu.Unlock()
	s.work.Wait()
}

func echo(conn *net.TCPConn) { _, _ = io.Copy(conn, conn) }
func sink(conn *net.TCPConn) { _, _ = io.Copy(io.Discard, conn) }
func oneByte(conn *net.TCPConn) {
	_, _ = conn.Write([]byte{'!'})
}

func portOf(server *httptest.Server) int { return server.Listener.Addr().(*net.TCPAddr).Port }

// freePort is a port that nothing listens on.
func freePort() (int, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	port := listener.Addr().(*net.TCPAddr).Port
	return port, errors.Join(listener.Close())
}
