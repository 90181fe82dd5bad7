package ssh

import (
	"context"
	"errors"
	"fmt"

	gossh "golang.org/x/crypto/ssh"

	"porthole/ssh/wire"
)

// maxUnasked is how many channels a server may try to open before it is taken for
// hostile: we ask for none (no agent, no X11, no remote forward).
const maxUnasked = 64

// refuseChannels refuses every channel the server opens.
func (c *Client) refuseChannels(channels <-chan gossh.NewChannel) {
	unasked := 0
	for ch := range channels {
		_ = ch.Reject(gossh.Prohibited, "not allowed") // a broken conn shows elsewhere
		if unasked++; unasked == maxUnasked {
			_ = c.conn.fail(&Error{
				Code:    wire.CodeLost,
				Message: "The device keeps opening channels that nobody asked for, so the connection was ended.",
			})
		}
	}
}

// refuseRequests refuses every global request, as RFC 4254 §4 wants of unknown ones;
// "hostkeys-00@openssh.com" asks for no answer.
func refuseRequests(requests <-chan *gossh.Request) {
	for r := range requests {
		if r.WantReply {
			_ = r.Reply(false, nil) // a broken conn shows elsewhere
		}
	}
}

// opened is a channel and the requests the server sends on it.
type opened struct {
	ch       gossh.Channel
	requests <-chan *gossh.Request
}

// open opens a channel and sets it up, all in one flight after the confirmation: setup
// runs once the channel is there. The call ends with ctx; what comes later is closed.
func (c *Client) open(ctx context.Context, kind string, extra []byte, setup func(gossh.Channel) error) (opened, error) {
	type result struct {
		opened
		err error
	}
	done := make(chan result)
	abandoned := make(chan struct{})
	started := c.worker(func() {
		ch, requests, err := c.ssh.OpenChannel(kind, extra)
		if err == nil && setup != nil {
			if err = setup(ch); err != nil {
				discard(ch, requests)
			}
		}
		select {
		case done <- result{opened{ch, requests}, err}:
		case <-abandoned:
			if err == nil {
				discard(ch, requests)
			}
		}
	})
	if !started {
		return opened{}, c.ended()
	}
	select {
	case r := <-done:
		if r.err != nil {
			return opened{}, c.explainOpen(r.err)
		}
		return r.opened, nil
	case <-ctx.Done():
		close(abandoned)
		return opened{}, cancelError(ctx)
	}
}

// discard closes a channel and drains it; it returns when the server closed it too.
func discard(ch gossh.Channel, requests <-chan *gossh.Request) {
	_ = ch.Close() // nobody is interested any more
	gossh.DiscardRequests(requests)
}

func (c *Client) explainOpen(err error) error {
	var e *Error
	var refused *gossh.OpenChannelError
	switch {
	case errors.As(err, &e):
		return e
	case errors.As(err, &refused):
		return &Error{
			Code: wire.CodeShellRefused, Err: err,
			Message: fmt.Sprintf("The device refused: %q.", printable(refused.Message, maxReasonText)),
		}
	case c.conn.cutError() != nil:
		return c.ended()
	default:
		return &Error{Code: wire.CodeShellRefused, Err: err, Message: "The device refused to open a session."}
	}
}

// requestOrRefuse sends a channel request and waits for the answer.
func requestOrRefuse(ch gossh.Channel, kind string, payload []byte, sentence string) error {
	ok, err := ch.SendRequest(kind, true, payload)
	if err != nil {
		return fmt.Errorf("send %s request: %w", kind, err)
	}
	if !ok {
		return &Error{Code: wire.CodeShellRefused, Message: sentence}
	}
	return nil
}
