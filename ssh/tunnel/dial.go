package tunnel

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"time"

	"porthole/ssh/wire"
)

// defaultHandshakeTimeout is long enough for a tenant that answers the upgrade only
// after it has written an operation, and shorter than a person's patience.
const defaultHandshakeTimeout = 30 * time.Second

// Options says where a tunnel goes to.
type Options struct {
	// URL is the ws or wss address of the passthrough websocket. Needed.
	URL string
	// HandshakeTimeout limits opening the websocket; 0 means 30 s. The device is not
	// waited for: the platform answers before the device is there.
	HandshakeTimeout time.Duration
	// Open opens the websocket. Needed under js; natively nil means our own.
	Open OpenFunc
	// Native holds what only a native program can set; it is empty under js.
	Native Native
}

// Dial opens the websocket of opts and returns it as a stream of bytes. Ending ctx
// cancels the dialling only. The error is a *DialError, or the cause of ctx.
func Dial(ctx context.Context, opts Options) (net.Conn, error) {
	u, err := url.Parse(opts.URL)
	if err != nil || u.Host == "" || (u.Scheme != "ws" && u.Scheme != "wss") {
		// The address itself stays out of the sentence: it may hold a token.
		return nil, &DialError{
			Code: wire.CodeInvalid,
			Text: "The address of the websocket must start with ws:// or wss:// and name a host.",
		}
	}
	open := opts.Open
	if open == nil {
		open, err = defaultOpen(opts.Native)
		if err != nil {
			return nil, err
		}
	}
	timeout := opts.HandshakeTimeout
	if timeout <= 0 {
		timeout = defaultHandshakeTimeout
	}
	return dial(ctx, open, opts.URL, timeout)
}

var errHandshakeTimeout = errors.New("websocket handshake timed out")

func dial(ctx context.Context, open OpenFunc, address string, timeout time.Duration) (net.Conn, error) {
	dialCtx, cancel := context.WithTimeoutCause(ctx, timeout, errHandshakeTimeout)
	defer cancel()

	c := newConn()
	socket, err := open(dialCtx, address, []string{wire.Subprotocol}, Events{Message: c.message, Closed: c.closed})
	if err == nil {
		c.socket = socket
		return c, nil
	}
	if ctx.Err() != nil {
		return nil, fmt.Errorf("dial websocket: %w", context.Cause(ctx))
	}
	if errors.Is(context.Cause(dialCtx), errHandshakeTimeout) {
		return nil, &DialError{
			Code: wire.CodeUnreachable,
			Text: fmt.Sprintf("The gateway did not open the connection within %s. Check the network and try again.", timeout),
			Err:  errHandshakeTimeout,
		}
	}
	return nil, err
}
