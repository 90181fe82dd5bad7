package forward

import "context"

// Socket is one websocket to the target.
type Socket struct{}

// SocketEnd says how a websocket ended.
type SocketEnd struct {
	Code   int // RFC 6455 §7.4; 1006 when the connection broke
	Reason string
	Clean  bool // both sides said close
}

// Protocol is the subprotocol that the device chose, "" for none.
func (s *Socket) Protocol() string { return "" }

// Read gives the next message, io.EOF after a clean end, an [Error] after any other. One
// call at a time.
func (s *Socket) Read(_ context.Context) (text bool, data []byte, err error) {
	return false, nil, closedError()
}

// Write sends one message and returns when the connection took it. One call at a time.
func (s *Socket) Write(_ context.Context, _ bool, _ []byte) error { return closedError() }

// Close begins the closing handshake and does not wait for its end; code 0 sends none.
func (s *Socket) Close(_ int, _ string) error { return nil }

// Closed is closed when the websocket ended.
func (s *Socket) Closed() <-chan struct{} { return nil }

// End says how it ended; only after Closed.
func (s *Socket) End() SocketEnd { return SocketEnd{} }
