package standin

import (
	"bufio"
	"crypto/sha1" //nolint:gosec // RFC 6455 §1.3 fixes SHA-1; nothing is secured by it
	"encoding/base64"
	"net"
	"net/http"
	"strings"

	"porthole/ssh/wire"
	"porthole/ssh/wire/wsframe"

	"github.com/coder/websocket"
)

// isUpgrade says whether a request asks for a websocket (RFC 6455 §4.1).
func isUpgrade(r *http.Request) bool {
	return hasToken(r.Header.Values("Connection"), "upgrade") && hasToken(r.Header.Values("Upgrade"), "websocket")
}

func hasToken(values []string, token string) bool {
	for _, v := range values {
		for t := range strings.SplitSeq(v, ",") {
			if strings.EqualFold(strings.TrimSpace(t), token) {
				return true
			}
		}
	}
	return false
}

var errNotUpgrade = &apiError{http.StatusUpgradeRequired, "general/Upgrade Required", "This resource is a websocket."}

// accept answers a websocket upgrade with 101. The subprotocol is "binary" whatever was
// asked for, and no Origin is refused: an Origin matters to cookies only, which
// authenticate has checked.
func (c *call) accept() (*socket, error) {
	c.w.Header().Set("Sec-Websocket-Protocol", wire.Subprotocol)
	keep, out := &keepConn{ResponseWriter: c.w}, wsframe.NewWriter(false)
	conn, err := websocket.Accept(keep, c.r, &websocket.AcceptOptions{
		Subprotocols: []string{wire.Subprotocol}, InsecureSkipVerify: true,
		CompressionMode: websocket.CompressionDisabled, // ciphertext does not shrink
		OnPingReceived:  out.OnPing,
	})
	if err != nil {
		return nil, errAnswered
	}
	conn.SetReadLimit(-1) // messages are streamed, so their size does not matter
	out.Conn = keep.conn
	return &socket{Conn: conn, out: out}, nil
}

// socket is a websocket of which the library reads and closes; messages go beside it, on
// the connection below, which alone can be cut when the peer neither reads nor answers a
// close frame.
type socket struct {
	*websocket.Conn
	out *wsframe.Writer
}

// close ends the socket behind what is being sent.
func (s *socket) close(code websocket.StatusCode, reason string) {
	s.out.End()
	_ = s.Close(code, reason) // the peer may have gone
}

// cut ends the socket without a word.
func (s *socket) cut() { _ = s.out.Conn.Close() }

// keepConn remembers the connection that the handshake takes over.
type keepConn struct {
	http.ResponseWriter
	conn net.Conn
}

// Hijack implements http.Hijacker.
func (k *keepConn) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, rw, err := http.NewResponseController(k.ResponseWriter).Hijack()
	k.conn = conn
	return conn, rw, err
}

// acceptAgent is accept for agents, one of which sends a constant Sec-WebSocket-Key that
// is not base64 of 16 bytes. The platform answers it, so it gets the right digest of its
// wrong key.
func (c *call) acceptAgent() (*socket, error) {
	keys := c.r.Header.Values("Sec-Websocket-Key")
	if len(keys) != 1 || keys[0] == "" || validKey(keys[0]) {
		return c.accept()
	}
	c.w = acceptFor{c.w, acceptDigest(keys[0])}
	c.r = c.r.Clone(c.r.Context())
	c.r.Header.Set("Sec-Websocket-Key", base64.StdEncoding.EncodeToString(make([]byte, 16)))
	return c.accept()
}

func validKey(key string) bool {
	b, err := base64.StdEncoding.DecodeString(strings.TrimSpace(key))
	return err == nil && len(b) == 16
}

// acceptDigest is the value of Sec-WebSocket-Accept for a key (RFC 6455 §4.2.2).
func acceptDigest(key string) string {
	sum := sha1.Sum([]byte(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11")) //nolint:gosec // as above
	return base64.StdEncoding.EncodeToString(sum[:])
}

// acceptFor puts another Sec-WebSocket-Accept into the 101.
type acceptFor struct {
	http.ResponseWriter
	digest string
}

// WriteHeader sets the header just before it is sent.
func (a acceptFor) WriteHeader(status int) {
	if status == http.StatusSwitchingProtocols {
		a.Header().Set("Sec-Websocket-Accept", a.digest)
	}
	a.ResponseWriter.WriteHeader(status)
}

// Unwrap leads http.ResponseController and websocket.Accept to the hijacker.
func (a acceptFor) Unwrap() http.ResponseWriter { return a.ResponseWriter }
