package tenant

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"net/http"
	"os"
	"time"

	"porthole/ssh/cmd/porthole/fault"
	"porthole/ssh/wire"
)

// TLSConfig is what REST and websocket have in common: the system's roots, those of
// SSL_CERT_FILE beside them, or no check at all.
func TLSConfig(insecure bool, certFile string) (*tls.Config, error) {
	if insecure {
		//nolint:gosec // --insecure asks for it, by name, each time
		return &tls.Config{InsecureSkipVerify: true}, nil
	}
	if certFile == "" {
		return &tls.Config{MinVersion: tls.VersionTLS12}, nil
	}
	text, err := os.ReadFile(certFile)
	if err != nil {
		return nil, fault.Wrap(err, fault.Local, "The certificates of SSL_CERT_FILE cannot be read: %v.", err)
	}
	roots, err := x509.SystemCertPool()
	if err != nil {
		roots = x509.NewCertPool()
	}
	if !roots.AppendCertsFromPEM(text) {
		return nil, fault.New(fault.Local, "The file %q of SSL_CERT_FILE holds no certificate in PEM format.", certFile)
	}
	return &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: roots}, nil
}

// newHTTPClient serves REST and websockets alike, so that what holds for one (TLS,
// proxy, names below .localhost) holds for the other.
func newHTTPClient(config *tls.Config) *http.Client {
	return &http.Client{
		Transport: &http.Transport{
			Proxy:                 http.ProxyFromEnvironment,
			DialContext:           dialLocalhost,
			TLSClientConfig:       config,
			TLSHandshakeTimeout:   15 * time.Second,
			MaxIdleConnsPerHost:   2,
			IdleConnTimeout:       30 * time.Second,
			ExpectContinueTimeout: time.Second,
		},
		// A redirect would carry the credentials to wherever the answer says.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// dialLocalhost dials, with names below .localhost meaning loopback of either version.
func dialLocalhost(ctx context.Context, network, address string) (net.Conn, error) {
	dialer := net.Dialer{Timeout: 15 * time.Second}
	loopback := wire.LoopbackAddress(address)
	conn, err := dialer.DialContext(ctx, network, loopback)
	if err != nil && loopback != address && ctx.Err() == nil {
		_, port, _ := net.SplitHostPort(loopback) // made by JoinHostPort
		if v6, err6 := dialer.DialContext(ctx, network, net.JoinHostPort("::1", port)); err6 == nil {
			return v6, nil
		}
	}
	if err != nil {
		return nil, fmt.Errorf("dial: %w", err)
	}
	return conn, nil
}
