package forward

import (
	"context"
	"errors"
	"io"
	"slices"
	"strings"
)

const (
	// maxDrain is how much of a 401's body is read to keep its connection, in bytes.
	maxDrain = 64 << 10
	// maxAttempts is how often one request is sent: as the credential is known, as the
	// challenge wants it, and again when its nonce was stale.
	maxAttempts = 3
)

// Do sends one request and returns at the head of its answer. ctx ends the request at
// every stage, the body of its answer included; a Read of the request's body must end
// with it too.
func (f *Forward) Do(ctx context.Context, r *Request) (*Response, error) {
	if err := check(r); err != nil {
		return nil, err
	}
	body := newUpload(r)
	for attempt := 1; ; attempt++ {
		proof := f.auth.prove(r)
		x, err := f.send(ctx, r, proof, body)
		if err != nil {
			return nil, err
		}
		changed := f.jar.receive(x.resp.header["Set-Cookie"], r.Path)
		challenge, again := f.auth.judge(r, x.resp, proof)
		if again && attempt < maxAttempts && body.replayable() {
			if err := x.discard(ctx); err != nil {
				return nil, err
			}
			body.rewind()
			continue
		}
		return f.answer(x, changed, challenge), nil
	}
}

// send sends a request on a connection of the pool, once more when that one turns out to
// be closed.
func (f *Forward) send(ctx context.Context, r *Request, proof proof, body *upload) (*exchange, error) {
	w := want{once: !isIdempotent(r.Method)}
	for {
		c, err := f.pool.get(ctx, w)
		if err != nil {
			return nil, err
		}
		if w.once && !w.fresh && c.waited() > freshFor {
			// A person looked at its certificate: who knows whether the device waited.
			w.fresh = true
			c.release(false)
			continue
		}
		x, stale, err := c.roundTrip(ctx, f.outgoing(r, proof), body)
		if err == nil {
			return x, nil
		}
		if !stale || w.fresh || !body.rewind() {
			return nil, err
		}
		w.fresh = true
	}
}

// discard throws an answer away and waits until the request's body may be sent again.
func (x *exchange) discard(ctx context.Context) error {
	dog := newWatchdog(x.c.f.config.HeadLimit, func() { x.c.abort(x.c.f.silentError()) })
	defer dog.stop()
	err := io.EOF
	if x.resp.body != nil {
		_, err = io.CopyN(io.Discard, x.resp.body, maxDrain+1)
	}
	if errors.Is(err, io.EOF) {
		x.finish()
	} else {
		x.drop(errFinished)
	}
	if x.settle(ctx) != nil {
		return cancelled(ctx)
	}
	return nil
}

// answer makes the Response of an exchange.
func (f *Forward) answer(x *exchange, changed []Cookie, challenge *Challenge) *Response {
	in := x.resp
	out := &Response{
		Status: in.status, StatusText: statusText(in.text), Header: in.header,
		Cookies: changed, Challenge: challenge, Length: in.length,
	}
	dropHopByHop(out.Header)
	dropImpossible(out.Header)
	out.Header.Del("Set-Cookie")
	out.Header.Del("Set-Cookie2")
	if in.body == nil {
		out.Length, out.Body = 0, noBody{}
		x.finish()
		return out
	}
	out.Body = &answerBody{x: x}
	return out
}

// dropImpossible removes what no browser takes as a header; net/http is more lenient.
func dropImpossible(h Header) {
	for name, values := range h {
		if !isToken(name) || slices.ContainsFunc(values, func(v string) bool { return !isFieldValue(v) }) {
			delete(h, name)
		}
	}
}

// statusText is what follows the status, in printable ASCII: browsers refuse the rest.
func statusText(status string) string {
	_, text, _ := strings.Cut(status, " ")
	return strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return '?'
		}
		return r
	}, text)
}
