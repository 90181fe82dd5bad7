//go:build !js

package tunnel_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"porthole/ssh/tunnel"
)

// serveWebsocket serves one behaviour.
func serveWebsocket(t *testing.T, o *websocket.AcceptOptions, behave func(*websocket.Conn)) (address string) {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ws, err := websocket.Accept(w, r, o)
		if err != nil {
			return // Accept has answered
		}
		ws.SetReadLimit(-1)
		behave(ws)
		_ = ws.CloseNow()
	}))
	t.Cleanup(server.Close)
	return "ws" + strings.TrimPrefix(server.URL, "http")
}

func dialPinging(t *testing.T, address string, every time.Duration) net.Conn {
	t.Helper()
	conn, err := tunnel.Dial(t.Context(), tunnel.Options{URL: address, Native: tunnel.Native{PingInterval: every}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

func TestASilentTunnelPings(t *testing.T) {
	pings := make(chan struct{}, 100)
	address := serveWebsocket(t, &websocket.AcceptOptions{OnPingReceived: func(context.Context, []byte) bool {
		pings <- struct{}{}
		return true
	}}, func(ws *websocket.Conn) { _, _, _ = ws.Read(t.Context()) })
	conn := dialPinging(t, address, 5*time.Millisecond)
	for range 3 { // not only once
		select {
		case <-pings:
		case <-time.After(10 * time.Second):
			t.Fatal("no ping came")
		}
	}
	_ = conn.Close()
}

// A ping that has to wait behind a message is none of the other side's silence.
func TestPingsDoNotCutATunnelWhoseOtherSideIsBusy(t *testing.T) {
	const size, every = 16 << 20, 5 * time.Millisecond
	busy := make(chan struct{})
	time.AfterFunc(20*every, func() { close(busy) })
	address := serveWebsocket(t, nil, func(ws *websocket.Conn) {
		<-busy
		for got := 0; got < size; {
			_, message, err := ws.Read(t.Context())
			if err != nil {
				return
			}
			got += len(message)
		}
		_ = ws.Write(t.Context(), websocket.MessageBinary, []byte("all"))
		_, _, _ = ws.Read(t.Context())
	})
	conn := dialPinging(t, address, every)
	if _, err := conn.Write(make([]byte, size)); err != nil {
		t.Fatal(err)
	}
	got := make([]byte, 3)
	if _, err := io.ReadFull(conn, got); err != nil || string(got) != "all" {
		t.Errorf("answer %q, %v", got, err)
	}
	_ = conn.Close()
}

func TestAWriteThatWaitsEndsAtItsDeadline(t *testing.T) {
	conn, err := tunnel.Dial(t.Context(), tunnel.Options{URL: serve(t) + "/stuck"})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	if err := conn.SetWriteDeadline(time.Now().Add(time.Second)); err != nil { // the buffers on the way are full by then
		t.Fatal(err)
	}
	if _, err := conn.Write(make([]byte, 64<<20)); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("write: %v, want a deadline error", err)
	}
	if err := conn.SetWriteDeadline(time.Time{}); err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Write([]byte("x")); err == nil {
		t.Error("something was written behind half a message")
	}
}
