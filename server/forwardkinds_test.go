package server_test

import (
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"

	"porthole/server"
	"porthole/server/platform"
	"porthole/ssh/wire"
)

func TestASecondSiteKeepsDevicePagesFromTheApp(t *testing.T) {
	w := newWorld(t, options{config: func(c *server.Config) { withTree(c); c.ForwardSite = "http://usercontent.localhost:0" }})
	p := w.signIn("anna", annaPassword)
	port := w.base[strings.LastIndex(w.base, ":"):]
	second, viewer := "usercontent.localhost"+port, "http://view.usercontent.localhost"+port
	origin := p.forward(target)
	if want := "http://" + origin.ID + "." + second; origin.Origin != want {
		t.Errorf("origin: got %s, want %s", origin.Origin, want)
	}
	if a := p.do(http.MethodGet, "/api/config", ""); !strings.Contains(a.body, `{"kind":"second-site","plain":"ask","viewer":"`+viewer+`/.fwd/viewer"}`) {
		t.Errorf("config: got %s", a.body)
	}
	a := w.do(http.MethodGet, "/", "")
	if a.Header.Get("Cross-Origin-Opener-Policy") != "same-origin-allow-popups" || !strings.Contains(a.Header.Get("Content-Security-Policy"), "frame-src "+w.base+"/dl/ http://*."+second+";") {
		t.Errorf("app: got %q, %q", a.Header.Get("Cross-Origin-Opener-Policy"), a.Header.Get("Content-Security-Policy"))
	}
	a = w.at(viewer).do(http.MethodGet, "/.fwd/viewer", "", "Sec-Fetch-Dest", "document")
	policy := a.Header.Get("Content-Security-Policy")
	if a.StatusCode != 200 || !strings.Contains(a.body, "viewer") || a.Header.Get("Cross-Origin-Opener-Policy") != "unsafe-none" ||
		!strings.Contains(policy, "frame-src http://*."+second+"; frame-ancestors 'none'") {
		t.Errorf("viewer: got %d %q %q", a.StatusCode, a.Header.Get("Cross-Origin-Opener-Policy"), policy)
	}
	a = w.at(viewer).do(http.MethodGet, "/.fwd/viewer.js", "")
	if want := fmt.Sprintf(`self.portholeForward={"apps":["%s"],"viewer":"%s","mirror":true};`, w.base, viewer); !strings.HasPrefix(a.body, want) {
		t.Errorf("viewer's script: got %q, want %s", a.body, want)
	}
	a = w.at(origin.Origin).do(http.MethodGet, "/.fwd/bridge", "", "Sec-Fetch-Dest", "iframe")
	if !strings.HasSuffix(a.Header.Get("Content-Security-Policy"), "frame-ancestors "+w.base+" "+viewer) {
		t.Errorf("bridge: got %q", a.Header.Get("Content-Security-Policy"))
	}
	for _, path := range []string{"/", "/.fwd/bridge", "/.fwd/sw.js", "/api/login", "/user/currentUser"} {
		if a := w.at(viewer).do(http.MethodGet, path, "", "Sec-Fetch-Dest", "document"); a.StatusCode != http.StatusNotFound {
			t.Errorf("%s at the viewer: got %d, want 404", path, a.StatusCode)
		}
	}
	wantProblem(t, w.do(http.MethodGet, "/", "", "Host", second), 421, wire.CodeMisdirected)
	wantProblem(t, w.do(http.MethodGet, "/", "", "Host", origin.ID+".fwd."+strings.TrimPrefix(w.base, "http://")), 421, wire.CodeMisdirected)
}

// freePorts are ports that nobody listened on a moment ago.
func freePorts(t *testing.T, count int) (ports []int, option string) {
	t.Helper()
	for range count {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = listener.Close() }()
		address, ok := listener.Addr().(*net.TCPAddr)
		if !ok {
			t.Fatal("no TCP address")
		}
		ports, option = append(ports, address.Port), option+","+fmt.Sprint(address.Port)
	}
	return ports, option[1:]
}

func TestSparePortsAreOriginsWhereThereAreNoNames(t *testing.T) {
	ports, option := freePorts(t, 2)
	w := newWorld(t, options{config: func(c *server.Config) { withTree(c); c.ForwardPorts = option }})
	p := w.signIn("anna", annaPassword)
	first := p.forward(target)
	other := target
	other.Port++
	second := p.forward(other)
	origins := []string{fmt.Sprintf("http://porthole.localhost:%d", ports[0]), fmt.Sprintf("http://porthole.localhost:%d", ports[1])}
	if got := first.Origin + " " + second.Origin; got != origins[0]+" "+origins[1] && got != origins[1]+" "+origins[0] {
		t.Fatalf("origins: got %s, want %s", got, origins)
	}
	if again := p.forward(target); again != first {
		t.Errorf("the same target: got %+v, want %+v", again, first)
	}
	if a := w.do(http.MethodGet, "/", ""); !strings.Contains(a.Header.Get("Content-Security-Policy"), "frame-src "+w.base+"/dl/ "+origins[0]+" "+origins[1]+";") {
		t.Errorf("policy of the app: got %q", a.Header.Get("Content-Security-Policy"))
	}
	at := w.at(first.Origin)
	if a := at.do(http.MethodGet, "/", "", "Service-Worker", "script"); !strings.HasPrefix(a.body, `self.portholeForward={"apps":["`+w.base+`"],"viewer":"","mirror":false};`) {
		t.Errorf("service worker: got %q", a.body)
	}
	if a := at.do(http.MethodGet, "/api/login", "", "Cookie", "__Host-porthole="+p.cookie, "Origin", first.Origin, "Sec-Fetch-Site", "same-origin"); a.StatusCode != 421 {
		t.Errorf("api at a spare port: got %d, want 421", a.StatusCode)
	}
	cleared := func(origin string) string {
		t.Helper()
		a := w.at(origin).do(http.MethodGet, "/.fwd/bridge", "", "Cookie", "__Host-porthole="+p.cookie)
		if a.StatusCode != http.StatusOK {
			t.Errorf("bridge: got %d", a.StatusCode)
		}
		return a.Header.Get("Clear-Site-Data")
	}
	// Attack: a page of one device reads what another left on the same port.
	if got := cleared(first.Origin); got != `"cache", "storage"` {
		t.Errorf("first use of a port: got Clear-Site-Data %q", got)
	}
	if got := cleared(first.Origin); got != "" {
		t.Errorf("the same target again: got Clear-Site-Data %q", got)
	}
	third := target
	third.Port += 2
	p.forward(other)
	if got := p.forward(third); got.Origin != first.Origin {
		t.Errorf("a third target: got %s, want %s, used the longest time ago", got.Origin, first.Origin)
	}
	if got := cleared(first.Origin); got != `"cache", "storage"` {
		t.Errorf("another target on the port: got Clear-Site-Data %q", got)
	}
}

func TestForwardsCanBeTurnedOff(t *testing.T) {
	for name, change := range map[string]func(*server.Config){
		"off":            func(c *server.Config) { c.Forwards = "off" },
		"bare localhost": func(c *server.Config) { c.PublicURL = "http://localhost:8440" },
		"address":        func(c *server.Config) { c.PublicURL = "http://127.0.0.1:8440" },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, options{config: func(c *server.Config) { withTree(c); change(c) }})
			var config wire.GatewayInfo
			host := strings.TrimPrefix(w.base, "http://")
			real := *w
			real.base = "http://127.0.0.1:" + fmt.Sprint(w.gateway.Port())
			a := real.do(http.MethodGet, "/api/config", "", "Host", host)
			decode(t, a, &config)
			if config.Forwards.Kind != wire.ForwardsOff || !strings.Contains(a.Header.Get("Content-Security-Policy"), "frame-src "+w.base+"/dl/; ") {
				t.Errorf("got %+v, %q", config.Forwards, a.Header.Get("Content-Security-Policy"))
			}
			a = real.do(http.MethodPost, "/api/login", loginBody("anna", annaPassword, ""), "Host", host, "Origin", w.base, "Content-Type", "application/json")
			if a.StatusCode != http.StatusOK {
				t.Fatalf("sign in: got %d %s", a.StatusCode, a.body)
			}
			a = real.do(http.MethodPost, "/api/forwards", body(t, target), "Host", host, "Origin", w.base,
				"Content-Type", "application/json", "Cookie", "__Host-porthole="+a.Cookies()[0].Value)
			wantProblem(t, a, 404, wire.CodeNotFound)
			if name != "off" && !strings.Contains(w.log.String(), "--forward-site") {
				t.Errorf("the log names no option:\n%s", w.log.String())
			}
		})
	}
}

func TestForwardsUnderTLS(t *testing.T) {
	certFile, keyFile, roots := selfSigned(t)
	ports, option := freePorts(t, 1)
	for _, spare := range []string{"", option} {
		w := newWorld(t, options{config: func(c *server.Config) {
			withTree(c)
			c.TLSCert, c.TLSKey, c.ForwardPorts = certFile, keyFile, spare
		}})
		transport := &http.Transport{DialContext: platform.DialContext, TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}}
		t.Cleanup(transport.CloseIdleConnections)
		w.client = &http.Client{Transport: transport}
		origin := w.signIn("anna", annaPassword).forward(target)
		want := fmt.Sprintf("https://%s.fwd.porthole.localhost:%d", origin.ID, w.gateway.Port())
		if spare != "" {
			want = fmt.Sprint("https://porthole.localhost:", ports[0])
		}
		if origin.Origin != want {
			t.Errorf("origin: got %s, want %s", origin.Origin, want)
		}
		a := w.at(origin.Origin).do(http.MethodGet, "/", "", "Service-Worker", "script")
		if a.StatusCode != http.StatusOK || a.Header.Get("Strict-Transport-Security") == "" || !strings.Contains(a.body, `"apps":["`+w.base+`"]`) {
			t.Errorf("got %d %q, HSTS %q", a.StatusCode, a.body, a.Header.Get("Strict-Transport-Security"))
		}
		w.stop()
	}
}

func TestForwardsBehindAProxyAreHTTPSOnly(t *testing.T) {
	w := newWorld(t, options{config: func(c *server.Config) {
		withTree(c)
		c.TrustedProxies, c.PublicURL = []string{"127.0.0.0/8"}, "https://gateway.example"
	}})
	host := strings.Repeat("a", wire.ForwardIDLength) + ".fwd.gateway.example"
	behind := w.at(fmt.Sprint("http://127.0.0.1:", w.gateway.Port()))
	if a := behind.do(http.MethodGet, "/page", "", "Host", host, "X-Forwarded-Proto", "https", "Sec-Fetch-Dest", "document"); a.StatusCode != http.StatusOK ||
		!strings.HasSuffix(a.Header.Get("Content-Security-Policy"), "frame-ancestors 'self' https://gateway.example") {
		t.Errorf("https at the proxy: got %d %q", a.StatusCode, a.Header.Get("Content-Security-Policy"))
	}
	if a := behind.do(http.MethodGet, "/page?x=1", "", "Host", host, "X-Forwarded-Proto", "http"); a.StatusCode != http.StatusPermanentRedirect || a.Header.Get("Location") != "https://"+host+"/page?x=1" {
		t.Errorf("http at the proxy: got %d %q", a.StatusCode, a.Header.Get("Location"))
	}
	wantProblem(t, behind.do(http.MethodPost, "/label", "", "Host", host, "X-Forwarded-Proto", "http"), 403, wire.CodeForbidden)
}
