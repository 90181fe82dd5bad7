package relay

import (
	"bufio"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/coder/websocket"

	"porthole/ssh/wire"
)

// upgradeRequest is a good one; edit spoils it.
func upgradeRequest(tb testing.TB, edit func(*http.Request)) *http.Request {
	tb.Helper()
	req := httptest.NewRequestWithContext(tb.Context(), http.MethodGet, "http://porthole.test/x", nil)
	req.Header = http.Header{
		"Connection": {"keep-alive, Upgrade"}, "Upgrade": {"websocket"},
		"Sec-Websocket-Version": {"13"}, "Sec-Websocket-Key": {"dGhlIHNhbXBsZSBub25jZQ=="},
	}
	if edit != nil {
		edit(req)
	}
	return req
}

// hijackable is a ResponseWriter that notes whether it was written to.
type hijackable struct {
	*httptest.ResponseRecorder
	err error
}

func (h hijackable) Hijack() (net.Conn, *bufio.ReadWriter, error) { return nil, nil, h.err }

func TestABadUpgradeIsRefusedBeforeTheTenantIsAsked(t *testing.T) {
	for name, c := range map[string]struct {
		edit   func(*http.Request)
		status int
		code   wire.ErrorCode
	}{
		"plain GET":         {func(q *http.Request) { q.Header.Del("Upgrade") }, 426, wire.CodeInvalid},
		"no Connection":     {func(q *http.Request) { q.Header.Del("Connection") }, 426, wire.CodeInvalid},
		"POST":              {func(q *http.Request) { q.Method = http.MethodPost }, 405, wire.CodeInvalid},
		"HTTP/1.0":          {func(q *http.Request) { q.ProtoMinor = 0 }, 426, wire.CodeInvalid},
		"HTTP/2":            {func(q *http.Request) { q.ProtoMajor, q.ProtoMinor = 2, 0 }, 426, wire.CodeInvalid},
		"old version":       {func(q *http.Request) { q.Header.Set("Sec-Websocket-Version", "8") }, 426, wire.CodeInvalid},
		"no key":            {func(q *http.Request) { q.Header.Del("Sec-Websocket-Key") }, 400, wire.CodeInvalid},
		"two keys":          {func(q *http.Request) { q.Header.Add("Sec-Websocket-Key", "x") }, 400, wire.CodeInvalid},
		"short key":         {func(q *http.Request) { q.Header.Set("Sec-Websocket-Key", "c2hvcnQ=") }, 400, wire.CodeInvalid},
		"foreign origin":    {func(q *http.Request) { q.Header.Set("Origin", "https://evil.test") }, 403, wire.CodeForeignOrigin},
		"forward's origin":  {func(q *http.Request) { q.Header.Set("Origin", "http://x.fwd.porthole.test") }, 403, wire.CodeForeignOrigin},
		"sandboxed origin":  {func(q *http.Request) { q.Header.Set("Origin", "null") }, 403, wire.CodeForeignOrigin},
		"two origins":       {func(q *http.Request) { q.Header["Origin"] = []string{"http://porthole.test", "http://evil.test"} }, 403, wire.CodeForeignOrigin},
		"unreadable origin": {func(q *http.Request) { q.Header.Set("Origin", "http://[") }, 403, wire.CodeForeignOrigin},
		"our name as user":  {func(q *http.Request) { q.Header.Set("Origin", "http://porthole.test@evil.test") }, 403, wire.CodeForeignOrigin},
		"our name with another port": {
			func(q *http.Request) { q.Header.Set("Origin", "http://porthole.test:81") }, 403, wire.CodeForeignOrigin,
		},
	} {
		w := hijackable{ResponseRecorder: httptest.NewRecorder()}
		r := New(Config{})
		f := r.Serve(w, upgradeRequest(t, c.edit), Connection{Principal: "t1/alice"})
		if f == nil || f.Status != c.status || f.Error != c.code || f.Cause == nil || f.Message == "" {
			t.Errorf("%s: refused with %+v, want %d %s", name, f, c.status, c.code)
		}
		if w.Body.Len() != 0 || len(w.Header()) != 0 {
			t.Errorf("%s: something was written: %v %q", name, w.Header(), w.Body)
		}
	}
}

func TestOriginsThatMayConnect(t *testing.T) {
	for _, origin := range []string{"", "http://porthole.test", "https://PORTHOLE.test", "https://public.test:8443"} {
		req := upgradeRequest(t, func(q *http.Request) {
			if origin != "" {
				q.Header.Set("Origin", origin)
			}
		})
		if f := checkUpgrade(hijackable{}, req, []string{"public.test:8443"}); f != nil {
			t.Errorf("origin %q is refused: %v", origin, f.Cause)
		}
	}
}

func TestAServerThatCannotHandTheConnectionOverIsRefused(t *testing.T) {
	w := httptest.NewRecorder()
	f := New(Config{}).Serve(w, upgradeRequest(t, nil), Connection{Principal: "t1/alice"})
	if f == nil || f.Status != http.StatusNotImplemented {
		t.Errorf("refused with %+v", f)
	}
}

func TestAFailedTakeOverClosesTheTenantAgain(t *testing.T) {
	r := newRig(t, Config{})
	w := hijackable{ResponseRecorder: httptest.NewRecorder(), err: errors.New("taken over already")}
	done := make(chan *Refused, 1)
	go func() { done <- r.relay.Serve(w, upgradeRequest(t, nil), r.connection()) }()
	if code, _ := closeOf(t, r.tenantConn()); code != websocket.StatusNormalClosure {
		t.Errorf("the tenant got %d, want 1000", code)
	}
	f := <-done
	if f == nil || f.Error != wire.CodeInternal || !strings.Contains(f.Cause.Error(), "taken over already") {
		t.Errorf("refused with %+v", f)
	}
	if got := r.relay.Open(); got != 0 {
		t.Errorf("Open is %d", got)
	}
}

func TestTheResponseWriterMayBeWrapped(t *testing.T) {
	r := newRig(t, Config{})
	gateway := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		r.refused <- r.relay.Serve(wrapped{w}, req, r.connection())
	}))
	defer gateway.Close()
	client, _, err := websocket.Dial(t.Context(), gateway.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	tenant := r.tenantConn()
	write(t, client, websocket.MessageBinary, []byte("x"))
	readN(t, tenant, 1)
	_ = client.CloseNow()
	go drain(tenant)
	r.served()
}

// wrapped hides all but Unwrap of a ResponseWriter, as middleware does.
type wrapped struct{ w http.ResponseWriter }

func (w wrapped) Header() http.Header         { return w.w.Header() }
func (w wrapped) Write(b []byte) (int, error) { return w.w.Write(b) }
func (w wrapped) WriteHeader(status int)      { w.w.WriteHeader(status) }
func (w wrapped) Unwrap() http.ResponseWriter { return w.w }
