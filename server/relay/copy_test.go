package relay

import (
	"bytes"
	"context"
	"crypto/rand"
	"net/http"
	"strings"
	"testing"

	"github.com/coder/websocket"
)

func TestBytesPassBothWaysAndANormalCloseEndsBoth(t *testing.T) {
	r := newRig(t, Config{})
	client, tenant := r.pair()
	write(t, client, websocket.MessageBinary, []byte("to the device"))
	if got := readN(t, tenant, 13); string(got) != "to the device" {
		t.Errorf("tenant got %q", got)
	}
	write(t, tenant, websocket.MessageBinary, []byte("to the client"))
	if got := readN(t, client, 13); string(got) != "to the client" {
		t.Errorf("client got %q", got)
	}
	if got := r.relay.Open(); got != 1 {
		t.Errorf("Open is %d, want 1", got)
	}
	go func() { _ = client.Close(websocket.StatusNormalClosure, "") }()
	if code, _ := closeOf(t, tenant); code != websocket.StatusNormalClosure {
		t.Errorf("tenant got close code %d, want 1000", code)
	}
	if f := r.served(); f != nil {
		t.Errorf("Serve returned %+v, want nil", f)
	}
	if got := r.relay.Open(); got != 0 {
		t.Errorf("Open after the end is %d, want 0", got)
	}
}

func TestTextAndEmptyAndHugeMessagesOfADeviceArriveAsBinary(t *testing.T) {
	r := newRig(t, Config{})
	client, tenant := r.pair()
	huge := make([]byte, 4<<20)
	_, _ = rand.Read(huge)
	go func() {
		ctx := context.Background()
		_ = tenant.Write(ctx, websocket.MessageText, []byte("## Shutdown ##"))
		_ = tenant.Write(ctx, websocket.MessageBinary, nil)
		_ = tenant.Write(ctx, websocket.MessageText, nil)
		_ = tenant.Write(ctx, websocket.MessageBinary, huge)
	}()
	got := readN(t, client, 14+len(huge))
	if string(got[:14]) != "## Shutdown ##" || !bytes.Equal(got[14:], huge) {
		t.Error("bytes differ from what was sent")
	}
}

func TestOutgoingMessagesKeepTheirLimit(t *testing.T) {
	r := newRig(t, Config{ClientMessage: 100 << 10, TenantMessage: 20 << 10})
	client, tenant := r.pair()
	data := make([]byte, 4<<20)
	_, _ = rand.Read(data)
	for _, side := range []struct {
		name     string
		from, to *websocket.Conn
		limit    int
	}{{"client", tenant, client, 100 << 10}, {"tenant", client, tenant, 20 << 10}} {
		go func() { _ = side.from.Write(context.Background(), websocket.MessageBinary, data) }()
		var got []byte
		largest := 0
		for len(got) < len(data) {
			_, b, err := side.to.Read(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			largest = max(largest, len(b))
			got = append(got, b...)
		}
		if !bytes.Equal(got, data) {
			t.Errorf("%s: bytes differ", side.name)
		}
		if largest > side.limit {
			t.Errorf("%s: largest message has %d bytes, limit %d", side.name, largest, side.limit)
		}
		if largest < side.limit {
			t.Errorf("%s: largest message has %d bytes of %d: large input is not sent in full messages", side.name, largest, side.limit)
		}
	}
}

func TestTheSubprotocolIsTheClientsWish(t *testing.T) {
	for _, asked := range []string{"binary", ""} {
		r := newRig(t, Config{})
		opts := &websocket.DialOptions{}
		if asked != "" {
			opts.Subprotocols = []string{asked}
		}
		client, resp, err := r.dial(opts)
		if err != nil {
			t.Fatal(err)
		}
		if got := client.Subprotocol(); got != asked {
			t.Errorf("asked for %q, got %q", asked, got)
		}
		if got := resp.Header.Get("Sec-WebSocket-Extensions"); got != "" {
			t.Errorf("extensions %q were agreed to", got)
		}
		header := <-r.headers
		if got := header.Get("Sec-WebSocket-Protocol"); got != "binary" {
			t.Errorf("the tenant was asked for subprotocol %q, want binary", got)
		}
		if got := header.Get("Sec-WebSocket-Extensions"); got != "" {
			t.Errorf("the tenant was offered extensions %q", got)
		}
	}
}

func TestNoSecretIsLogged(t *testing.T) {
	r := newRig(t, Config{})
	client, tenant := r.pair()
	write(t, client, websocket.MessageBinary, []byte("abc"))
	readN(t, tenant, 3)
	write(t, tenant, websocket.MessageBinary, []byte("hello"))
	readN(t, client, 5)
	_ = client.Close(websocket.StatusNormalClosure, "")
	r.served()
	r.answerWith(func(w http.ResponseWriter, req *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusForbidden)
		_, _ = w.Write([]byte(`{"message":"` + req.Header.Get("Authorization") + ` may not, cookie cookie-secret"}`))
	})
	if _, _, err := r.dial(nil); err == nil {
		t.Fatal("the refused dial succeeded")
	}
	refused := r.served()
	for _, secret := range r.secrets() {
		if strings.Contains(r.log.String(), secret) {
			t.Errorf("the log holds %q:\n%s", secret, r.log)
		}
		if strings.Contains(refused.Message+refused.Cause.Error(), secret) {
			t.Errorf("the refusal holds %q: %+v", secret, refused)
		}
	}
	opened, closed := r.log.lines(t, "connection opened"), r.log.lines(t, "connection closed")
	if len(opened) != 1 || len(closed) != 1 {
		t.Fatalf("got %d lines at open and %d at close, want one each:\n%s", len(opened), len(closed), r.log)
	}
	for key, want := range map[string]any{
		"connection": "conn-1", "principal": "t1/alice", "device": "42", "configuration": "7", "address": "192.0.2.1",
		"bytes_to_client": 5.0, "bytes_to_tenant": 3.0, "reason": "client_closed", "close_code": 1000.0,
	} {
		if got := closed[0][key]; got != want {
			t.Errorf("close line: %s is %v, want %v", key, got, want)
		}
	}
	r.metrics.mu.Lock()
	defer r.metrics.mu.Unlock()
	if r.metrics.opened != 1 || len(r.metrics.closed) != 1 || r.metrics.toClient != 5 || r.metrics.toTenant != 3 {
		t.Errorf("metrics are %+v", r.metrics)
	}
}
