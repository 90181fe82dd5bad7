package relay

import (
	"bufio"
	"context"
	"crypto/sha1"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"

	"porthole/ssh/wire"
)

type joinFunc func(w http.ResponseWriter, req *http.Request, tenant string)

func relayHandler(tb testing.TB) joinFunc {
	tb.Helper()
	// With every limit and a login, as in a gateway: they cost memory, too.
	r := New(Config{
		MaxPerPrincipal: 1 << 20, MaxTotal: 1 << 20,
		WaitLimit: time.Hour, IdleLimit: time.Hour, MaxDuration: time.Hour,
	})
	login, logout := context.WithCancel(context.Background())
	tb.Cleanup(func() { logout(); shutdownNow(r) })
	return func(w http.ResponseWriter, req *http.Request, tenant string) {
		_ = r.Serve(w, req, Connection{
			ID: "c", Principal: "t/u", Device: "1", Configuration: "2", Login: login,
			Upstream: &url.URL{Scheme: "http", Host: tenant, Path: "/x"},
		})
	}
}

func shutdownNow(r *Relay) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	r.Shutdown(ctx)
}

func bareHandler(tb testing.TB) joinFunc {
	tb.Helper()
	pool := sync.Pool{New: func() any { return newBuffer(32 << 10) }}
	return func(w http.ResponseWriter, req *http.Request, tenant string) {
		up, _, err := websocket.Dial(req.Context(), "http://"+tenant+"/x", nil)
		if err != nil {
			tb.Error(err)
			return
		}
		down, err := websocket.Accept(w, req, nil)
		if err != nil {
			tb.Error(err)
			return
		}
		var both sync.WaitGroup
		loop := func(to, from *websocket.Conn) {
			defer func() { _ = to.CloseNow(); _ = from.CloseNow() }()
			from.SetReadLimit(-1)
			for {
				_, r, err := from.Reader(context.Background())
				if err != nil {
					return
				}
				wr, err := to.Writer(context.Background(), websocket.MessageBinary)
				if err != nil {
					return
				}
				buf := pool.Get().(*[]byte)
				_, err = io.CopyBuffer(struct{ io.Writer }{wr}, r, *buf)
				pool.Put(buf)
				if err != nil || wr.Close() != nil {
					return
				}
			}
		}
		both.Go(func() { loop(down, up) })
		loop(up, down)
		both.Wait()
	}
}

func rawTenant(tb testing.TB) (address string, conns <-chan net.Conn) {
	tb.Helper()
	out := make(chan net.Conn, 1)
	l := localListener(tb)
	var serving sync.WaitGroup
	serving.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			req, err := http.ReadRequest(bufio.NewReader(c))
			if err != nil {
				tb.Error(err)
				return
			}
			_, _ = fmt.Fprintf(c, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"+
				"Sec-WebSocket-Protocol: %s\r\nSec-WebSocket-Accept: %s\r\n\r\n",
				req.Header.Get("Sec-WebSocket-Protocol"), acceptKey(req.Header.Get("Sec-WebSocket-Key")))
			out <- c
		}
	})
	tb.Cleanup(func() { _ = l.Close(); serving.Wait() })
	return l.Addr().String(), out
}

func acceptKey(key string) string {
	sum := sha1.Sum([]byte(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))
	return base64.StdEncoding.EncodeToString(sum[:])
}

func rawClient(tb testing.TB, address string) net.Conn {
	tb.Helper()
	c, err := new(net.Dialer).DialContext(tb.Context(), "tcp", address)
	if err != nil {
		tb.Fatal(err)
	}
	_, _ = fmt.Fprintf(c, "GET /x HTTP/1.1\r\nHost: %s\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"+
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: %s\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n", address, wire.Subprotocol)
	resp, err := http.ReadResponse(bufio.NewReaderSize(c, 16), nil)
	if err != nil {
		tb.Fatal(err)
	}
	_ = resp.Body.Close()
	if resp.StatusCode != http.StatusSwitchingProtocols {
		tb.Fatalf("the upgrade got %d", resp.StatusCode)
	}
	return c
}

func gatewayFor(tb testing.TB, join joinFunc, tenant string) (address string) {
	tb.Helper()
	l := localListener(tb)
	s := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) { join(w, req, tenant) })}
	var serving sync.WaitGroup
	serving.Go(func() { _ = s.Serve(l) })
	tb.Cleanup(func() { _ = s.Close(); serving.Wait() })
	return l.Addr().String()
}

func joined(tb testing.TB, join joinFunc) (farTenant, farClient net.Conn) {
	tb.Helper()
	tenant, conns := rawTenant(tb)
	farClient = rawClient(tb, gatewayFor(tb, join, tenant))
	farTenant = <-conns
	tb.Cleanup(func() { closeBoth(farTenant, farClient) })
	return farTenant, farClient
}

func tcpJoined(tb testing.TB) (farTenant, farClient net.Conn) {
	tb.Helper()
	ends := func() (far, near net.Conn) {
		l := localListener(tb)
		defer func() { _ = l.Close() }()
		far, err := new(net.Dialer).DialContext(tb.Context(), "tcp", l.Addr().String())
		if err != nil {
			tb.Fatal(err)
		}
		near, err = l.Accept()
		if err != nil {
			tb.Fatal(err)
		}
		return far, near
	}
	farTenant, nearTenant := ends()
	farClient, nearClient := ends()
	var copying sync.WaitGroup
	pipe := func(to, from net.Conn) {
		buf := make([]byte, 32<<10)
		_, _ = io.CopyBuffer(struct{ io.Writer }{to}, struct{ io.Reader }{from}, buf)
	}
	copying.Go(func() { pipe(nearTenant, nearClient) })
	copying.Go(func() { pipe(nearClient, nearTenant) })
	tb.Cleanup(func() {
		closeBoth(farTenant, farClient)
		closeBoth(nearTenant, nearClient)
		copying.Wait()
	})
	return farTenant, farClient
}
