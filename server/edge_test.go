package server_test

import (
	"encoding/pem"
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"porthole/server"
	"porthole/ssh/wire"
)

func writeCertificate(t *testing.T, file string, der []byte) {
	t.Helper()
	data := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	if err := os.WriteFile(file, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

// Attack: DNS rebinding, a foreign name pointed at our address.
func TestForeignHostNamesAreMisdirected(t *testing.T) {
	w := newWorld(t, options{})
	p := w.signIn("anna", annaPassword)
	port := w.base[strings.LastIndex(w.base, ":"):]
	for _, host := range []string{"evil.example" + port, "localhost" + port, "127.0.0.1" + port, "porthole.localhost", "x.porthole.localhost" + port, "porthole.localhost.evil.example" + port} {
		for _, path := range []string{"/", "/api/login", "/user/currentUser"} {
			a := p.do(http.MethodGet, path, "", "Host", host)
			wantProblem(t, a, http.StatusMisdirectedRequest, wire.CodeMisdirected)
		}
	}
	if a := p.do(http.MethodGet, "/api/login", "", "Host", "PORTHOLE.localhost."+port); a.StatusCode != http.StatusOK {
		t.Errorf("our name in capitals and with a dot: got %d", a.StatusCode)
	}
	if a := w.do(http.MethodGet, "/healthz", "", "Host", "10.0.0.1"); a.StatusCode != http.StatusOK {
		t.Errorf("healthz by address: got %d, want 200", a.StatusCode)
	}
}

func TestForeignCookiesDoNotMatter(t *testing.T) {
	w := newWorld(t, options{})
	p := w.signIn("anna", annaPassword)
	large := "junk=" + strings.Repeat("x", 100<<10) + "; "
	var many strings.Builder
	for i := range 6000 {
		fmt.Fprintf(&many, "c%d=%d; ", i, i)
	}
	for name, cookies := range map[string]string{"100 kB": large, "6000 of them": many.String()} {
		t.Run(name, func(t *testing.T) {
			a := w.do(http.MethodGet, "/user/currentUser", "", "Origin", w.base, "Cookie", cookies+"__Host-porthole="+p.cookie)
			if a.StatusCode != http.StatusOK {
				t.Errorf("got %d %s", a.StatusCode, a.body)
			}
		})
	}
}

func TestOversizedHeadersAreRefused(t *testing.T) {
	w := newWorld(t, options{})
	a := w.do(http.MethodGet, "/healthz", "", "X-Large", strings.Repeat("x", 2<<20))
	if a.StatusCode != http.StatusRequestHeaderFieldsTooLarge {
		t.Errorf("got %d, want 431", a.StatusCode)
	}
}

func TestPagesCarryTheSecurityHeaders(t *testing.T) {
	tree := fstest.MapFS{
		"index.html":              {Data: []byte("<!doctype html>shell")},
		"assets/worker-abc123.js": {Data: []byte("self")},
		"dl/worker.js":            {Data: []byte("self")},
	}
	w := newWorld(t, options{config: func(c *server.Config) { c.Assets = tree }})
	host := strings.TrimPrefix(w.base, "http://")
	policy := "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self' 'unsafe-inline'; connect-src 'self' ws://" + host +
		"; worker-src 'self'; img-src 'self' data: blob:; font-src 'self'; frame-src " + w.base + "/dl/ http://*.fwd." + host + "; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
	for _, path := range []string{"/", "/devices/1234", "/assets/worker-abc123.js", "/dl/worker.js", "/api/config"} {
		a := w.do(http.MethodGet, path, "")
		if a.StatusCode != http.StatusOK {
			t.Fatalf("%s: got %d", path, a.StatusCode)
		}
		for name, want := range map[string]string{
			"Content-Security-Policy": policy, "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer",
			"Cross-Origin-Opener-Policy": "same-origin", "Origin-Agent-Cluster": "?1", "Strict-Transport-Security": "",
		} {
			if got := a.Header.Get(name); got != want {
				t.Errorf("%s %s: got %q, want %q", path, name, got, want)
			}
		}
		if a.Header.Get("Permissions-Policy") == "" {
			t.Errorf("%s: no Permissions-Policy", path)
		}
	}
	if a := w.do(http.MethodGet, "/", "", "Sec-Fetch-Site", "cross-site"); a.StatusCode != http.StatusOK {
		t.Errorf("a link from another site to the page: got %d, want 200", a.StatusCode)
	}
	if a := w.do(http.MethodGet, "/", ""); a.Header.Get("Cache-Control") != "no-cache" {
		t.Errorf("shell: got Cache-Control %q", a.Header.Get("Cache-Control"))
	}
}

func TestWithoutABuildThePageSaysHowToBuildIt(t *testing.T) {
	w := newWorld(t, options{})
	if a := w.do(http.MethodGet, "/devices/1", ""); !strings.Contains(a.body, "make web") {
		t.Errorf("got %d %s", a.StatusCode, a.body)
	}
}

func TestAdminServesReadinessAndFigures(t *testing.T) {
	w := newWorld(t, options{})
	w.signIn("anna", annaPassword)
	admin := "http://" + w.gateway.AdminAddr().String()
	get := func(path, host string) answer {
		other := *w
		other.base = admin
		return other.do(http.MethodGet, path, "", "Host", host)
	}
	if a := get("/readyz", ""); a.StatusCode != http.StatusOK {
		t.Errorf("readyz: got %d %s", a.StatusCode, a.body)
	}
	a := get("/metrics", "")
	for _, want := range []string{
		"porthole_connections_open 0", "porthole_connections_opened_total 0", "porthole_logins 1", "porthole_cli_tokens 0",
		`porthole_sign_ins_total{result="success"} 1`, `porthole_http_requests_total{code="200"} 1`,
	} {
		if !strings.Contains(a.body, want) {
			t.Errorf("metrics: no %s in\n%s", want, a.body)
		}
	}
	if a := get("/metrics", "evil.example"); a.StatusCode != http.StatusMisdirectedRequest {
		t.Errorf("metrics under a foreign name: got %d, want 421", a.StatusCode)
	}
	if a := w.do(http.MethodGet, "/metrics", ""); a.StatusCode != http.StatusNotFound {
		t.Errorf("metrics at the page's address: got %d, want 404", a.StatusCode)
	}
	if a := w.do(http.MethodGet, "/readyz", ""); a.StatusCode != http.StatusNotFound {
		t.Errorf("readyz at the page's address: got %d, want 404", a.StatusCode)
	}
}

func TestReadyzTellsWhenTheTenantIsDown(t *testing.T) {
	w := newWorld(t, options{})
	w.tenant.Close()
	other := *w
	other.base = "http://" + w.gateway.AdminAddr().String()
	if a := other.do(http.MethodGet, "/readyz", ""); a.StatusCode != http.StatusServiceUnavailable || !strings.Contains(a.body, "tenant_unreachable") {
		t.Errorf("got %d %s", a.StatusCode, a.body)
	}
}
