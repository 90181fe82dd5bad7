package relay

import (
	"bufio"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"

	"github.com/coder/websocket"

	"porthole/ssh/wire"
)

// checkUpgrade refuses what could not become a websocket, before the tenant is asked:
// the library would find it only afterwards and write its own answer.
func checkUpgrade(w http.ResponseWriter, req *http.Request, hosts []string) *Refused {
	if !fromOurPage(req, hosts) {
		return &Refused{
			Status: http.StatusForbidden,
			ErrorBody: wire.ErrorBody{
				Error:   wire.CodeForeignOrigin,
				Message: "A page of another site tried to open a connection. Open it from this gateway's own page.",
			},
			Cause: fmt.Errorf("origin %q is not this gateway", req.Header.Get("Origin")),
		}
	}
	status, err := upgradeFault(req)
	if err == nil && hijacker(w) == nil {
		status, err = http.StatusNotImplemented, errors.New("the http connection cannot be taken over")
	}
	if err == nil {
		return nil
	}
	return &Refused{
		Status: status,
		ErrorBody: wire.ErrorBody{
			Error:   wire.CodeInvalid,
			Message: "This address takes websocket connections only. Check the client, and any proxy between it and the gateway.",
		},
		Cause: err,
	}
}

// upgradeFault finds what is wrong with an upgrade request (RFC 6455 §4.2.1).
func upgradeFault(req *http.Request) (status int, err error) {
	keys := req.Header.Values("Sec-WebSocket-Key")
	switch {
	case req.Method != http.MethodGet:
		return http.StatusMethodNotAllowed, fmt.Errorf("method %s cannot upgrade", req.Method)
	case req.ProtoMajor != 1 || req.ProtoMinor < 1:
		return http.StatusUpgradeRequired, fmt.Errorf("%s cannot upgrade", req.Proto)
	case !hasToken(req.Header, "Connection", "upgrade") || !hasToken(req.Header, "Upgrade", "websocket"):
		return http.StatusUpgradeRequired, errors.New("no upgrade to websocket was asked for")
	case req.Header.Get("Sec-WebSocket-Version") != "13":
		return http.StatusUpgradeRequired, errors.New("the websocket version is not 13")
	case len(keys) != 1:
		return http.StatusBadRequest, fmt.Errorf("%d websocket keys instead of one", len(keys))
	}
	if key, err := base64.StdEncoding.DecodeString(strings.TrimSpace(keys[0])); err != nil || len(key) != 16 {
		return http.StatusBadRequest, errors.New("the websocket key is not 16 bytes of base64")
	}
	return 0, nil
}

// hasToken looks for a token in a comma-separated header.
func hasToken(h http.Header, name, token string) bool {
	for _, line := range h.Values(name) {
		for part := range strings.SplitSeq(line, ",") {
			if strings.EqualFold(strings.TrimSpace(part), token) {
				return true
			}
		}
	}
	return false
}

// fromOurPage reports whether the request comes from no page at all or from one whose
// host is the request's or one of hosts. The scheme is not compared: c8ylp sends
// http:// even on wss.
func fromOurPage(req *http.Request, hosts []string) bool {
	origins := req.Header.Values("Origin")
	if len(origins) == 0 {
		return true
	}
	if len(origins) > 1 {
		return false
	}
	origin, err := url.Parse(origins[0])
	if err != nil || origin.Host == "" { // "null" is the origin of a sandboxed page
		return false
	}
	if strings.EqualFold(origin.Host, req.Host) {
		return true
	}
	for _, host := range hosts {
		if strings.EqualFold(origin.Host, host) {
			return true
		}
	}
	return false
}

// accept answers the client with 101. After checkUpgrade it fails only when the HTTP
// connection cannot be taken over.
func accept(w http.ResponseWriter, req *http.Request) (*peer, error) {
	p := newPeer(false)
	u := &upgrade{ResponseWriter: w}
	ws, err := websocket.Accept(u, req, &websocket.AcceptOptions{
		Subprotocols: []string{wire.Subprotocol},
		// checkUpgrade decided about the origin, with the hosts that only we know.
		InsecureSkipVerify: true,
		OnPingReceived:     p.OnPing,
	})
	if err != nil {
		return nil, fmt.Errorf("accept the client: %w", err)
	}
	ws.SetReadLimit(-1) // messages are streamed, whatever their size
	p.ws, p.sock, p.Conn = ws, u.sock, u.sock
	return p, nil
}

// upgrade is the ResponseWriter that the websocket library sees: it takes the socket
// over through ours and keeps the library's own error pages from the client.
type upgrade struct {
	http.ResponseWriter
	sock *socket
}

// WriteHeader holds the status back until Hijack: any but 101 is the library's error.
func (u *upgrade) WriteHeader(int) {}

// Write drops the library's error text.
func (u *upgrade) Write(b []byte) (int, error) { return len(b), nil }

// Hijack writes the 101 and takes the connection over.
func (u *upgrade) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	hj := hijacker(u.ResponseWriter)
	if hj == nil {
		return nil, nil, http.ErrNotSupported
	}
	u.ResponseWriter.WriteHeader(http.StatusSwitchingProtocols)
	conn, brw, err := hj.Hijack()
	if err != nil {
		return nil, nil, fmt.Errorf("take the connection over: %w", err)
	}
	u.sock = newSocket(conn)
	return u.sock, brw, nil
}

// hijacker finds what can take the connection over under any wrappers of w.
func hijacker(w http.ResponseWriter) http.Hijacker {
	for {
		switch t := w.(type) {
		case http.Hijacker:
			return t
		case interface{ Unwrap() http.ResponseWriter }:
			w = t.Unwrap()
		default:
			return nil
		}
	}
}
