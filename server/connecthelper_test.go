package server_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"porthole/server/demodevice"
	"porthole/server/platform"
	"porthole/server/standin"
	"porthole/ssh/wire"

	"github.com/coder/websocket"
)

// startEcho is a TCP server behind the device that sends everything back.
func startEcho(t *testing.T) (port int) {
	t.Helper()
	return startService(t, func(conn net.Conn) { _, _ = io.Copy(conn, conn) })
}

// startService is a TCP server behind the device.
func startService(t *testing.T, handle func(net.Conn)) (port int) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var group sync.WaitGroup
	group.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			group.Go(func() {
				defer func() { _ = conn.Close() }()
				handle(conn)
			})
		}
	})
	t.Cleanup(func() {
		_ = listener.Close()
		group.Wait()
	})
	address, ok := listener.Addr().(*net.TCPAddr)
	if !ok {
		t.Fatal("no TCP address")
	}
	return address.Port
}

// startAgent brings device 1234 online.
func startAgent(t *testing.T, w *world) {
	t.Helper()
	agent, err := demodevice.New(demodevice.Config{PlatformURL: w.tenant.URL, DeviceID: "1234", User: "device_edge-1", Password: agentPassword})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = agent.Run(ctx) // its end is asked for
	}()
	t.Cleanup(func() {
		cancel()
		<-done
	})
}

// newDeviceWorld has device 1234 online with an echo server at configuration 3.
func newDeviceWorld(t *testing.T, o options) *world {
	t.Helper()
	port := startEcho(t)
	inner := o.standin
	o.standin = func(s *standin.Options) {
		s.Devices[0].Configurations = append(s.Devices[0].Configurations,
			platform.Configuration{ID: "3", Name: "echo", Hostname: "127.0.0.1", Port: port, Protocol: "PASSTHROUGH"},
			platform.Configuration{ID: "4", Name: "closed", Hostname: "127.0.0.1", Port: 1, Protocol: "PASSTHROUGH"})
		if inner != nil {
			inner(s)
		}
	}
	w := newWorld(t, o)
	startAgent(t, w)
	return w
}

// dial opens the websocket of a configuration.
func (w *world) dial(ctx context.Context, configuration, query string, header http.Header) (*websocket.Conn, *http.Response, error) {
	target := strings.Replace(w.base, "http", "ws", 1) + "/service/remoteaccess/client/1234/configurations/" + configuration + query
	return websocket.Dial(ctx, target, &websocket.DialOptions{HTTPClient: w.client, HTTPHeader: header, Subprotocols: []string{wire.Subprotocol}})
}

// open opens it as the gateway's own page does.
func (p *page) open(configuration string) *websocket.Conn {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.t.Context(), 10*time.Second)
	defer cancel()
	header := http.Header{"Origin": {p.base}, "Cookie": {"__Host-porthole=" + p.cookie}}
	conn, response, err := p.dial(ctx, configuration, "", header)
	if err != nil {
		p.t.Fatalf("open: %v (%v)", err, response)
	}
	p.t.Cleanup(func() { _ = conn.CloseNow() })
	return conn
}

// echo sends a text through the device and back.
func echo(t *testing.T, conn *websocket.Conn, text string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 15*time.Second)
	defer cancel()
	if err := conn.Write(ctx, websocket.MessageBinary, []byte(text)); err != nil {
		t.Fatalf("write: %v", err)
	}
	var got []byte
	for len(got) < len(text) {
		kind, data, err := conn.Read(ctx)
		if err != nil || kind != websocket.MessageBinary {
			t.Fatalf("read: %v %v", kind, err)
		}
		got = append(got, data...)
	}
	if !bytes.Equal(got, []byte(text)) {
		t.Errorf("echo: got %q, want %q", got, text)
	}
}

// wantClose reads until the close and asserts its code.
func wantClose(t *testing.T, conn *websocket.Conn, code wire.CloseCode) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	for {
		if _, _, err := conn.Read(ctx); err != nil {
			var closed websocket.CloseError
			if !errors.As(err, &closed) || int(closed.Code) != int(code) {
				t.Errorf("close: got %v, want code %d", err, code)
			}
			return closed.Reason
		}
	}
}
