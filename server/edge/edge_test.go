package edge

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
)

func mustSite(t *testing.T, origin string) Site {
	t.Helper()
	site, err := ParseSite(origin)
	if err != nil {
		t.Fatal(err)
	}
	return site
}

func TestParseSite(t *testing.T) {
	for origin, want := range map[string]string{
		"https://Porthole.Example":       "https://porthole.example",
		"https://porthole.example:443/":  "https://porthole.example",
		"http://porthole.localhost:8440": "http://porthole.localhost:8440",
		"http://[::1]:80":                "http://[::1]",
		"https://porthole.example.:8443": "https://porthole.example:8443",
	} {
		if got := mustSite(t, origin).Origin(); got != want {
			t.Errorf("%s: got %s, want %s", origin, got, want)
		}
	}
	for _, bad := range []string{"", "porthole.example", "ftp://x", "https://", "https://x/path", "https://u:p@x", "https://x?q", "https://x#f", "://"} {
		if site, err := ParseSite(bad); err == nil {
			t.Errorf("%q: got %v, want an error", bad, site)
		}
	}
}

func TestSameHostIgnoresTheSchemeOnly(t *testing.T) {
	site := mustSite(t, "https://porthole.example")
	for origin, want := range map[string]bool{
		"https://porthole.example": true, "http://porthole.example": true, "http://porthole.example:80": true,
		"https://porthole.example:443": true, "https://porthole.example:8443": false, "https://evil.example": false,
		"https://x.porthole.example": false, "null": false, "": false, "https://porthole.example.evil.example": false,
	} {
		if got := site.SameHost(origin); got != want {
			t.Errorf("%q: got %t, want %t", origin, got, want)
		}
	}
	if (Site{}).SameHost("") || (Site{}).SameHost("null") {
		t.Error("the zero site matches something")
	}
}

func TestAddressComesOnlyFromTrustedProxies(t *testing.T) {
	e := &Edge{TrustedProxies: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("fd00::/8")}}
	for _, c := range []struct{ name, peer, forwarded, want string }{
		{"no proxy", "192.0.2.1:5", "", "192.0.2.1"},
		{"a client that claims", "192.0.2.1:5", "198.51.100.7", "192.0.2.1"},
		{"one proxy", "10.0.0.1:5", "198.51.100.7", "198.51.100.7"},
		{"one proxy, a client that claims", "10.0.0.1:5", "6.6.6.6, 198.51.100.7", "198.51.100.7"},
		{"two proxies", "10.0.0.1:5", "198.51.100.7, 10.0.0.2", "198.51.100.7"},
		{"with port", "10.0.0.1:5", "198.51.100.7:4711", "198.51.100.7"},
		{"version 6", "[fd00::1]:5", "[2001:db8::1]:99", "2001:db8::1"},
		{"garbage", "10.0.0.1:5", "unknown", "10.0.0.1"},
		{"proxy without header", "10.0.0.1:5", "", "10.0.0.1"},
		{"only proxies", "10.0.0.1:5", "10.0.0.3", "10.0.0.3"},
		{"mapped address of a proxy", "[::ffff:10.0.0.1]:5", "198.51.100.7", "198.51.100.7"},
	} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.RemoteAddr = c.peer
		if c.forwarded != "" {
			r.Header.Set("X-Forwarded-For", c.forwarded)
		}
		if got := e.address(r).String(); got != c.want {
			t.Errorf("%s: got %s, want %s", c.name, got, c.want)
		}
	}
}

func TestPlainHTTPOfAnHTTPSSite(t *testing.T) {
	e := &Edge{Sites: []Site{mustSite(t, "https://porthole.example")}, TrustedProxies: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}}
	handler := e.Wrap(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) }))
	for _, c := range []struct {
		name, method, target, peer, proto string
		status                            int
	}{
		{"through the proxy", "POST", "/api/login", "10.0.0.1:1", "https", http.StatusTeapot},
		{"through the proxy, which says nothing", "GET", "/", "10.0.0.1:1", "", http.StatusTeapot},
		{"through the proxy, over http", "GET", "/devices/1", "10.0.0.1:1", "http", http.StatusPermanentRedirect},
		{"through the proxy, over http, with a password", "POST", "/api/login", "10.0.0.1:1", "http", http.StatusForbidden},
		{"through the proxy, over http, with a token", "GET", "/user/currentUser?token=x", "10.0.0.1:1", "http", http.StatusForbidden},
		{"past the proxy, claiming https", "GET", "/", "192.0.2.1:1", "https", http.StatusPermanentRedirect},
		{"from this machine", "GET", "/", "127.0.0.1:1", "", http.StatusTeapot},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := httptest.NewRequest(c.method, "http://porthole.example"+c.target, nil)
			r.RemoteAddr = c.peer
			if c.proto != "" {
				r.Header.Set("X-Forwarded-Proto", c.proto)
			}
			w := httptest.NewRecorder()
			handler.ServeHTTP(w, r)
			if w.Code != c.status {
				t.Errorf("got %d, want %d", w.Code, c.status)
			}
			if c.status == http.StatusPermanentRedirect && !strings.HasPrefix(w.Header().Get("Location"), "https://porthole.example/") {
				t.Errorf("location: got %q", w.Header().Get("Location"))
			}
			if w.Header().Get("Strict-Transport-Security") == "" {
				t.Error("no HSTS under https")
			}
		})
	}
}

func TestWithoutAnEdgeNoOriginIsOurs(t *testing.T) {
	if info := FromContext(t.Context()); info.Site.SameHost("http://") || info.Site.Host != "" {
		t.Errorf("got %+v", info)
	}
}
