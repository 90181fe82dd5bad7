package server_test

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"porthole/server"
	"porthole/server/standin"
	"porthole/ssh/wire"
)

func TestOnlyAllowListedPathsReachTheTenant(t *testing.T) {
	reached := make(chan string, 100)
	w := newWorld(t, options{tenant: func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path != "/user/currentUser" && r.URL.Path != "/tenant/currentTenant" {
				reached <- r.Method + " " + r.RequestURI
			}
			next.ServeHTTP(w, r)
		})
	}})
	for _, c := range []struct {
		method, path string
		status       int
	}{
		{"GET", "/inventory/managedObjects/../../user/currentUser", 404},
		{"GET", "/inventory//managedObjects", 404},
		{"GET", "/inventory/./managedObjects", 404},
		{"GET", "/inventory/managedObjects/", 404},
		{"GET", "/inventory/managedObjects/1234/", 404},
		{"GET", "/inventory/managedObjects/%2e%2e/1", 404},
		{"GET", "/inventory/managedObjects/1234%2fchildDevices", 404},
		{"GET", "/inventory/managedObjects/1234;x=1", 404},
		{"GET", "/inventory/managedObjects/abc", 404},
		{"GET", "/inventory/managedObjects/1234/childDevices", 404},
		{"GET", "/Inventory/managedObjects", 404},
		{"GET", "/identity/externalIds/../edge-1", 404},
		{"GET", "/identity/externalIds/%2e%2e/edge-1", 404},
		{"GET", "/identity/externalIds/a%2fb/edge-1", 404},
		{"GET", "/identity/externalIds//edge-1", 404},
		{"GET", "/identity/externalIds/c8y_Serial/..", 404},
		{"GET", "/identity/externalIds/c8y_Serial/%2e%2e", 404},
		{"GET", "/identity/externalIds/c8y_Serial/a%2fb", 404},
		{"GET", "/identity/externalIds/c8y_Serial/a%5cb", 404},
		{"GET", "/identity/externalIds/c8y_Serial/a%252fb", 404},
		{"GET", "/identity/externalIds/c8y_Serial/a%c0%afb", 404},
		{"GET", "/identity/externalIds/c8y_Serial/a%00b", 404},
		{"GET", "/service/remoteaccess/devices/1234/configurations/..", 404},
		{"GET", "/service/remoteaccess/device/11111111-2222-3333-4444-555555555555", 404},
		{"GET", "/service/other", 404},
		{"GET", "/user/users", 404},
		{"GET", "/tenant/options", 404},
		{"GET", "/api/../user/currentUser", 404},
		{"GET", "/", 503}, // the page, which is not built here
		{"GET", "/assets/../../../etc/passwd", 404},
		{"GET", "/assets/%2e%2e/manifest.json", 404},
		{"GET", "/.gitignore", 404},
		{"GET", "/manifest.json", 404},
		{"DELETE", "/inventory/managedObjects/1234", 405},
		{"PUT", "/devicecontrol/operations/1", 405},
		{"POST", "/devicecontrol/operations", 405},
		{"GET", "/tenant/oauth", 405},
		{"TRACE", "/user/currentUser", 405},
		{"OPTIONS", "/user/currentUser", 405},
	} {
		t.Run(c.method+" "+c.path, func(t *testing.T) {
			if got := rawStatus(t, w, c.method, c.path); got != c.status {
				t.Errorf("got %d, want %d", got, c.status)
			}
		})
	}
	select {
	case got := <-reached:
		t.Errorf("the tenant was reached by %s", got)
	default:
	}
}

// rawStatus sends a request line as it is: net/http's client would clean some of them.
func rawStatus(t *testing.T, w *world, method, path string) int {
	t.Helper()
	conn, err := net.Dial("tcp", w.gateway.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	_, _ = fmt.Fprintf(conn, "%s %s HTTP/1.1\r\nHost: %s\r\nAuthorization: %s\r\nConnection: close\r\n\r\n",
		method, path, strings.TrimPrefix(w.base, "http://"), basic("anna", annaPassword))
	response, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatalf("%s %s: %v", method, path, err)
	}
	defer func() { _ = response.Body.Close() }()
	return response.StatusCode
}

func TestAllowListedPathsPass(t *testing.T) {
	w := newWorld(t, options{})
	p := w.signIn("anna", annaPassword)
	for _, path := range []string{
		"/inventory/managedObjects?pageSize=5&query=%28name+eq+%27edge%27%29+and+has%28c8y_IsDevice%29",
		"/inventory/managedObjects/1234", "/identity/externalIds/c8y_Serial/edge-1",
		"/service/remoteaccess/devices/1234/configurations", "/service/remoteaccess/devices/1234/configurations/1",
		"/service/remoteaccess/health", "/devicecontrol/operations?deviceId=1234", "/tenant/currentTenant", "/user/currentUser",
	} {
		if a := p.do(http.MethodGet, path, ""); a.StatusCode != http.StatusOK {
			t.Errorf("GET %s: got %d %s", path, a.StatusCode, a.body)
		}
	}
	body := `{"credentialsType":"NONE","hostname":"127.0.0.1","name":"x","port":2222,"protocol":"PASSTHROUGH"}`
	a := p.do(http.MethodPost, "/service/remoteaccess/devices/1234/configurations", body)
	if a.StatusCode/100 != 2 {
		t.Errorf("create configuration: got %d %s", a.StatusCode, a.body)
	}
	if a := p.do(http.MethodDelete, "/service/remoteaccess/devices/1234/configurations/1", ""); a.StatusCode/100 != 2 {
		t.Errorf("delete configuration: got %d %s", a.StatusCode, a.body)
	}
	if a := p.do(http.MethodGet, "/identity/externalIds/c8y_Serial/not%20there", ""); a.StatusCode != http.StatusNotFound || a.Header.Get("Content-Type") == "" {
		t.Errorf("unknown external id: got %d %s", a.StatusCode, a.body)
	}
	large := p.do(http.MethodPost, "/service/remoteaccess/devices/1234/configurations", strings.Repeat(" ", 2<<20))
	wantProblem(t, large, http.StatusRequestEntityTooLarge, wire.CodeInvalid)
}

// echoTenant signs anyone in and answers other paths with the request that it saw.
func echoTenant(answer func(http.ResponseWriter, *http.Request)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/tenant/loginOptions":
			_, _ = io.WriteString(w, `{"loginOptions":[{"type":"BASIC"}]}`)
		case "/user/currentUser":
			_, _ = io.WriteString(w, `{"userName":"anna","effectiveRoles":[{"id":"ROLE_REMOTE_ACCESS_ADMIN"}]}`)
		case "/tenant/currentTenant":
			_, _ = io.WriteString(w, `{"name":"t12345"}`)
		default:
			answer(w, r)
		}
	})
}

func TestNothingOfTheBrowserReachesTheTenant(t *testing.T) {
	seen := make(chan *http.Request, 1)
	w := newWorld(t, options{handler: echoTenant(func(w http.ResponseWriter, r *http.Request) {
		seen <- r
		h := w.Header()
		h.Set("Set-Cookie", "planted=1; Path=/")
		h.Set("Clear-Site-Data", `"*"`)
		h.Set("Content-Security-Policy", "script-src *")
		h.Set("Access-Control-Allow-Origin", "*")
		h.Set("Www-Authenticate", "Basic")
		h.Set("Content-Type", "text/html")
		_, _ = io.WriteString(w, "<script>alert(1)</script>")
	})})
	p := w.signIn("anna", annaPassword)
	a := p.do(http.MethodGet, "/inventory/managedObjects/1234?x=1&token2=keep", "",
		"Cookie", "foreign=secret; authorization=abc", "X-Forwarded-For", "6.6.6.6", "Forwarded", "for=6.6.6.6",
		"Proxy-Authorization", "Basic x", "X-Secret", "1", "Upgrade-Insecure-Requests", "1")
	r := <-seen
	for name := range r.Header {
		switch name {
		case "Accept-Encoding", "Authorization", "User-Agent", "Accept":
		default:
			t.Errorf("header %s: %q reached the tenant", name, r.Header[name])
		}
	}
	if got := r.Header.Get("Authorization"); got != basic("anna", annaPassword) {
		t.Errorf("proof: got %q", got)
	}
	if r.URL.RawQuery != "x=1&token2=keep" {
		t.Errorf("query: got %q", r.URL.RawQuery)
	}
	for _, name := range []string{"Set-Cookie", "Clear-Site-Data", "Access-Control-Allow-Origin", "Www-Authenticate"} {
		if a.Header.Get(name) != "" {
			t.Errorf("answer has %s: %q", name, a.Header.Get(name))
		}
	}
	if policy := a.Header.Values("Content-Security-Policy"); len(policy) != 1 || !strings.Contains(policy[0], "sandbox") {
		t.Errorf("policy of a proxied answer: got %q", policy)
	}
	if a.Header.Get("X-Content-Type-Options") != "nosniff" || a.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("headers: got %v", a.Header)
	}
}

func TestTokensInQueriesAreTurnedIntoHeaders(t *testing.T) {
	seen := make(chan *http.Request, 1)
	w := newWorld(t, options{handler: echoTenant(func(_ http.ResponseWriter, r *http.Request) { seen <- r })})
	w.do(http.MethodGet, "/inventory/managedObjects?a=1&token=dTpw&XSRF-TOKEN=y&query=name+eq+%27x%27", "")
	r := <-seen
	if r.URL.RawQuery != "a=1&query=name+eq+%27x%27" || r.Header.Get("Authorization") != "Basic dTpw" {
		t.Errorf("got query %q, authorization %q", r.URL.RawQuery, r.Header.Get("Authorization"))
	}
}

func TestRedirectsOfTheTenantAreNotFollowed(t *testing.T) {
	elsewhere := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		t.Errorf("the gateway followed to %s with %q", r.URL, r.Header.Get("Authorization"))
	}))
	defer elsewhere.Close()
	w := newWorld(t, options{handler: echoTenant(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, elsewhere.URL+"/steal", http.StatusTemporaryRedirect)
	})})
	p := w.signIn("anna", annaPassword)
	wantProblem(t, p.do(http.MethodGet, "/inventory/managedObjects/1", ""), http.StatusBadGateway, wire.CodeTenantBadAnswer)
	wantProblem(t, p.upgrade("1", "1"), http.StatusBadGateway, wire.CodeTenantBadAnswer)
}

// upgrade asks for the websocket of a configuration and expects a refusal.
func (p *page) upgrade(device, configuration string, more ...string) answer {
	p.t.Helper()
	return p.do(http.MethodGet, "/service/remoteaccess/client/"+device+"/configurations/"+configuration, "",
		append([]string{
			"Connection", "Upgrade", "Upgrade", "websocket", "Sec-WebSocket-Version", "13",
			"Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==",
		}, more...)...)
}

func TestATenantThatMisbehaves(t *testing.T) {
	release := make(chan struct{})
	hang := func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-release:
		case <-r.Context().Done():
		}
	}
	t.Cleanup(func() { close(release) })
	garbage := func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "<html>not JSON") }
	huge := func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `{"loginOptions":[{"type":"`)
		for range 80 {
			if _, err := io.WriteString(w, strings.Repeat("x", 64<<10)); err != nil {
				return
			}
		}
	}
	for _, c := range []struct {
		name    string
		handler http.HandlerFunc
		status  int
		code    wire.ErrorCode
	}{
		{"slow", hang, 504, wire.CodeTenantSlow},
		{"malformed JSON", garbage, 502, wire.CodeTenantBadAnswer},
		{"too large JSON", huge, 502, wire.CodeTenantBadAnswer},
		{"broken", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500) }, 502, wire.CodeTenantBadAnswer},
		{"cut", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, 502, wire.CodeTenantUnreachable},
	} {
		t.Run(c.name, func(t *testing.T) {
			limit := 10 * time.Second
			if c.code == wire.CodeTenantSlow {
				limit = 300 * time.Millisecond
			}
			w := newWorld(t, options{handler: c.handler, config: func(c *server.Config) { c.TenantTimeout = limit }})
			p := &page{world: w}
			wantProblem(t, p.do(http.MethodPost, "/api/login", loginBody("anna", "x", "")), c.status, c.code)
			if c.name != "broken" {
				wantProblem(t, w.do(http.MethodGet, "/tenant/loginOptions", ""), c.status, c.code)
			}
			wantProblem(t, w.do(http.MethodGet, "/user/currentUser", "", "Authorization", basic("a", "b")), c.status, c.code)
		})
	}
}

func TestTheProxyBoundsTheTenantsTime(t *testing.T) {
	w := newWorld(t, options{
		handler: echoTenant(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }),
		config:  func(c *server.Config) { c.TenantTimeout = 300 * time.Millisecond },
	})
	p := w.signIn("anna", annaPassword)
	wantProblem(t, p.do(http.MethodGet, "/inventory/managedObjects/1", ""), http.StatusGatewayTimeout, wire.CodeTenantSlow)
}

func TestATenantThatIsDown(t *testing.T) {
	w := newWorld(t, options{})
	p := w.signIn("anna", annaPassword)
	w.tenant.Close()
	wantProblem(t, p.do(http.MethodGet, "/inventory/managedObjects/1", ""), http.StatusBadGateway, wire.CodeTenantUnreachable)
	wantProblem(t, p.upgrade("1234", "1"), http.StatusBadGateway, wire.CodeTenantUnreachable)
	wantProblem(t, (&page{world: w}).do(http.MethodPost, "/api/login", loginBody("anna", annaPassword, "")), http.StatusBadGateway, wire.CodeTenantUnreachable)
	if a := p.do(http.MethodGet, "/api/login", ""); a.StatusCode != http.StatusOK {
		t.Errorf("the login did not survive: %d %s", a.StatusCode, a.body)
	}
}

func TestATenantWithABadCertificate(t *testing.T) {
	tenant := httptest.NewUnstartedServer(newStandin(t, nil))
	tenant.TLS = &tls.Config{MinVersion: tls.VersionTLS12}
	tenant.Config.ErrorLog = log.New(io.Discard, "", 0)
	tenant.StartTLS()
	t.Cleanup(tenant.Close)
	w := newWorld(t, options{config: func(c *server.Config) { c.Tenant = tenant.URL }})
	p := &page{world: w}
	wantProblem(t, p.do(http.MethodPost, "/api/login", loginBody("anna", annaPassword, "")), http.StatusBadGateway, wire.CodeTenantCertificate)

	file := t.TempDir() + "/ca.pem"
	writeCertificate(t, file, tenant.Certificate().Raw)
	w = newWorld(t, options{config: func(c *server.Config) { c.Tenant, c.TenantCA = tenant.URL, file }})
	if a := w.signIn("anna", annaPassword).do(http.MethodGet, "/user/currentUser", ""); a.StatusCode != http.StatusOK {
		t.Errorf("with --tenant-ca: got %d %s", a.StatusCode, a.body)
	}
}

func TestA401OfTheTenantEndsTheLogin(t *testing.T) {
	now := time.Now()
	w := newWorld(t, options{standin: func(o *standin.Options) { o.Now = func() time.Time { return now } }})
	p := w.signIn("anna", annaPassword)
	now = now.Add(15 * 24 * time.Hour) // the tenant's token is over
	a := p.do(http.MethodGet, "/user/currentUser", "")
	wantProblem(t, a, http.StatusUnauthorized, wire.CodeNotSignedIn)
	if a.Header.Get("Www-Authenticate") != "" {
		t.Error("the browser would show a password question of its own")
	}
	wantProblem(t, p.do(http.MethodGet, "/api/login", ""), http.StatusUnauthorized, wire.CodeNotSignedIn)
}

func TestLongPollsPass(t *testing.T) {
	w := newWorld(t, options{config: func(c *server.Config) { c.TenantTimeout = 5 * time.Second }})
	p := w.signIn("anna", annaPassword)
	a := p.do(http.MethodPost, "/notification/realtime", `[{"channel":"/meta/handshake","version":"1.0","supportedConnectionTypes":["long-polling"]}]`)
	if a.StatusCode != http.StatusOK || !strings.Contains(a.body, "clientId") {
		t.Errorf("handshake: got %d %s", a.StatusCode, a.body)
	}
}

func TestALongPollEndsWithItsLogin(t *testing.T) {
	held := make(chan struct{}, 1)
	w := newWorld(t, options{handler: echoTenant(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // or the server does not see that the gateway went away
		held <- struct{}{}
		<-r.Context().Done()
	})})
	p := w.signIn("anna", annaPassword)
	other := *p // so that the answers' cookies do not meet
	polled := make(chan answer, 1)
	go func() { polled <- other.do(http.MethodPost, "/notification/realtime", `[{"channel":"/meta/connect"}]`) }()
	<-held
	if a := p.do(http.MethodDelete, "/api/login", ""); a.StatusCode != http.StatusNoContent {
		t.Fatalf("sign out: got %d", a.StatusCode)
	}
	select {
	case a := <-polled:
		wantProblem(t, a, http.StatusUnauthorized, wire.CodeNotSignedIn)
	case <-time.After(10 * time.Second):
		t.Fatal("the long poll outlived its login")
	}
}

func TestAStoppingGatewayEndsLongPolls(t *testing.T) {
	held := make(chan struct{}, 1)
	w := newWorld(t, options{handler: echoTenant(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // or the server does not see that the gateway went away
		held <- struct{}{}
		<-r.Context().Done()
	})})
	p := w.signIn("anna", annaPassword)
	polled := make(chan answer, 1)
	go func() { polled <- p.do(http.MethodPost, "/notification/realtime", `[{"channel":"/meta/connect"}]`) }()
	<-held
	w.stop()
	if a := <-polled; a.StatusCode != http.StatusServiceUnavailable && a.StatusCode != http.StatusUnauthorized {
		t.Errorf("got %d %s", a.StatusCode, a.body)
	}
}
