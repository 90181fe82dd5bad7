package server

import (
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func good() Config {
	c := DefaultConfig()
	c.Tenant = "https://tenant.example"
	return c
}

func TestDefaultsAreValid(t *testing.T) {
	if err := good().Validate(); err != nil {
		t.Error(err)
	}
}

func TestEveryWrongOptionIsNamedAtOnce(t *testing.T) {
	c := Config{
		Tenant: "http://tenant.example", TenantCA: "/nonexistent", Listen: "nonsense", PublicURL: "ftp://x", TLSCert: "only",
		TrustedProxies: []string{"10.0.0.0/8", "x"}, AdminListen: "127.0.0.1:99999",
		WaitLimit: -1, IdleLimit: -1, MaxDuration: -1, DrainTime: -1, CLITokens: -1, ClientMessage: 1 << 20, TenantMessage: 65537,
	}
	err := c.Validate()
	if err == nil {
		t.Fatal("no error")
	}
	for _, option := range []string{
		"tenant", "tenant-ca", "listen", "public-url", "tls-cert", "trusted-proxies", "admin-listen", "tenant-timeout",
		"login-idle", "login-max", "cli-tokens", "wait-limit", "idle-limit", "max-duration", "dial-timeout", "drain-time",
		"max-connections", "max-connections-per-principal", "client-message", "tenant-message",
	} {
		if !strings.Contains(err.Error(), "--"+option+":") {
			t.Errorf("--%s is not named in:\n%v", option, err)
		}
	}
}

func TestNothingSecretCrossesInTheClear(t *testing.T) {
	certFile, keyFile := pair(t)
	for _, c := range []struct {
		name   string
		change func(*Config)
		option string // "" when it is fine
	}{
		{"plain on loopback", func(*Config) {}, ""},
		{"plain on all interfaces", func(c *Config) { c.Listen = ":8440" }, "public-url"},
		{"plain on all interfaces with https URL, no proxy", func(c *Config) { c.Listen, c.PublicURL = ":8440", "https://p.example" }, "listen"},
		{"behind a trusted proxy", func(c *Config) {
			c.Listen, c.PublicURL, c.TrustedProxies = "0.0.0.0:8440", "https://p.example", []string{"10.0.0.0/8"}
		}, ""},
		{"behind a trusted proxy with an http URL", func(c *Config) {
			c.Listen, c.PublicURL, c.TrustedProxies = ":8440", "http://p.example", []string{"10.0.0.0/8"}
		}, "public-url"},
		{"behind a trusted proxy with a loopback http URL", func(c *Config) {
			c.Listen, c.PublicURL, c.TrustedProxies = "0.0.0.0:8440", "http://porthole.localhost:8440", []string{"10.0.0.0/8"}
		}, "listen"},
		{"a proxy on this machine that is not named", func(c *Config) { c.PublicURL = "https://p.example" }, "trusted-proxies"},
		{"TLS here", func(c *Config) {
			c.Listen, c.PublicURL, c.TLSCert, c.TLSKey = ":8440", "https://p.example", certFile, keyFile
		}, ""},
		{"TLS here with an http URL", func(c *Config) {
			c.Listen, c.PublicURL, c.TLSCert, c.TLSKey = ":8440", "http://p.example", certFile, keyFile
		}, "public-url"},
		{"plain to the tenant", func(c *Config) { c.Tenant = "http://tenant.example" }, "tenant"},
		{"plain to a tenant on loopback", func(c *Config) { c.Tenant = "http://127.0.0.1:1" }, ""},
		{"tenant with a path", func(c *Config) { c.Tenant = "https://tenant.example/x" }, "tenant"},
		{"no tenant", func(c *Config) { c.Tenant = "" }, "tenant"},
		{"idle longer than the lifetime", func(c *Config) { c.LoginIdle = 13 * time.Hour }, "login-idle"},
		{"admin off", func(c *Config) { c.AdminListen = "off" }, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			config := good()
			c.change(&config)
			err := config.Validate()
			if c.option == "" && err != nil || c.option != "" && (err == nil || !strings.Contains(err.Error(), "--"+c.option+":")) {
				t.Errorf("got %v, want a problem with %q", err, c.option)
			}
		})
	}
}

func TestAPortInUseIsSaid(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = taken.Close() }()
	c := good()
	c.Listen = taken.Addr().String()
	if _, err := New(c); err == nil || !strings.Contains(err.Error(), "in use") || !strings.Contains(err.Error(), c.Listen) {
		t.Errorf("got %v", err)
	}
	c = good()
	c.Listen, c.AdminListen = "127.0.0.1:0", taken.Addr().String()
	if _, err := New(c); err == nil || !strings.Contains(err.Error(), "--admin-listen") {
		t.Errorf("got %v", err)
	}
	c = good()
	c.TLSCert, c.TLSKey = filepath.Join(t.TempDir(), "none"), "none"
	if _, err := New(c); err == nil || !strings.Contains(err.Error(), "--tls-cert") {
		t.Errorf("got %v", err)
	}
}

func TestCloseWithoutServeLeavesNothing(t *testing.T) {
	c := good()
	c.Listen = "127.0.0.1:0"
	s, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	if s.Handler() == nil || s.AdminHandler() == nil || s.AdminAddr() == nil || s.Port() == 0 {
		t.Error("the server lacks a part")
	}
	s.Close()
	s.Close()
	if _, err := new(net.Dialer).DialContext(t.Context(), "tcp", s.Addr().String()); err == nil {
		t.Error("the listener is still open")
	}
	if !strings.HasPrefix(s.URL(), "http://porthole.localhost:") {
		t.Errorf("URL: got %s", s.URL())
	}
}

func TestABugInOneRequestIsAnswered(t *testing.T) {
	s, err := New(func() Config { c := good(); c.Listen = "127.0.0.1:0"; return c }())
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	handler := s.metrics.count(s.recovered(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("bug") })))
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/", nil))
	if w.Code != http.StatusInternalServerError {
		t.Errorf("got %d", w.Code)
	}
}
