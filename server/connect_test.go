package server_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"porthole/server"
	"porthole/server/platform"
	"porthole/server/standin"
	"porthole/ssh/wire"

	"github.com/coder/websocket"
)

func TestBytesReachTheDeviceAndComeBack(t *testing.T) {
	w := newDeviceWorld(t, options{})
	p := w.signIn("anna", annaPassword)
	conn := p.open("3")
	echo(t, conn, "hello device")
	if a := p.do(http.MethodGet, "/api/refusals?device=1234&configuration=3", ""); a.StatusCode != http.StatusNoContent {
		t.Errorf("refusals after success: got %d %s", a.StatusCode, a.body)
	}
	_ = conn.Close(websocket.StatusNormalClosure, "")
	eventually(t, "the close is in the log", func() bool { return strings.Contains(w.log.String(), "t12345/anna") })
}

func TestCommandLineClientsReachTheDevice(t *testing.T) {
	w := newDeviceWorld(t, options{})
	jwt, xsrf, _ := tenantToken(t, w)
	for name, c := range map[string]struct {
		query  string
		header http.Header
	}{
		"bearer, no origin":       {"", http.Header{"Authorization": {"Bearer " + jwt}}},
		"bearer, http origin":     {"", http.Header{"Authorization": {"Bearer " + jwt}, "Origin": {w.base}}},
		"token in the query":      {"?token=" + jwt, nil},
		"token and XSRF in query": {"?XSRF-TOKEN=" + xsrf + "&token=" + jwt, http.Header{"Origin": {w.base}}},
		"tenant cookies":          {"", http.Header{"Cookie": {"authorization=" + jwt + "; XSRF-TOKEN=" + xsrf}, "X-Xsrf-Token": {xsrf}, "Origin": {w.base}}},
	} {
		t.Run(name, func(t *testing.T) {
			conn, response, err := w.dial(t.Context(), "3", c.query, c.header)
			if err != nil {
				t.Fatalf("dial: %v (%v)", err, response)
			}
			defer func() { _ = conn.CloseNow() }()
			echo(t, conn, "hello "+name)
		})
	}
}

// Attack: a foreign page opens the websocket with the browser's cookie, or with a proof
// of its own.
func TestUpgradesOfForeignOriginsAreRefused(t *testing.T) {
	w := newWorld(t, options{})
	p := w.signIn("anna", annaPassword)
	upgrade := func(more ...string) answer {
		return w.do(http.MethodGet, "/service/remoteaccess/client/1234/configurations/1", "", append([]string{
			"Connection", "Upgrade", "Upgrade", "websocket", "Sec-WebSocket-Version", "13",
			"Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==",
		}, more...)...)
	}
	cookie := []string{"Cookie", "__Host-porthole=" + p.cookie}
	for name, headers := range map[string][]string{
		"foreign":            append([]string{"Origin", "http://evil.example"}, cookie...),
		"null":               append([]string{"Origin", "null"}, cookie...),
		"missing":            cookie,
		"other port":         append([]string{"Origin", "http://porthole.localhost:1"}, cookie...),
		"forward page":       append([]string{"Origin", "http://abc.fwd.porthole.localhost"}, cookie...),
		"foreign with basic": {"Origin", "http://evil.example", "Authorization", basic("anna", annaPassword)},
		"foreign, no proof":  {"Origin", "http://evil.example"},
	} {
		t.Run(name, func(t *testing.T) {
			wantProblem(t, upgrade(headers...), http.StatusForbidden, wire.CodeForeignOrigin)
		})
	}
	wantProblem(t, upgrade("Origin", w.base), http.StatusUnauthorized, wire.CodeNotSignedIn)
	if a := p.do(http.MethodGet, "/api/refusals?device=1234&configuration=1", ""); a.StatusCode != http.StatusNoContent {
		t.Errorf("a foreign page wrote into the refusals: %s", a.body)
	}
}

func TestEachReasonForARefusalHasItsSentence(t *testing.T) {
	w := newWorld(t, options{})
	anna, bert := w.signIn("anna", annaPassword), w.signIn("bert", bertPassword)
	for _, c := range []struct {
		name                  string
		page                  *page
		device, configuration string
		status                int
		code                  wire.ErrorCode
		sentence              string
	}{
		{"role missing", bert, "1234", "1", 403, wire.CodeForbidden, "Your user lacks the role " + wire.RoleRemoteAccess},
		{"device unknown", anna, "999", "1", 404, wire.CodeNotFound, "no device with the id 999"},
		{"configuration unknown", anna, "1234", "77", 404, wire.CodeNotFound, "no remote access configuration with the id 77"},
		{"no passthrough configuration", anna, "1234", "2", 404, wire.CodeNotFound, "PASSTHROUGH"},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := c.page.upgrade(c.device, c.configuration)
			wantProblem(t, a, c.status, c.code)
			if !strings.Contains(a.message(), c.sentence) {
				t.Errorf("sentence: got %q, want %q in it", a.message(), c.sentence)
			}
			told := c.page.do(http.MethodGet, "/api/refusals?device="+c.device+"&configuration="+c.configuration, "")
			var refusal wire.Refusal
			if err := json.Unmarshal([]byte(told.body), &refusal); err != nil {
				t.Fatalf("refusal: %v in %q", err, told.body)
			}
			if refusal.Status != c.status || refusal.Error != c.code || refusal.Message != a.message() {
				t.Errorf("refusal: got %+v", refusal)
			}
		})
	}
	a := anna.do(http.MethodGet, "/api/refusals?device=999&configuration=1", "", "Cookie", "x=y")
	if a.StatusCode != http.StatusOK {
		t.Errorf("refusal: got %d", a.StatusCode)
	}
	if a := bert.do(http.MethodGet, "/api/refusals?device=999&configuration=1", ""); a.StatusCode != http.StatusNoContent {
		t.Errorf("another login sees the refusal: %d %s", a.StatusCode, a.body)
	}
}

func TestNotSubscribedHasItsSentence(t *testing.T) {
	w := newWorld(t, options{standin: func(o *standin.Options) { o.NotSubscribed = true }})
	wantProblem(t, w.signIn("anna", annaPassword).upgrade("1234", "1"), http.StatusNotFound, wire.CodeNotSubscribed)
}

func TestTooManyConnectionsOfOnePrincipal(t *testing.T) {
	w := newDeviceWorld(t, options{config: func(c *server.Config) { c.MaxConnectionsPerPrincipal = 1 }})
	p := w.signIn("anna", annaPassword)
	echo(t, p.open("3"), "first")
	wantProblem(t, p.upgrade("1234", "3"), http.StatusTooManyRequests, wire.CodeTooManyConnections)
}

// The whole story at debug level, then every secret is looked for in the log.
func TestNoSecretIsLogged(t *testing.T) {
	keys := make(chan string, 10)
	w := newDeviceWorld(t, options{tenant: func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if key, found := strings.CutPrefix(r.URL.Path, "/service/remoteaccess/device/"); found {
				keys <- key
			}
			next.ServeHTTP(w, r)
		})
	}})
	jwt, xsrf, _ := tenantToken(t, w)
	p := w.signIn("anna", annaPassword)
	echo(t, p.open("3"), "plaintext-of-the-device")
	plain := strings.TrimPrefix(basic("anna", annaPassword), "Basic ")
	conn, _, err := w.dial(t.Context(), "3", "?token="+jwt+"&XSRF-TOKEN="+xsrf, nil)
	if err != nil {
		t.Fatal(err)
	}
	_ = conn.CloseNow()
	(&page{world: w}).do(http.MethodPost, "/api/login", loginBody("anna", "wrong-guess-9", "999111"))
	p.do(http.MethodGet, "/inventory/managedObjects/999?token="+plain, "")
	p.upgrade("999", "1")
	w.do(http.MethodGet, "/inventory/managedObjects?token=garbage-token-7", "")
	w.do(http.MethodGet, "/user/currentUser", "", "Authorization", basic("anna", "wrong-guess-8"))
	login := p.cookie
	p.do(http.MethodDelete, "/api/login", "")
	w.tenant.CloseClientConnections()
	p = w.signIn("anna", annaPassword)
	w.tenant.Close()
	p.do(http.MethodGet, "/inventory/managedObjects?token="+plain, "")
	p.upgrade("1234", "3")
	w.stop()
	log := w.log.String()
	if !strings.Contains(log, "signed in") || !strings.Contains(log, "connection") {
		t.Fatalf("the log misses the story:\n%s", log)
	}
	secrets := []string{
		annaPassword, plain, jwt, jwt[strings.LastIndex(jwt, ".")+1:], xsrf, login, p.cookie, agentPassword,
		"plaintext-of-the-device", "wrong-guess-8", "wrong-guess-9", "999111", "garbage-token-7", "Basic ", "Bearer ",
	}
	for range len(keys) {
		secrets = append(secrets, <-keys)
	}
	if len(secrets) < 16 {
		t.Fatal("no connection key was seen")
	}
	for _, secret := range secrets {
		if strings.Contains(log, secret) {
			t.Errorf("the log holds the secret %q", secret)
		}
	}
}

func TestAuthorizationPrintsNoSecret(t *testing.T) {
	auth := platform.Basic("anna", annaPassword)
	var out bytes.Buffer
	slog.New(slog.NewJSONHandler(&out, nil)).Info("x", slog.Any("auth", auth), slog.Any("pointer", &auth))
	fmt.Fprintf(&out, "%v %+v %#v %s %q", auth, auth, auth, auth, auth)
	data, _ := json.Marshal(auth)
	out.Write(data)
	if text := out.String(); strings.Contains(text, annaPassword) || strings.Contains(text, strings.TrimPrefix(basic("anna", annaPassword), "Basic ")) {
		t.Errorf("got %s", text)
	}
}

func TestARoleGivenAfterTheSignInCounts(t *testing.T) {
	var given atomic.Bool
	w := newWorld(t, options{handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		roles := `[]`
		if given.Load() {
			roles = `[{"id":"ROLE_REMOTE_ACCESS_ADMIN"}]`
		}
		if r.URL.Path == "/user/currentUser" {
			_, _ = io.WriteString(w, `{"userName":"anna","effectiveRoles":`+roles+`}`)
			return
		}
		if strings.HasPrefix(r.URL.Path, "/service/") {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		echoTenant(func(http.ResponseWriter, *http.Request) {}).ServeHTTP(w, r)
	})})
	p := w.signIn("anna", annaPassword)
	wantProblem(t, p.upgrade("1234", "1"), http.StatusForbidden, wire.CodeForbidden)
	given.Store(true)
	wantProblem(t, p.upgrade("1234", "1"), http.StatusNotFound, wire.CodeNotSubscribed)
	var info wire.LoginInfo
	if err := json.Unmarshal([]byte(p.do(http.MethodGet, "/api/login", "").body), &info); err != nil || !info.RemoteAccess {
		t.Errorf("login info: got %+v, %v", info, err)
	}
}
