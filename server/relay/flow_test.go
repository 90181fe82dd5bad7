package relay

import (
	"bytes"
	"context"
	"crypto/rand"
	"net/http"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coder/websocket"

	"porthole/ssh/wire/wsframe"
)

// directions yields each direction of a pair.
func directions(client, tenant *websocket.Conn) map[string][2]*websocket.Conn {
	return map[string][2]*websocket.Conn{"to client": {tenant, client}, "to tenant": {client, tenant}}
}

func TestASlowReaderStopsTheSenderAndLosesNothing(t *testing.T) {
	for _, name := range []string{"to client", "to tenant"} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newPipeRig(t, Config{})
				client, tenant := r.pair()
				from, to := directions(client, tenant)[name][0], directions(client, tenant)[name][1]
				data := make([]byte, 8<<20)
				_, _ = rand.Read(data)
				const piece = 8 << 10
				var sent atomic.Int64
				go func() {
					for b := data; len(b) > 0; b = b[piece:] {
						if err := from.Write(context.Background(), websocket.MessageBinary, b[:piece]); err != nil {
							t.Errorf("write: %v", err)
							return
						}
						sent.Add(piece)
					}
				}()
				time.Sleep(time.Hour) // of the bubble: until everybody waits
				// The pipes hold nothing, so what was sent is what the relay holds: at most
				// one buffer and the library's own 4 KiB.
				if got := sent.Load(); got > DefaultClientMessage+piece {
					t.Errorf("the relay took %d bytes from a sender whose receiver reads nothing", got)
				}
				if got := readN(t, to, len(data)); !bytes.Equal(got, data) {
					t.Error("bytes differ after the wait")
				}
			})
		})
	}
}

func TestAnIdleConnectionHoldsNoBuffer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newPipeRig(t, Config{})
		client, tenant := r.pair()
		for range 3 {
			data := make([]byte, 300<<10)
			go func() { _ = tenant.Write(context.Background(), websocket.MessageBinary, data) }()
			readN(t, client, len(data))
			go func() { _ = client.Write(context.Background(), websocket.MessageBinary, data) }()
			readN(t, tenant, len(data))
			synctest.Wait()
			if down, up := r.relay.toClient.lent.Load(), r.relay.toTenant.lent.Load(); down != 0 || up != 0 {
				t.Fatalf("idle, but %d and %d buffers are lent", down, up)
			}
		}
	})
}

func TestBuffersComeBackAfterEveryEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newPipeRig(t, Config{MaxDuration: 3 * time.Second})
		client, tenant := r.pair()
		go func() { _ = tenant.Write(context.Background(), websocket.MessageBinary, make([]byte, 1<<20)) }()
		r.served() // nobody read: the relay sat in a write until the end
		_ = client.CloseNow()
		if got := r.relay.toClient.lent.Load(); got != 0 {
			t.Errorf("%d buffers are still lent", got)
		}
	})
}

func TestPiecesThatArriveTogetherLeaveTogether(t *testing.T) {
	var fragments, messages []byte
	for i, piece := range []string{"one ", "two ", "", "three ", "four"} {
		op := byte(opContinuation)
		if i == 0 {
			op = opText
		}
		fragments = append(fragments, frame(i == 4, op, []byte(piece), false)...)
		messages = append(messages, frame(true, opBinary, []byte(piece), false)...)
	}
	for name, raw := range map[string][]byte{"fragments of one message": fragments, "messages": messages} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newPipeRig(t, Config{})
				client, _ := r.pair()
				sendRaw(t, r.tenantNet.last(), raw)
				_, got, err := client.Read(t.Context())
				if err != nil || string(got) != "one two three four" {
					t.Errorf("the first message is %q (%v), want all pieces in one", got, err)
				}
			})
		})
	}
}

func TestAFragmentIsNotHeldBackForTheNext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newPipeRig(t, Config{})
		client, _ := r.pair()
		raw := r.tenantNet.last()
		for i, op := range []byte{opBinary, opContinuation, opContinuation} {
			sendRaw(t, raw, frame(false, op, []byte{'a' + byte(i)}, false))
			if got := readN(t, client, 1); got[0] != 'a'+byte(i) {
				t.Fatalf("got %q", got)
			}
		}
	})
}

func TestBytesBeforeACloseStillArrive(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newPipeRig(t, Config{})
		client, _ := r.pair()
		last := frame(true, opBinary, []byte("last words"), false)
		closing := frame(true, opClose, closeFrame(1000, ""), false)
		sendRaw(t, r.tenantNet.last(), append(last, closing...))
		readN(t, client, len("last words"))
		if code, _ := closeOf(t, client); code != websocket.StatusNormalClosure {
			t.Errorf("close code is %d, want 1000", code)
		}
	})
}

func TestAPingIsAnsweredByTheRelay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newPipeRig(t, Config{})
		client, tenant := r.pair()
		for _, ws := range []*websocket.Conn{client, tenant} {
			go func() { _, _, _ = ws.Read(context.Background()) }()
			if err := ws.Ping(t.Context()); err != nil {
				t.Errorf("ping: %v", err)
			}
		}
		if got := r.metrics.toClient + r.metrics.toTenant; got != 0 {
			t.Errorf("%d bytes were forwarded", got)
		}
	})
}

func TestAPingDuringABlockedWriteIsAnsweredAfterIt(t *testing.T) {
	for _, side := range []string{"client", "tenant"} {
		t.Run(side, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newPipeRig(t, Config{})
				pongs := make(chan string, 8)
				onPong := func(_ context.Context, payload []byte) { pongs <- string(payload) }
				r.answerWith(func(w http.ResponseWriter, req *http.Request) {
					if ws, err := websocket.Accept(w, req, &websocket.AcceptOptions{OnPongReceived: onPong}); err == nil {
						r.tenants <- ws
					}
				})
				client, _, err := r.dial(&websocket.DialOptions{OnPongReceived: onPong})
				if err != nil {
					t.Fatal(err)
				}
				stuck, sender, raw := client, r.tenantConn(), r.clientNet.last()
				if side == "tenant" {
					stuck, sender, raw = sender, stuck, r.tenantNet.last()
				}
				go func() { _ = sender.Write(context.Background(), websocket.MessageBinary, []byte("data")) }()
				synctest.Wait() // the relay is blocked: the other side does not read
				sendRaw(t, raw, frame(true, opPing, []byte("old"), side == "client"))
				synctest.Wait()
				sendRaw(t, raw, frame(true, opPing, []byte("new"), side == "client"))
				time.Sleep(time.Minute) // the library alone would give the connection up after five seconds
				readN(t, stuck, 4)
				go drain(stuck)
				if got := <-pongs; got != "new" {
					t.Errorf("pong is %q, want that of the newest ping", got)
				}
				if got := r.relay.Open(); got != 1 {
					t.Errorf("the connection ended:\n%s", r.log)
				}
			})
		})
	}
}

func TestForeignControlFramesDoNotDisturbTheBytes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newPipeRig(t, Config{})
		client, tenant := r.pair()
		go func() { _, _, _ = tenant.Read(context.Background()) }()
		var raw []byte
		raw = append(raw, frame(true, opPong, []byte("never asked for"), false)...)
		raw = append(raw, frame(false, opBinary, []byte("ab"), false)...)
		raw = append(raw, frame(true, opPing, make([]byte, 125), false)...)
		raw = append(raw, frame(true, opContinuation, []byte("cd"), false)...)
		sendRaw(t, r.tenantNet.last(), raw)
		if got := readN(t, client, 4); string(got) != "abcd" {
			t.Errorf("got %q", got)
		}
	})
}

// After the end the close handshake reads from the same socket on a goroutine of its
// own, while the pump may still sit in a write with bytes held back.
func TestTheCloseHandshakeTouchesNothingOfThePump(t *testing.T) {
	var ended atomic.Bool
	written := &countedWrites{}
	to := newPeer(false)
	to.Conn = written
	buf := newBuffer(64)
	p := &pump{to: to, buffers: newBuffers(64), stopped: &ended, moved: func(int) {}, buf: buf, start: wsframe.Room, end: 20}
	if !p.pending() {
		t.Fatal("nothing is held back before the end")
	}
	ended.Store(true)
	if p.pending() {
		t.Error("the handshake's read looks at what the pump holds back")
	}
	if err := p.beforeWait(); err != nil || written.writes != 0 || p.buf != buf || p.end != 20 {
		t.Errorf("the handshake's read sent or dropped what the pump holds back (%v, %d writes)", err, written.writes)
	}
}
