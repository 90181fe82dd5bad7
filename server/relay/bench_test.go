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
	"os"
	"runtime"
	"sync"
	"testing"
	"time"

	"porthole/ssh/wire"

	"github.com/coder/websocket"
)

// The relay next to its limits, in the same run: a plain TCP copy for throughput, and
// for idle memory a bare loop that joins two websockets of the same library with a
// pooled buffer. The far ends are the same for each pair.

// BenchmarkDown moves 32 KiB messages from the tenant to a client.
func BenchmarkDown(b *testing.B) {
	const piece = 32 << 10
	message := frame(true, opBinary, make([]byte, piece), false)
	b.Run("relay", func(b *testing.B) {
		farTenant, farClient := joined(b, relayHandler(b))
		stream(b, farTenant, farClient, message, piece)
	})
	b.Run("bare loop", func(b *testing.B) {
		farTenant, farClient := joined(b, bareHandler(b))
		stream(b, farTenant, farClient, message, piece)
	})
	b.Run("tcp copy", func(b *testing.B) {
		farTenant, farClient := tcpJoined(b)
		stream(b, farTenant, farClient, message, piece)
	})
}

// BenchmarkUp moves 32 KiB messages from a client to the tenant.
func BenchmarkUp(b *testing.B) {
	const piece = 32 << 10
	message := frame(true, opBinary, make([]byte, piece), true)
	b.Run("relay", func(b *testing.B) {
		farTenant, farClient := joined(b, relayHandler(b))
		stream(b, farClient, farTenant, message, piece)
	})
	b.Run("bare loop", func(b *testing.B) {
		farTenant, farClient := joined(b, bareHandler(b))
		stream(b, farClient, farTenant, message, piece)
	})
	b.Run("tcp copy", func(b *testing.B) {
		farTenant, farClient := tcpJoined(b)
		stream(b, farClient, farTenant, message, piece)
	})
}

// stream writes one message per round at one end and takes what comes out at the
// other, not looking into it: so the far ends cost the same for frames and for TCP.
func stream(b *testing.B, from, to net.Conn, message []byte, payload int) {
	b.Helper()
	b.SetBytes(int64(payload))
	var arrived sync.WaitGroup
	counting := make(chan int64, 1)
	arrived.Go(func() {
		buf := make([]byte, 256<<10)
		var total int64
		for want := int64(b.N) * int64(payload); total < want; {
			n, err := to.Read(buf)
			if err != nil {
				break
			}
			total += int64(n) // frame headers count as payload: below 0.1 %
		}
		counting <- total
	})
	b.ResetTimer()
	for range b.N {
		if _, err := from.Write(message); err != nil {
			b.Fatal(err)
		}
	}
	arrived.Wait()
	b.StopTimer()
	if got := <-counting; got < int64(b.N)*int64(payload) {
		b.Fatalf("%d bytes arrived of %d", got, b.N*payload)
	}
}

// joinFunc joins a client's request with the tenant at address, until either ends.
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

// bareHandler is the least that joins two websockets of the library.
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

// rawTenant accepts upgrades with as little as possible and hands out the sockets.
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

// acceptKey answers a websocket key (RFC 6455 §4.2.2).
func acceptKey(key string) string {
	sum := sha1.Sum([]byte(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))
	return base64.StdEncoding.EncodeToString(sum[:])
}

// rawClient upgrades over a socket of its own.
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

// gatewayFor serves join.
func gatewayFor(tb testing.TB, join joinFunc, tenant string) (address string) {
	tb.Helper()
	l := localListener(tb)
	s := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) { join(w, req, tenant) })}
	var serving sync.WaitGroup
	serving.Go(func() { _ = s.Serve(l) })
	tb.Cleanup(func() { _ = s.Close(); serving.Wait() })
	return l.Addr().String()
}

// joined is one connection through join, as its far ends' sockets.
func joined(tb testing.TB, join joinFunc) (farTenant, farClient net.Conn) {
	tb.Helper()
	tenant, conns := rawTenant(tb)
	farClient = rawClient(tb, gatewayFor(tb, join, tenant))
	farTenant = <-conns
	tb.Cleanup(func() { closeBoth(farTenant, farClient) })
	return farTenant, farClient
}

// tcpJoined is one connection through a TCP proxy that copies by hand: io.Copy between
// sockets would let the kernel splice, which nothing that frames can do.
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

// BenchmarkIdle reports the bytes that one idle connection costs the process, after
// some traffic in both directions. It counts heap and stacks, the far ends' sockets
// included (the same for both). PORTHOLE_IDLE sets the number of connections.
func BenchmarkIdle(b *testing.B) {
	connections := 2000
	if _, err := fmt.Sscan(os.Getenv("PORTHOLE_IDLE"), &connections); err != nil {
		connections = 2000
	}
	for _, c := range []struct {
		name string
		join func(testing.TB) joinFunc
	}{{"relay", relayHandler}, {"bare loop", bareHandler}} {
		b.Run(c.name, func(b *testing.B) {
			for range b.N {
				perConnection := idleBytes(b, c.join(b), connections)
				b.ReportMetric(perConnection, "B/connection")
				b.ReportMetric(0, "ns/op")
			}
		})
	}
}

// idleBytes opens n connections, sends a little through each, and measures.
func idleBytes(b *testing.B, join joinFunc, n int) float64 {
	b.Helper()
	tenant, conns := rawTenant(b)
	gateway := gatewayFor(b, join, tenant)
	before := inUse()
	far := make([]net.Conn, 0, 2*n)
	buf := make([]byte, 64)
	for range n {
		client := rawClient(b, gateway)
		upstream := <-conns
		far = append(far, client, upstream)
		for _, way := range []struct {
			from, to net.Conn
			masked   bool
			header   int
		}{{client, upstream, true, 6}, {upstream, client, false, 2}} {
			if _, err := way.from.Write(frame(true, opBinary, []byte("echo"), way.masked)); err != nil {
				b.Fatal(err)
			}
			// What comes out towards the tenant is masked again, towards the client not.
			if _, err := io.ReadFull(way.to, buf[:way.header+4]); err != nil {
				b.Fatal(err)
			}
		}
	}
	after := inUse()
	for i := 0; i < len(far); i += 2 {
		closeBoth(far[i], far[i+1])
	}
	return float64(after-before) / float64(n)
}

// inUse is the memory of heap and stacks after a collection.
func inUse() int64 {
	for range 3 { // pools are emptied by the second one
		runtime.GC()
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapInuse + m.StackInuse)
}
