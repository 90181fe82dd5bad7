package standin_test

import (
	"bytes"
	"encoding/binary"
	"io"
	"net"
	"net/http"
	"testing"

	"porthole/server/platform"

	"github.com/coder/websocket"
)

var upgradeHeaders = []string{
	"Connection", "Upgrade", "Upgrade", "websocket", "Sec-WebSocket-Version", "13", "Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==",
}

// Thin-edge names the host without its port; the Linux agent sends one constant
// key that is not base64 of 16 bytes.
func TestCapturedDeviceUpgrades(t *testing.T) {
	for name, tc := range map[string]struct{ headers, accept string }{
		"thin-edge": {
			"Host: tenant.example.com\nsec-websocket-protocol: binary\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\n",
			"s3pPLMBiTxaQ9kYGzzhZRbK+xOo=",
		},
		"Linux agent": {
			"Host: x\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jazz==\n",
			"iuKWWzlZsqQcK3Z4JgWYokw2MKE=",
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, nil)
			client := w.dial(clientPath, asAdmin)
			op := w.pending("1234")
			res, conn, br := w.replay("GET /service/remoteaccess/device/" + op.Connect.ConnectionKey + " HTTP/1.1\nAuthorization: " + asDev1 +
				"\nConnection: Upgrade\nUpgrade: websocket\nSec-WebSocket-Version: 13\n" + tc.headers + "\n")
			if res.StatusCode != 101 || res.Header.Get("Sec-WebSocket-Accept") != tc.accept || res.Header.Get("Sec-WebSocket-Protocol") != "binary" {
				t.Fatalf("got %s %v, want accept %s", res.Status, res.Header, tc.accept)
			}
			writeFrame(t, conn, 2, []byte("SSH-2.0-agent")) // mask key 0, as the Linux agent does
			receive(t, client, []byte("SSH-2.0-agent"))
			send(t, client, websocket.MessageBinary, []byte("back"))
			head := make([]byte, 6)
			if _, err := io.ReadFull(br, head); err != nil || !bytes.Equal(head, []byte("\x82\x04back")) {
				t.Errorf("got %q, %v", head, err)
			}
		})
	}
}

// writeFrame writes one masked frame with the mask key 0 (RFC 6455 §5.2).
func writeFrame(tb testing.TB, conn net.Conn, opcode byte, payload []byte) {
	tb.Helper()
	frame := []byte{0x80 | opcode, 0x80 | 126}
	frame = binary.BigEndian.AppendUint16(frame, uint16(len(payload)))
	frame = append(frame, 0, 0, 0, 0)
	if _, err := conn.Write(append(frame, payload...)); err != nil {
		tb.Fatal(err)
	}
}

func TestClientsKeyMustBeValid(t *testing.T) {
	w := newWorld(t, nil)
	res, _, _ := w.replay("GET " + clientPath + " HTTP/1.1\nHost: x\nAuthorization: " + asAdmin +
		"\nConnection: Upgrade\nUpgrade: websocket\nSec-WebSocket-Version: 13\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jazz==\n\n")
	if res.StatusCode != http.StatusBadRequest {
		t.Errorf("got %s", res.Status)
	}
}

func TestConnectionKeyServesOnce(t *testing.T) {
	w := newWorld(t, nil)
	client, device, op := w.joined()
	path := "/service/remoteaccess/device/" + op.Connect.ConnectionKey
	if _, res, err := w.tryDial(path, asDev1); err == nil || res.StatusCode != 404 {
		t.Fatalf("second use: %v, %v", res, err)
	}
	send(t, client, websocket.MessageBinary, []byte("undisturbed"))
	receive(t, device, []byte("undisturbed"))
	_ = client.Close(websocket.StatusNormalClosure, "")
	w.wantError(w.do("GET", path, asDev1, "", upgradeHeaders...), 404, "remoteaccess/Not Found")
}

// Two devices race with one key: one wins.
func TestConnectionKeyServesOnceInARace(t *testing.T) {
	w := newWorld(t, nil)
	client := w.dial(clientPath, asAdmin)
	path := "/service/remoteaccess/device/" + w.pending("1234").Connect.ConnectionKey
	const n = 8
	won := make(chan *websocket.Conn, n)
	for range n {
		go func() {
			c, _, err := w.tryDial(path, asDev1)
			if err != nil {
				c = nil
			}
			won <- c
		}()
	}
	var winners []*websocket.Conn
	for range n {
		if c := <-won; c != nil {
			winners = append(winners, c)
		}
	}
	if len(winners) != 1 {
		t.Fatalf("%d websockets for one key", len(winners))
	}
	send(t, client, websocket.MessageBinary, []byte("hello"))
	receive(t, winners[0], []byte("hello"))
}

// Attack: somebody who learned the key, but is not the device.
func TestOthersCannotUseAConnectionKey(t *testing.T) {
	w := newWorld(t, nil)
	client := w.dial(clientPath, asAdmin)
	path := "/service/remoteaccess/device/" + w.pending("1234").Connect.ConnectionKey
	for name, tc := range map[string]struct {
		auth   string
		status int
		code   string
	}{
		"nobody":         {"", 401, "security/Unauthorized"},
		"wrong password": {basic("device_dev01", "x"), 401, "security/Unauthorized"},
		"another device": {asDev2, 403, "security/Forbidden"},
		"a person":       {asAdmin, 403, "security/Forbidden"},
	} {
		a := w.do("GET", path, tc.auth, "", upgradeHeaders...)
		w.wantError(a, tc.status, tc.code)
		if got := a.Header.Get("WWW-Authenticate"); (got == `Basic realm="Cumulocity"`) != (tc.status == 401) {
			t.Errorf("%s: WWW-Authenticate %q", name, got)
		}
	}
	// A broken handshake of the right device does not spend the key either.
	w.want(426, "GET", path, asDev1, "")
	w.want(400, "GET", path, asDev1, "", "Connection", "Upgrade", "Upgrade", "websocket", "Sec-WebSocket-Version", "8", "Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==")
	device := w.dial(path, asDev1)
	send(t, client, websocket.MessageBinary, []byte("mine"))
	receive(t, device, []byte("mine"))
}

func TestUnknownConnectionKey(t *testing.T) {
	w := newWorld(t, nil)
	for _, key := range []string{"eb5e9d13-1caa-486b-bdda-130ca0d87df8", "x", "%2e%2e", "a%2Fb"} {
		w.wantError(w.do("GET", "/service/remoteaccess/device/"+key, asDev1, "", upgradeHeaders...), 404, "remoteaccess/Not Found")
	}
}

// One agent says by a text that it has no connection to its target.
func TestShutdownTextInPlaceOfDataIsAnEnd(t *testing.T) {
	w := newWorld(t, nil)
	client, device, _ := w.joined()
	send(t, device, websocket.MessageText, []byte("## Shutdown ##"))
	if e := closed(t, client); e.Code != websocket.StatusNormalClosure {
		t.Errorf("client closed with %+v", e)
	}
	if e := closed(t, device); e.Code != websocket.StatusNormalClosure {
		t.Errorf("device closed with %+v", e)
	}
}

func TestShutdownTextAmongDataIsData(t *testing.T) {
	for name, first := range map[string]struct {
		kind websocket.MessageType
		text string
	}{
		"after data":     {websocket.MessageBinary, "x"},
		"as binary":      {websocket.MessageBinary, "## Shutdown ##"},
		"longer text":    {websocket.MessageText, "## Shutdown ## and more than that"},
		"shorter text":   {websocket.MessageText, "## Shut"},
		"empty text":     {websocket.MessageText, ""},
		"15 bytes":       {websocket.MessageText, "## Shutdown ##!"},
		"SSH as text":    {websocket.MessageText, "SSH-2.0-dropbear\r\n"},
		"empty, then it": {websocket.MessageBinary, ""},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, nil)
			client, device, _ := w.joined()
			send(t, device, first.kind, []byte(first.text))
			send(t, device, websocket.MessageText, []byte("## Shutdown ##"))
			receive(t, client, []byte(first.text+"## Shutdown ##"))
		})
	}
}

func TestDeviceWebsocketCountsAsContact(t *testing.T) {
	w := newWorld(t, nil)
	_, device, _ := w.joined()
	state := func() string {
		var mo platform.ManagedObject
		w.want(200, "GET", "/inventory/managedObjects/1234", asAdmin, "").json(t, &mo)
		return mo.Connection.Status
	}
	w.eventually("connected", func() bool { return state() == "CONNECTED" })
	_ = device.CloseNow()
	w.eventually("disconnected", func() bool { return state() == "DISCONNECTED" })
}
