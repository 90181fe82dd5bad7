package relay

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptrace"
	"strings"
	"time"

	"github.com/coder/websocket"

	"porthole/ssh/wire"
)

// maxAnswerHeader bounds the tenant's answer header, in bytes.
const maxAnswerHeader = 64 << 10

// dialFunc opens a TCP connection.
type dialFunc func(ctx context.Context, network, address string) (net.Conn, error)

// newTransport is what upgrades are sent through: HTTP/1.1 only, one TCP connection
// for each, proxies of the environment honoured.
func newTransport(cfg Config, dial dialFunc) *http.Transport {
	t := &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		DisableKeepAlives:      true,
		DisableCompression:     true,
		MaxResponseHeaderBytes: maxAnswerHeader,
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			c, err := dial(ctx, network, wire.LoopbackAddress(address))
			if err != nil {
				return nil, err
			}
			return newSocket(c), nil
		},
	}
	if cfg.TLS != nil {
		t.TLSClientConfig = cfg.TLS.Clone()
		t.TLSClientConfig.NextProtos = nil
	}
	t.Protocols = new(http.Protocols)
	t.Protocols.SetHTTP1(true)
	return t
}

// dialed is a websocket to the tenant and what its answer told of the tenant's clock.
type dialed struct {
	*peer
	since time.Time // the connect operation was created then or later, by the tenant's clock
}

// dial opens the tenant's websocket. It follows no redirect: the credentials are for
// this address only.
func (r *Relay) dial(ctx context.Context, c Connection) (dialed, *Refused) {
	if c.Upstream == nil {
		return dialed{}, internal(errors.New("no address of the tenant was given"))
	}
	ctx, cancel := context.WithTimeoutCause(ctx, r.cfg.DialTimeout, errSlow)
	defer cancel()
	defer context.AfterFunc(r.stopped, cancel)()

	p := newPeer(true)
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GotConn: func(info httptrace.GotConnInfo) { p.Conn = info.Conn },
	})
	began := r.cfg.Now()
	ws, resp, err := websocket.Dial(ctx, c.Upstream.String(), &websocket.DialOptions{ //nolint:bodyclose // the library closes it
		HTTPClient: &http.Client{
			Transport:     r.transport,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
		HTTPHeader:     upgradeHeader(c.Header),
		Subprotocols:   []string{wire.Subprotocol},
		OnPingReceived: p.OnPing,
	})
	if err != nil {
		return dialed{}, r.dialRefused(ctx, c, resp, err)
	}
	ws.SetReadLimit(-1) // messages are streamed, whatever their size
	sock, ok := socketOf(p.Conn)
	if !ok {
		_ = ws.CloseNow()
		return dialed{}, internal(fmt.Errorf("no socket under %T", p.Conn))
	}
	p.ws, p.sock = ws, sock
	return dialed{peer: p, since: createdSince(resp.Header, began, r.cfg.Now())}, nil
}

// upgradeHeader is the header for the tenant without what belongs to the hop or to
// the websocket library.
func upgradeHeader(h http.Header) http.Header {
	out := h.Clone()
	if out == nil {
		out = make(http.Header)
	}
	for name := range out {
		if strings.HasPrefix(http.CanonicalHeaderKey(name), "Sec-Websocket-") {
			delete(out, name)
		}
	}
	for _, name := range []string{
		"Connection", "Upgrade", "Host", "Keep-Alive", "Te", "Trailer", "Transfer-Encoding",
		"Content-Length", "Proxy-Connection", "Proxy-Authorization",
	} {
		out.Del(name)
	}
	return out
}
