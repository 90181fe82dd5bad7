//go:build !js

package tunnel

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"net/http/httptrace"
	"time"

	"github.com/coder/websocket"

	"porthole/ssh/wire"
	"porthole/ssh/wire/wsframe"
)

// Native is what a native program may set for the upgrade request.
type Native struct {
	// Header is sent with the upgrade, for example Authorization.
	Header http.Header
	// HTTPClient makes the request; nil means one of our own, which dials names ending
	// in .localhost on loopback, follows no redirects and honours TLS. Its Transport
	// must speak HTTP/1.1.
	HTTPClient *http.Client
	// TLS is for wss with our own HTTPClient; nil means the system's roots.
	TLS *tls.Config
	// PingInterval sends a websocket ping now and then, for a proxy on the way that cuts
	// what is silent; 0 sends none. An answer is not insisted on.
	PingInterval time.Duration
}

// defaultOpen opens websockets with github.com/coder/websocket.
func defaultOpen(opts Native) (OpenFunc, error) {
	client := opts.HTTPClient
	if client == nil {
		client = newHTTPClient(opts.TLS)
	}
	header := opts.Header.Clone()
	return func(ctx context.Context, url string, subprotocols []string, events Events) (Socket, error) {
		out := wsframe.NewWriter(true)
		ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
			GotConn: func(info httptrace.GotConnInfo) { out.Conn = info.Conn },
		})
		//nolint:bodyclose // dialError closes it; of an accepted upgrade there is none
		ws, resp, err := websocket.Dial(ctx, url, &websocket.DialOptions{
			HTTPClient:      client,
			HTTPHeader:      header,
			Subprotocols:    subprotocols,
			CompressionMode: websocket.CompressionDisabled, // ciphertext does not compress
			OnPingReceived:  out.OnPing,
		})
		if err != nil {
			return nil, dialError(resp, err)
		}
		return newNativeSocket(ws, out, events, opts.PingInterval), nil
	}, nil
}

func newHTTPClient(tlsConfig *tls.Config) *http.Client {
	return &http.Client{
		Transport: &http.Transport{
			Proxy:             http.ProxyFromEnvironment,
			DialContext:       dialLocalhost,
			TLSClientConfig:   tlsConfig,
			DisableKeepAlives: true, // one upgrade per client: nothing to keep
		},
		// A redirect would carry Authorization to wherever the answer says.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// dialLocalhost dials names below .localhost on loopback, of either IP version.
func dialLocalhost(ctx context.Context, network, address string) (net.Conn, error) {
	var dialer net.Dialer
	loopback := wire.LoopbackAddress(address)
	conn, err := dialer.DialContext(ctx, network, loopback)
	if err != nil && loopback != address && ctx.Err() == nil {
		_, port, _ := net.SplitHostPort(loopback) // made by JoinHostPort
		if v6, err6 := dialer.DialContext(ctx, network, net.JoinHostPort("::1", port)); err6 == nil {
			return v6, nil
		}
	}
	return conn, err
}
