package standin_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"porthole/server/standin"

	"github.com/coder/websocket"
)

// replay sends raw bytes and reads the answer's head; what follows is left in the reader.
func (w *world) replay(request string) (*http.Response, net.Conn, *bufio.Reader) {
	w.t.Helper()
	conn, br := w.sendRaw(request)
	res, err := http.ReadResponse(br, nil)
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { _ = res.Body.Close() })
	return res, conn, br
}

// sendRaw sends raw bytes on a connection of their own.
func (w *world) sendRaw(request string) (net.Conn, *bufio.Reader) {
	w.t.Helper()
	var d net.Dialer
	conn, err := d.DialContext(w.t.Context(), "tcp", w.srv.Listener.Addr().String())
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { _ = conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		w.t.Fatal(err)
	}
	if _, err := io.WriteString(conn, strings.ReplaceAll(request, "\n", "\r\n")); err != nil {
		w.t.Fatal(err)
	}
	return conn, bufio.NewReader(conn)
}

// want101 checks every field of the answer to an upgrade whose key is the RFC's sample.
func want101(t *testing.T, res *http.Response) {
	t.Helper()
	if res.StatusCode != 101 {
		t.Fatalf("got %s", res.Status)
	}
	for name, want := range map[string]string{
		"Sec-Websocket-Accept": "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", "Sec-Websocket-Protocol": "binary",
		"Upgrade": "websocket", "Connection": "Upgrade", "Sec-Websocket-Extensions": "",
		"X-Content-Type-Options": "nosniff", "X-Xss-Protection": "1; mode=block",
		"Cache-Control": "no-cache, no-store, max-age=0, must-revalidate", "Pragma": "no-cache", "Expires": "0",
	} {
		if got := res.Header.Get(name); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
}

const sampleKey = "Sec-Websocket-Key: dGhlIHNhbXBsZSBub25jZQ==\nSec-Websocket-Version: 13\n"

// The captured upgrades of four clients, byte for byte.
func TestCapturedClientUpgrades(t *testing.T) {
	w := newWorld(t, nil)
	jwt, xsrf := w.token("admin", "pw")
	start := "GET /service/remoteaccess/client/1234/configurations/1"
	for name, request := range map[string]string{
		"go-c8y": start + " HTTP/1.1\nHost: localhost:8111\nUser-Agent: Go-http-client/1.1\nAuthorization: Basic dDEyMzQ1L2FkbWluOnB3\n" +
			"Connection: Upgrade\nContent-Type: application/json\n" + sampleKey + "Upgrade: websocket\n\n",
		"c8ylp": start + " HTTP/1.1\nUpgrade: websocket\nHost: localhost:8111\nOrigin: http://localhost:8111\n" + sampleKey +
			"Connection: Upgrade\nContent-Type: application/json\nX-Xsrf-Token: " + xsrf + "\nCookie: authorization=" + jwt + "; XSRF-TOKEN=" + xsrf + "\n\n",
		"c8ylp --token": start + " HTTP/1.1\nUpgrade: websocket\nHost: localhost\nOrigin: http://localhost\n" + sampleKey +
			"Connection: Upgrade\nContent-Type: application/json\nAuthorization: Bearer " + jwt + "\n\n",
		"Node ws": start + "?token=dDEyMzQ1L2FkbWluOnB3&XSRF-TOKEN=" + xsrf + " HTTP/1.1\nSec-WebSocket-Version: 13\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\n" +
			"Connection: Upgrade\nUpgrade: websocket\ncookie: authorization=" + jwt + "; XSRF-TOKEN=" + xsrf +
			"\nSec-WebSocket-Protocol: binary\nSec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\nHost: localhost:8111\n\n",
		"web UI": start + "?XSRF-TOKEN=" + xsrf + "&token=dDEyMzQ1L2FkbWluOnB3 HTTP/1.1\nHost: tenant.example.com\nConnection: keep-alive, Upgrade\nUpgrade: websocket\n" +
			"Origin: https://tenant.example.com\n" + sampleKey + "Cookie: authorization=" + jwt + "\nSec-WebSocket-Protocol: binary\nSec-WebSocket-Extensions: permessage-deflate\n\n",
		"asks for another subprotocol": start + " HTTP/1.1\nHost: h\nAuthorization: Basic dDEyMzQ1L2FkbWluOnB3\nConnection: Upgrade\nUpgrade: websocket\n" + sampleKey + "Sec-WebSocket-Protocol: chat\n\n",
	} {
		t.Run(name, func(t *testing.T) {
			res, conn, _ := w.replay(request)
			want101(t, res)
			op := w.pending("1234")
			_ = conn.Close() // without a close frame, as go-c8y ends
			w.eventually("the operation fails when its client has gone", func() bool {
				return w.operation(op.ID).Status == "FAILED"
			})
		})
	}
}

func TestClientUpgradeIsRefused(t *testing.T) {
	w := newWorld(t, nil)
	for name, tc := range map[string]struct {
		path, auth string
		status     int
		code       string
	}{
		"no login":              {clientPath, "", 401, "security/Unauthorized"},
		"role missing":          {clientPath, asReader, 403, "security/Forbidden"},
		"device unknown":        {"/service/remoteaccess/client/99/configurations/1", asAdmin, 404, "inventory/Not Found"},
		"configuration unknown": {"/service/remoteaccess/client/1234/configurations/99", asAdmin, 404, "remoteaccess/Not Found"},
		"SSH ended by platform": {"/service/remoteaccess/client/1234/configurations/2", asAdmin, 422, "remoteaccess/Unprocessable Entity"},
	} {
		t.Run(name, func(t *testing.T) {
			_, res, err := w.tryDial(tc.path, tc.auth)
			if err == nil || res == nil || res.StatusCode != tc.status {
				t.Fatalf("got %v, %v, want %d", res, err, tc.status)
			}
			w.wantError(w.do("GET", tc.path, tc.auth, ""), tc.status, tc.code)
		})
	}
	w.wantError(w.do("GET", clientPath, asAdmin, ""), 426, "general/Upgrade Required")
	if ops := w.operations(asAdmin, ""); len(ops) != 0 {
		t.Errorf("refused upgrades made operations: %+v", ops)
	}
}

func TestDeviceThatNeverComes(t *testing.T) {
	w := newWorld(t, func(o *standin.Options) { o.DeviceWait = 50 * time.Millisecond })
	client := w.dial(clientPath, asAdmin)
	send(t, client, websocket.MessageBinary, []byte("anybody there?"))
	e := closed(t, client)
	if e.Code != websocket.StatusInternalError || !strings.Contains(e.Reason, "did not connect") {
		t.Errorf("closed with %+v", e)
	}
	ops := w.operations(asAdmin, "deviceId=1234")
	if len(ops) != 1 || ops[0].Status != "FAILED" || !strings.Contains(ops[0].FailureReason, "did not connect") {
		t.Fatalf("operation %+v", ops)
	}
	// The key is worth nothing any more.
	w.wantError(w.do("GET", "/service/remoteaccess/device/"+ops[0].Connect.ConnectionKey, asDev1, "", upgradeHeaders...), 404, "remoteaccess/Not Found")
}

// The platform does not watch its own operation: the refused client waits on.
func TestRefusingDeviceDoesNotEndItsClient(t *testing.T) {
	w := newWorld(t, func(o *standin.Options) { o.DeviceWait = 300 * time.Millisecond })
	client := w.dial(clientPath, asAdmin)
	op := w.pending("1234")
	w.want(200, "PUT", "/devicecontrol/operations/"+op.ID, asDev1, `{"status":"FAILED","failureReason":"refused by policy"}`)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	pong := make(chan error, 1)
	go func() { pong <- client.Ping(ctx) }()
	e := closed(t, client) // reads, so that the pong arrives
	if err := <-pong; err != nil {
		t.Errorf("the client was closed before its wait was over: %v", err)
	}
	if e.Code != websocket.StatusInternalError {
		t.Errorf("closed with %+v", e)
	}
	if ops := w.operations(asAdmin, "deviceId=1234"); ops[0].FailureReason != "refused by policy" {
		t.Errorf("the agent's reason became %q", ops[0].FailureReason)
	}
}

func TestDeletingAConfigurationDoesNotEndItsConnection(t *testing.T) {
	w := newWorld(t, nil)
	client, device, _ := w.joined()
	w.want(204, "DELETE", configurationsPath+"/1", asAdmin, "")
	send(t, client, websocket.MessageBinary, []byte("still"))
	receive(t, device, []byte("still"))
	send(t, device, websocket.MessageBinary, []byte("here"))
	receive(t, client, []byte("here"))
}

// A full buffer stops the client and drops nothing.
func TestBytesThatWaitForTheDeviceAreBoundedAndKept(t *testing.T) {
	w := newWorld(t, func(o *standin.Options) { o.BufferLimit = 64 << 10 })
	client := w.dial(clientPath, asAdmin)
	data := make([]byte, 16<<20) // more than the sockets on the way hold
	_, _ = rand.Read(data)
	var written atomic.Int64
	done := make(chan error, 1)
	go func() {
		for rest := data; len(rest) > 0; {
			n := min(len(rest), 60_000)
			if err := client.Write(context.Background(), websocket.MessageBinary, rest[:n]); err != nil {
				done <- err
				return
			}
			written.Add(int64(n))
			rest = rest[n:]
		}
		done <- nil
	}()
	op := w.pending("1234")
	before, still := int64(-1), 0
	w.eventually("the client is stopped", func() bool {
		if now := written.Load(); now == before {
			still++
		} else {
			before, still = now, 0
		}
		return still > 20
	})
	if n := written.Load(); n == int64(len(data)) {
		t.Fatalf("all %d bytes were taken before the device came", n)
	}
	device := w.dial("/service/remoteaccess/device/"+op.Connect.ConnectionKey, asDev1)
	receive(t, device, data)
	if err := <-done; err != nil {
		t.Errorf("write: %v", err)
	}
}

func TestMessagesOfAnyKindAndSize(t *testing.T) {
	w := newWorld(t, nil)
	client, device, _ := w.joined()
	big := make([]byte, 4<<20)
	_, _ = rand.Read(big)
	send(t, device, websocket.MessageText, []byte("text "))
	send(t, device, websocket.MessageBinary, nil)
	send(t, device, websocket.MessageText, nil)
	send(t, device, websocket.MessageBinary, []byte("after empty "))
	go func() { _ = device.Write(context.Background(), websocket.MessageBinary, big) }()
	receive(t, client, append([]byte("text after empty "), big...)) // as binary messages
	send(t, client, websocket.MessageText, []byte("from the client"))
	receive(t, device, []byte("from the client"))
	go func() { _ = client.Write(context.Background(), websocket.MessageBinary, big) }()
	receive(t, device, big)
}

// A big message is handed on while it still comes in.
func TestBigMessagesAreStreamed(t *testing.T) {
	w := newWorld(t, nil)
	client, device, _ := w.joined()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	m, err := device.Writer(ctx, websocket.MessageBinary)
	if err != nil {
		t.Fatal(err)
	}
	part := bytes.Repeat([]byte("x"), 200_000)
	if _, err := m.Write(part); err != nil {
		t.Fatal(err)
	}
	receive(t, client, part[:2*(64<<10)]) // both ends hold the last part back
	if err := m.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestPingsAreAnswered(t *testing.T) {
	w := newWorld(t, nil)
	client := w.dial(clientPath, asAdmin)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	ping := func(c *websocket.Conn) {
		t.Helper()
		c.CloseRead(ctx)
		if err := c.Ping(ctx); err != nil {
			t.Errorf("ping: %v", err)
		}
	}
	ping(client) // while it waits
	device := w.dial("/service/remoteaccess/device/"+w.pending("1234").Connect.ConnectionKey, asDev1)
	ping(client)
	ping(device)
}

func TestEitherEndClosesBoth(t *testing.T) {
	for name, end := range map[string]func(*websocket.Conn) error{
		"close frame":         func(c *websocket.Conn) error { return c.Close(websocket.StatusNormalClosure, "") },
		"close frame no code": func(c *websocket.Conn) error { return c.Close(websocket.StatusNoStatusRcvd, "") },
		"cut (1006)":          func(c *websocket.Conn) error { return c.CloseNow() },
	} {
		for _, side := range []string{"client", "device"} {
			t.Run(fmt.Sprint(side, " ", name), func(t *testing.T) {
				w := newWorld(t, nil)
				client, device, _ := w.joined()
				ender, other := client, device
				if side == "device" {
					ender, other = device, client
				}
				// The last bytes arrive before the end.
				last := bytes.Repeat([]byte("last words "), 1000)
				send(t, ender, websocket.MessageBinary, last)
				receive(t, other, last)
				_ = end(ender)
				if e := closed(t, other); e.Code != websocket.StatusNormalClosure || e.Reason != "" {
					t.Errorf("the other side got %+v, want 1000", e)
				}
			})
		}
	}
}

// What a side sent just before it closed still arrives.
func TestLastBytesArriveBeforeTheEnd(t *testing.T) {
	for _, side := range []string{"client", "device"} {
		t.Run(side, func(t *testing.T) {
			w := newWorld(t, nil)
			client, device, _ := w.joined()
			ender, other := client, device
			if side == "device" {
				ender, other = device, client
			}
			data := make([]byte, 2<<20)
			_, _ = rand.Read(data)
			go func() {
				_ = ender.Write(context.Background(), websocket.MessageBinary, data)
				_ = ender.Close(websocket.StatusNormalClosure, "")
			}()
			receive(t, other, data)
			if e := closed(t, other); e.Code != websocket.StatusNormalClosure {
				t.Errorf("closed with %+v", e)
			}
		})
	}
}

func TestCloseEndsWaitingAndJoinedConnections(t *testing.T) {
	w := newWorld(t, nil)
	client, device, _ := w.joined()
	waiting := w.dial(clientPath, asAdmin)
	start := time.Now()
	ended := make(chan error, 1)
	go func() { ended <- w.p.Close() }()
	for _, c := range []*websocket.Conn{client, device, waiting} {
		if e := closed(t, c); e.Code != websocket.StatusGoingAway {
			t.Errorf("closed with %+v, want 1001", e)
		}
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if d := time.Since(start); d > 5*time.Second {
		t.Errorf("Close took %v", d)
	}
}

// A device that neither reads nor answers cannot hold a connection for ever.
func TestDeadPeersDoNotHoldClose(t *testing.T) {
	w := newWorld(t, nil)
	client := w.dial(clientPath, asAdmin)
	op := w.pending("1234")
	w.replay("GET /service/remoteaccess/device/" + op.Connect.ConnectionKey + " HTTP/1.1\nHost: h\nAuthorization: " + asDev1 +
		"\nConnection: Upgrade\nUpgrade: websocket\n" + sampleKey + "\n")
	go func() {
		for client.Write(context.Background(), websocket.MessageBinary, make([]byte, 60_000)) == nil {
		}
	}()
	start := time.Now()
	if err := w.p.Close(); err != nil {
		t.Error(err)
	}
	if d := time.Since(start); d > 4*time.Second {
		t.Errorf("Close took %v", d)
	}
}

func TestManyConnectionsAtOnce(t *testing.T) {
	w := newWorld(t, nil)
	const n = 20
	clients := make(map[string]*websocket.Conn)
	seen := make(map[string]bool)
	for i := range n {
		c := w.dial(clientPath, asAdmin)
		w.eventually("one more operation", func() bool { return len(w.operations(asAdmin, "pageSize=100&deviceId=1234")) == i+1 })
		for _, op := range w.operations(asAdmin, "pageSize=100&deviceId=1234") {
			if key := op.Connect.ConnectionKey; !seen[key] {
				seen[key] = true
				clients[key] = c
			}
		}
	}
	if len(clients) != n {
		t.Fatalf("%d keys for %d connections", len(clients), n)
	}
	for key, c := range clients {
		device := w.dial("/service/remoteaccess/device/"+key, asDev1)
		send(t, c, websocket.MessageBinary, []byte(key))
		receive(t, device, []byte(key)) // and no other's
	}
}
