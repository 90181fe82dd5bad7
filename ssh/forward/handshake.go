package forward

import (
	"context"
	"crypto/rand"
	"crypto/sha1" //nolint:gosec // what RFC 6455 §4.2.2 defines; nothing secret depends on it
	"encoding/base64"
	"fmt"
	"slices"
	"strings"

	"porthole/ssh/wire"
)

// maxSockets is how many websockets one forward may have open.
const maxSockets = 1024

// Socket opens a websocket (RFC 6455); path begins with "/", cookies are as
// [Request.Cookies]. ctx ends the opening, not the websocket.
func (f *Forward) Socket(ctx context.Context, path string, protocols []string, cookies *string) (*Socket, error) {
	r := &Request{Method: "GET", Path: path, Size: -1, Cookies: cookies}
	if err := check(r); err != nil {
		return nil, err
	}
	for i, p := range protocols {
		if !isToken(p) || slices.Contains(protocols[:i], p) {
			return nil, invalid("That is no list of subprotocols.")
		}
	}
	if f.sockets.Add(1) > maxSockets {
		f.sockets.Add(-1)
		return nil, &Error{
			Code:    wire.CodeForwardRefused,
			Message: fmt.Sprintf("The page has %d websockets open; no more are opened.", maxSockets),
		}
	}
	s, err := f.openSocket(ctx, r, protocols)
	if err != nil {
		f.sockets.Add(-1)
		return nil, err
	}
	return s, nil
}

func (f *Forward) openSocket(ctx context.Context, r *Request, protocols []string) (*Socket, error) {
	for attempt := 1; ; attempt++ {
		c, err := f.dial(ctx, false)
		if err != nil {
			return nil, err
		}
		proof := f.auth.prove(r)
		key := newSocketKey()
		x, stale, err := c.roundTrip(ctx, f.upgrade(r, proof, key, protocols), nil)
		switch {
		case stale && attempt < maxAttempts:
			continue
		case err != nil:
			return nil, err
		}
		f.jar.receive(x.resp.header["Set-Cookie"], r.Path)
		_, again := f.auth.judge(r, x.resp, proof)
		if again && attempt < maxAttempts {
			x.drop(errFinished)
			continue
		}
		protocol, err := f.accepted(x.resp, key, protocols)
		if err != nil {
			x.drop(errFinished)
			return nil, err
		}
		if x.settle(ctx) != nil || !x.stop() {
			x.drop(errFinished)
			return nil, cancelled(ctx)
		}
		return newSocket(c, protocol), nil
	}
}

// upgrade is the request of the opening handshake (RFC 6455 §4.1), in the spelling of its
// examples: some servers look for that.
func (f *Forward) upgrade(r *Request, p proof, key string, protocols []string) *outgoing {
	h := Header{
		"Upgrade": {"websocket"}, "Connection": {"Upgrade"}, "Origin": {f.target.url},
		"Sec-WebSocket-Key": {key}, "Sec-WebSocket-Version": {"13"},
		"User-Agent": {f.agent()},
	}
	if len(protocols) > 0 {
		h["Sec-WebSocket-Protocol"] = []string{strings.Join(protocols, ", ")}
	}
	if p.header != "" {
		h["Authorization"] = []string{p.header}
	}
	if cookie := f.jar.header(r.Path, r.Cookies); cookie != "" {
		h["Cookie"] = []string{cookie}
	}
	return f.request("GET", r.Path, h)
}

// accepted checks the device's half of the handshake and gives the subprotocol.
func (f *Forward) accepted(resp *reply, key string, protocols []string) (string, error) {
	if resp.status != statusSwitching {
		return "", &Error{
			Code: wire.CodeForwardRefused,
			Message: fmt.Sprintf("The device's web server at %s refused the websocket with status %d.",
				f.target.name, resp.status),
		}
	}
	protocol := resp.header.Get("Sec-Websocket-Protocol")
	switch {
	case !hasToken(resp.header["Upgrade"], "websocket"), !hasToken(resp.header["Connection"], "upgrade"),
		resp.header.Get("Sec-Websocket-Accept") != acceptOf(key):
		return "", f.garbageError("no proper answer to a websocket", nil)
	case resp.header.Get("Sec-Websocket-Extensions") != "":
		return "", f.garbageError("websocket extensions that nobody asked for", nil)
	case protocol != "" && !slices.Contains(protocols, protocol):
		return "", f.garbageError("a websocket subprotocol that nobody asked for", nil)
	}
	return protocol, nil
}

func hasToken(values []string, token string) bool {
	for _, list := range values {
		for item := range strings.SplitSeq(list, ",") {
			if strings.EqualFold(trimSpace(item), token) {
				return true
			}
		}
	}
	return false
}

func newSocketKey() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // it never fails
	return base64.StdEncoding.EncodeToString(b[:])
}

// acceptOf is what the server makes of the key (RFC 6455 §4.2.2).
func acceptOf(key string) string {
	sum := sha1.Sum([]byte(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11")) //nolint:gosec // see the import
	return base64.StdEncoding.EncodeToString(sum[:])
}
