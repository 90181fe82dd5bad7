package relay

import (
	"fmt"
	"io"
	"net"
	"os"
	"runtime"
	"sync"
	"testing"
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
