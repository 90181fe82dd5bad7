package server_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"porthole/server"
	"porthole/server/platform"
	"porthole/ssh/wire"
)

// selfSigned writes a certificate for *.localhost and its key.
func selfSigned(t *testing.T) (certFile, keyFile string, roots *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), DNSNames: []string{"porthole.localhost", "gateway.localhost", "*.fwd.porthole.localhost"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	certFile, keyFile = filepath.Join(folder, "cert.pem"), filepath.Join(folder, "key.pem")
	writeCertificate(t, certFile, der)
	if err := os.WriteFile(keyFile, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret}), 0o600); err != nil {
		t.Fatal(err)
	}
	roots = x509.NewCertPool()
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	roots.AddCert(certificate)
	return certFile, keyFile, roots
}

func TestTheWholeWayUnderTLS(t *testing.T) {
	certFile, keyFile, roots := selfSigned(t)
	w := newDeviceWorld(t, options{config: func(c *server.Config) { c.TLSCert, c.TLSKey = certFile, keyFile }})
	if !strings.HasPrefix(w.base, "https://porthole.localhost:") {
		t.Fatalf("URL: got %s", w.base)
	}
	// HTTP/2 for requests; a websocket needs HTTP/1.1.
	config := &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}
	two := &http.Transport{DialContext: platform.DialContext, TLSClientConfig: config, ForceAttemptHTTP2: true}
	one := &http.Transport{DialContext: platform.DialContext, TLSClientConfig: config.Clone()}
	t.Cleanup(two.CloseIdleConnections)
	t.Cleanup(one.CloseIdleConnections)
	w.client = &http.Client{Transport: two}
	p := w.signIn("anna", annaPassword)
	a := p.do(http.MethodGet, "/user/currentUser", "")
	if a.StatusCode != http.StatusOK || a.ProtoMajor != 2 {
		t.Errorf("current user: got %d over %s", a.StatusCode, a.Proto)
	}
	if a.Header.Get("Strict-Transport-Security") == "" {
		t.Error("no HSTS under https")
	}
	_, _, oauth := tenantToken(t, w)
	for _, line := range oauth.Header.Values("Set-Cookie") {
		if !strings.Contains(line, "Secure") || strings.Contains(line, "Domain") {
			t.Errorf("cookie %q, want Secure and no Domain", line)
		}
	}
	if page := w.do(http.MethodGet, "/", ""); !strings.Contains(page.Header.Get("Content-Security-Policy"), "wss://"+strings.TrimPrefix(w.base, "https://")) {
		t.Errorf("policy: got %q", page.Header.Get("Content-Security-Policy"))
	}
	w.client = &http.Client{Transport: one}
	echo(t, p.open("3"), "hello under TLS")
}

func TestTheAddressBehindATrustedProxyCounts(t *testing.T) {
	w := newWorld(t, options{config: func(c *server.Config) {
		c.TrustedProxies, c.PublicURL = []string{"127.0.0.0/8"}, "https://gateway.example"
	}})
	behind := func(address string) answer {
		headers := []string{"Host", "gateway.example", "Origin", "https://gateway.example", "Content-Type", "application/json", "X-Forwarded-Proto", "https"}
		port := strings.TrimPrefix(w.gateway.Addr().String(), "127.0.0.1")
		other := *w
		other.base = "http://porthole.localhost" + port
		return other.do(http.MethodPost, "/api/login", loginBody("user"+address, "guess", ""), append(headers, "X-Forwarded-For", "6.6.6.6, "+address)...)
	}
	for range 4 {
		for i := range 5 { // five per user would count first
			wantProblem(t, behind("192.0.2."+string(rune('1'+i))), http.StatusUnauthorized, wire.CodeSignInRefused)
		}
	}
	if log := w.log.String(); !strings.Contains(log, "address=192.0.2.3") || strings.Contains(log, "6.6.6.6") {
		t.Errorf("the log has the wrong addresses:\n%s", log)
	}
}
