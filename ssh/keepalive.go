package ssh

import (
	"errors"
	"time"

	"porthole/ssh/wire"
)

const (
	// keepAliveRequest is OpenSSH's name (its PROTOCOL file names no other use). Any
	// answer counts: most servers refuse it, which RFC 4254 §4 makes them say.
	keepAliveRequest = "keepalive@openssh.com"
	// firstKeepAlive comes soon after connecting, so that the page has a round trip to
	// show, but after the shell was opened.
	firstKeepAlive = time.Second
	// missedKeepAlives is how many intervals may pass without an answer although other
	// bytes still come.
	missedKeepAlives = 3
)

var errNoAnswer = errors.New("keep-alive unanswered")

// stayAlive sends keep-alive messages and ends the connection when the device is gone:
// after an interval of complete silence, or after three without an answer.
func (c *Client) stayAlive() {
	timer := time.NewTimer(min(firstKeepAlive, c.keepAlive))
	defer timer.Stop()
	for {
		select {
		case <-c.closed:
			return
		case <-timer.C:
		}
		if !c.probe() {
			return
		}
		timer.Reset(c.keepAlive)
	}
}

// probe sends one message and waits for its answer; false when the connection is over.
func (c *Client) probe() bool {
	answered := make(chan error, 1)
	sent := time.Now()
	started := c.worker(func() {
		_, _, err := c.ssh.SendRequest(keepAliveRequest, true, nil)
		if err == nil {
			c.roundTrip.Store(int64(max(time.Since(sent), 1)))
		}
		answered <- err
	})
	if !started {
		return false
	}
	ticker := time.NewTicker(c.keepAlive)
	defer ticker.Stop()
	received := c.conn.in.Load()
	for missed := 1; ; missed++ {
		select {
		case err := <-answered:
			return err == nil
		case <-c.closed:
			return false
		case <-ticker.C:
		}
		now := c.conn.in.Load()
		if now == received || missed == missedKeepAlives {
			_ = c.conn.fail(&Error{
				Code: wire.CodeKeepAliveTimeout, Err: errNoAnswer,
				Message: "The device stopped answering. Check whether it is online, then connect again.",
			})
			return false
		}
		received = now
	}
}
