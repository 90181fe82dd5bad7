package relay

import (
	"crypto/tls"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coder/websocket"

	"porthole/ssh/wire"
)

// says answers with a status and a body.
func says(status int, contentType, body string, header ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", contentType)
		for i := 0; i+1 < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	}
}

// speaks answers with raw bytes and closes.
func speaks(raw string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		c, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			return
		}
		_, _ = c.Write([]byte(raw))
		_ = c.Close()
	}
}

func TestWhatTheTenantAnswersBecomesAnHTTPErrorWithAReason(t *testing.T) {
	const json = "application/json"
	for _, c := range []struct {
		name   string
		answer http.HandlerFunc
		status int
		code   wire.ErrorCode
		text   string // a part of the message
	}{
		{"401", says(401, json, `{"message":"Full authentication is required"}`), 401, wire.CodeNotSignedIn, "Full authentication is required"},
		{"403", says(403, json, `{"error":"security/Forbidden","message":"Access is denied"}`), 403, wire.CodeForbidden, "Access is denied"},
		{"404", says(404, json, `{"message":"Finding device data from database failed"}`), 404, wire.CodeNotFound, "Finding device data"},
		{"404 as html", says(404, "text/html", "<h1>not found</h1>"), 404, wire.CodeNotFound, "does not know this device"},
		{"403 with a message of the wrong type", says(403, json, `{"message":{"a":1}}`), 403, wire.CodeForbidden, "does not allow"},
		{"403 with a long message", says(403, json, `{"message":"`+strings.Repeat("long ", 100)+`"}`), 403, wire.CodeForbidden, "does not allow"},
		{"403 with an endless body", says(403, json, `{"message":"`+strings.Repeat("long ", 1<<20)), 403, wire.CodeForbidden, "does not allow"},
		{"403 with malformed JSON", says(403, json, `{"message":"Acc`), 403, wire.CodeForbidden, "does not allow"},
		{"429", says(429, json, `{}`, "Retry-After", "120"), 503, wire.CodeTenantUnreachable, "busy"},
		{"500", says(500, json, `{"message":"boom"}`), 502, wire.CodeTenantBadAnswer, "status 500"},
		{"502", says(502, "text/html", "bad gateway"), 502, wire.CodeTenantUnreachable, "own service"},
		{"503", says(503, json, `{}`), 503, wire.CodeTenantUnreachable, "busy"},
		{"200 instead of an upgrade", says(200, "text/html", "<html>"), 502, wire.CodeTenantBadAnswer, "status 200"},
		{"101 without the accept key", speaks("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"), 502, wire.CodeTenantBadAnswer, "protocol"},
		{"101 to another protocol", speaks("HTTP/1.1 101 Switching Protocols\r\nUpgrade: foo\r\nConnection: Upgrade\r\n\r\n"), 502, wire.CodeTenantBadAnswer, "protocol"},
		{"something that is not http", speaks("SSH-2.0-OpenSSH_9.9\r\n"), 502, wire.CodeTenantBadAnswer, "cannot read"},
		{"endless header", speaks("HTTP/1.1 200 OK\r\n" + strings.Repeat("X-Long: "+strings.Repeat("x", 1000)+"\r\n", 200)), 502, wire.CodeTenantBadAnswer, ""},
		{"nothing and a close", speaks(""), 502, wire.CodeTenantUnreachable, "cannot reach"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newRig(t, Config{})
			r.answerWith(c.answer)
			f := refusal(t, r)
			if f.Status != c.status || f.Error != c.code || !strings.Contains(f.Message, c.text) {
				t.Errorf("refused with %d %s %q, want %d %s with %q", f.Status, f.Error, f.Message, c.status, c.code, c.text)
			}
			if f.Cause == nil || len(f.Message) > 2*maxTenantMessage {
				t.Errorf("cause is %v, message %q", f.Cause, f.Message)
			}
			if c.name == "429" && f.RetryAfter != 2*time.Minute {
				t.Errorf("RetryAfter is %v, want 2m", f.RetryAfter)
			}
			if strings.Contains(r.log.String(), "connection opened") {
				t.Error("a connection was logged")
			}
		})
	}
}

func TestAnAgreedButUnwantedExtensionOrProtocolIsABadAnswer(t *testing.T) {
	for name, header := range map[string][2]string{
		"extension":   {"Sec-WebSocket-Extensions", "permessage-deflate"},
		"subprotocol": {"Sec-WebSocket-Protocol", "soap"},
	} {
		r := newRig(t, Config{})
		r.answerWith(func(w http.ResponseWriter, req *http.Request) {
			w.Header().Set(header[0], header[1])
			ws, err := websocket.Accept(w, req, nil)
			if err == nil {
				_ = ws.CloseNow()
			}
		})
		if f := refusal(t, r); f.Status != http.StatusBadGateway || f.Error != wire.CodeTenantBadAnswer {
			t.Errorf("%s: refused with %+v", name, f)
		}
	}
}

func TestARedirectIsNotFollowedWithCredentials(t *testing.T) {
	var leaked bool
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { leaked = true }))
	defer elsewhere.Close()
	for _, status := range []int{301, 302, 303, 307, 308} {
		r := newRig(t, Config{})
		r.answerWith(func(w http.ResponseWriter, req *http.Request) { http.Redirect(w, req, elsewhere.URL, status) })
		if f := refusal(t, r); f.Status != http.StatusBadGateway || f.Error != wire.CodeTenantBadAnswer {
			t.Errorf("%d: refused with %+v", status, f)
		}
	}
	if leaked {
		t.Error("the redirect was followed")
	}
}

func TestASlowTenantIsGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newPipeRig(t, Config{DialTimeout: 5 * time.Second})
		hang := make(chan struct{})
		defer close(hang)
		r.answerWith(func(http.ResponseWriter, *http.Request) { <-hang })
		began := time.Now()
		if f := refusal(t, r); f.Status != http.StatusGatewayTimeout || f.Error != wire.CodeTenantSlow {
			t.Errorf("refused with %+v", f)
		}
		if got := time.Since(began); got != 5*time.Second {
			t.Errorf("gave up after %v, want 5s", got)
		}
	})
}

func TestAClientThatGoesAwayEndsTheDial(t *testing.T) {
	r := newRig(t, Config{DialTimeout: time.Hour})
	hang, asked := make(chan struct{}), make(chan struct{})
	defer close(hang)
	r.answerWith(func(http.ResponseWriter, *http.Request) { close(asked); <-hang })
	go func() { <-asked; r.clientNet.cut() }()
	_, _, err := r.dial(nil)
	if err == nil {
		t.Fatal("the websocket was accepted")
	}
	if f := r.served(); f == nil || f.Status != statusClientGone {
		t.Errorf("Serve returned %+v", f)
	}
}

func TestATenantThatCannotBeReachedOrTrustedIsNamedSo(t *testing.T) {
	closed := localListener(t)
	_ = closed.Addr()
	_ = closed.Close()
	selfSigned := httptest.NewUnstartedServer(http.NotFoundHandler())
	selfSigned.Config.ErrorLog = log.New(io.Discard, "", 0) // it complains of our refusal
	selfSigned.StartTLS()
	defer selfSigned.Close()
	plain := httptest.NewServer(http.NotFoundHandler())
	defer plain.Close()
	for _, c := range []struct {
		name, upstream string
		status         int
		code           wire.ErrorCode
	}{
		{"port closed", "http://" + closed.Addr().String(), 502, wire.CodeTenantUnreachable},
		{"name unknown", "https://tenant.invalid", 502, wire.CodeTenantUnreachable},
		{"certificate self-signed", selfSigned.URL, 502, wire.CodeTenantCertificate},
		{"plain http on the https port", strings.Replace(plain.URL, "http://", "https://", 1), 502, wire.CodeTenantBadAnswer},
		{"no websocket address", "ftp://tenant.invalid", 502, wire.CodeTenantBadAnswer},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newRig(t, Config{})
			u, err := url.Parse(c.upstream + "/x?token=query-token-secret")
			if err != nil {
				t.Fatal(err)
			}
			r.set(func(k *Connection) { k.Upstream = u })
			f := refusal(t, r)
			if f.Status != c.status || f.Error != c.code {
				t.Errorf("refused with %d %s (%v), want %d %s", f.Status, f.Error, f.Cause, c.status, c.code)
			}
			for _, secret := range r.secrets() {
				if strings.Contains(f.Message+f.Cause.Error(), secret) {
					t.Errorf("the refusal holds %q: %q, %v", secret, f.Message, f.Cause)
				}
			}
		})
	}
}

func TestATenantWithATrustedCertificateWorks(t *testing.T) {
	tenants := make(chan *websocket.Conn, 1)
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if ws, err := websocket.Accept(w, req, &websocket.AcceptOptions{Subprotocols: []string{"binary"}}); err == nil {
			tenants <- ws
		}
	}))
	defer server.Close()
	r := newRig(t, Config{TLS: server.Client().Transport.(*http.Transport).TLSClientConfig})
	u, err := url.Parse(strings.Replace(server.URL, "https://", "wss://", 1))
	if err != nil {
		t.Fatal(err)
	}
	r.set(func(k *Connection) { k.Upstream = u })
	client, _, err := r.dial(nil)
	if err != nil {
		t.Fatal(err)
	}
	tenant := <-tenants
	defer func() { _ = tenant.CloseNow() }()
	write(t, client, websocket.MessageBinary, make([]byte, 200<<10))
	tenant.SetReadLimit(-1)
	readN(t, tenant, 200<<10)
	go func() { _, _, _ = tenant.Read(t.Context()) }()
	if err := tenant.Ping(t.Context()); err != nil {
		t.Errorf("ping over TLS: %v", err)
	}
}

func TestOnlyCredentialsReachTheTenant(t *testing.T) {
	r := newRig(t, Config{})
	r.set(func(k *Connection) {
		k.Header["Sec-WebSocket-Extensions"] = []string{"permessage-deflate"} // not canonical, as a map may hold it
		k.Header.Set("Sec-WebSocket-Protocol", "soap")
		k.Header.Set("Connection", "close")
		k.Header.Set("Transfer-Encoding", "chunked")
	})
	client, _ := r.pair()
	header := <-r.headers
	if got := header.Get("Sec-WebSocket-Extensions"); got != "" {
		t.Errorf("extensions %q were offered", got)
	}
	if got := header.Values("Sec-WebSocket-Protocol"); len(got) != 1 || got[0] != "binary" {
		t.Errorf("subprotocols %q were asked for", got)
	}
	if got := header.Get("Authorization"); got != "Bearer bearer-secret" {
		t.Errorf("authorization is %q", got)
	}
	_ = client.CloseNow()
}

func TestSocketOfSeesThroughTLS(t *testing.T) {
	near, far := net.Pipe()
	defer func() { _ = near.Close() }()
	defer func() { _ = far.Close() }()
	s := newSocket(near)
	if got, ok := socketOf(tls.Client(s, &tls.Config{ServerName: "x", MinVersion: tls.VersionTLS12})); !ok || got != s {
		t.Errorf("got %v, %v", got, ok)
	}
	if _, ok := socketOf(near); ok {
		t.Error("a bare pipe passed for a socket")
	}
}
