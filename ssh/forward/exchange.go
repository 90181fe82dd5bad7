package forward

import (
	"context"
	"strconv"
	"strings"
	"time"
)

// reuseGrace is how long the end of a request may be noticed after the end of its answer;
// as http.Transport.
const reuseGrace = 50 * time.Millisecond

// exchange is one request on a connection and its answer.
type exchange struct {
	c     *conn
	resp  *reply
	wrote chan error  // holds how the writing of the request ended, once it did
	stop  func() bool // ends the watch over the request's context
	keep  time.Duration
}

// roundTrip sends a request and reads the head of its answer. When it fails the
// connection is released; stale is true when the device had closed it before, and the
// request may be sent again on another.
func (c *conn) roundTrip(ctx context.Context, req *outgoing, body *upload) (x *exchange, stale bool, err error) {
	wrote := make(chan error, 1)
	x = &exchange{c: c, wrote: wrote}
	x.stop = context.AfterFunc(ctx, func() { c.abort(cancelled(ctx)) })
	dog := newWatchdog(c.f.config.HeadLimit, func() { c.abort(c.f.silentError()) })
	defer dog.stop()
	body.watchedBy(dog)
	go func() { wrote <- c.writeRequest(req, body, dog) }()
	x.resp, err = c.readHead(req)
	if err == nil {
		x.keep = keepAlive(x.resp.header)
		return x, false, nil
	}
	err = c.explain(err)
	stale = c.used && !c.heard && c.aborted() == nil && isIdempotent(req.method)
	x.drop(errFinished)
	if stale && x.settle(ctx) != nil {
		return nil, false, cancelled(ctx)
	}
	return nil, stale, err
}

// writeRequest is the sending half of an exchange. An answer may come before its end, so
// the loss of the connection is the reader's to see.
func (c *conn) writeRequest(req *outgoing, body *upload, dog *watchdog) error {
	c.held = c.held[:0]
	err := writeTo(petting{conn: c, dog: dog}, req, body)
	if err == nil {
		err = c.flush()
	}
	if fault := body.fault(); fault != nil {
		c.abort(fault)
	}
	dog.pet()
	return err
}

// settle waits until nothing reads the request's body any more.
func (x *exchange) settle(ctx context.Context) error {
	select {
	case err := <-x.wrote:
		x.wrote <- err
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// finish ends the exchange after the last byte of the answer.
func (x *exchange) finish() {
	c := x.c
	reusable := x.stop() && !x.resp.last && c.aborted() == nil && x.wroteAll()
	if reusable {
		c.used, c.since, c.keep = true, c.f.config.Now(), x.keep
	}
	c.release(reusable)
}

// wroteAll says whether the request was sent to its end.
func (x *exchange) wroteAll() bool {
	select {
	case err := <-x.wrote:
		x.wrote <- err
		return err == nil
	default:
	}
	grace := time.NewTimer(reuseGrace)
	defer grace.Stop()
	select {
	case err := <-x.wrote:
		x.wrote <- err
		return err == nil
	case <-grace.C:
		return false
	}
}

// drop ends the exchange before the end of its answer.
func (x *exchange) drop(cause error) {
	x.c.abort(cause)
	x.stop()
	x.c.release(false)
}

// isIdempotent says whether a request may be sent twice (RFC 9110 §9.2.2).
func isIdempotent(method string) bool {
	switch method {
	case "GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE":
		return true
	}
	return false
}

// keepAlive is how long the device keeps an idle connection, 0 when it does not say:
// "Keep-Alive: timeout=5", which Node and Apache send.
func keepAlive(h Header) time.Duration {
	for part := range strings.SplitSeq(h.Get("Keep-Alive"), ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		seconds, err := strconv.ParseUint(strings.TrimSpace(value), 10, 16)
		if strings.EqualFold(name, "timeout") && err == nil {
			return time.Duration(max(seconds, 1)) * time.Second
		}
	}
	return 0
}
