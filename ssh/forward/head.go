package forward

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"porthole/ssh/wire"
)

const (
	// maxHead bounds the head of an answer with all 1xx before it, in bytes.
	maxHead = 1 << 20
	// maxInformational is how many 1xx answers may come before the one that counts; as
	// http.Transport.
	maxInformational = 5
)

// readHead reads the head of the answer that counts: 1xx are skipped, but for the 101
// that a request with Upgrade asks for (RFC 9110 §15.2).
func (c *conn) readHead(req *outgoing) (*reply, error) {
	if c.peeked != nil {
		<-c.peeked
		c.peeked = nil
		if c.readErr != nil {
			return nil, c.readErr
		}
	}
	ahead := int64(c.br.Buffered())
	c.heard = ahead > 0
	// The buffer may take some of the body while the head is read.
	c.limited, c.room = true, maxHead+readBuffer-ahead
	defer func() { c.limited = false }()
	for range maxInformational + 1 {
		if first, err := c.br.Peek(5); err != nil || string(first) != "HTTP/" {
			return nil, c.notHTTP(first, err)
		}
		resp, err := readReply(c.br, req.method)
		if err != nil {
			return nil, err
		}
		if maxHead+readBuffer-c.room-int64(c.br.Buffered()) > maxHead {
			return nil, errHeadTooBig
		}
		switch asked := req.header["Upgrade"] != nil; {
		case resp.major != 1:
			return nil, c.f.garbageError("an HTTP version that nobody asked for", nil)
		case resp.status >= 200 || resp.status == statusSwitching && asked:
			return resp, nil
		case resp.status < 100 || resp.status == statusSwitching:
			return nil, c.f.garbageError("a status that nobody asked for", nil)
		}
	}
	return nil, c.f.garbageError("nothing but provisional answers", nil)
}

// notHTTP explains first bytes that begin no HTTP answer.
func (c *conn) notHTTP(first []byte, err error) error {
	text := string(first)
	switch {
	case errors.Is(err, errHeadTooBig) || err != nil && strings.HasPrefix("HTTP/", text):
		return err
	case strings.HasPrefix(text, "\x15\x03") || strings.HasPrefix(text, "\x16\x03"):
		return c.f.garbageError("TLS: open it as https", err)
	case strings.HasPrefix(text, "SSH-"):
		return c.f.garbageError("SSH", err)
	default:
		return c.f.garbageError("something that is no HTTP/1.x", err)
	}
}

// explain gives the failure of a request before its answer has a head.
func (c *conn) explain(err error) error {
	var own *Error
	switch cause := c.aborted(); {
	case cause != nil:
		return cause
	case errors.As(err, &own):
		return own
	case errors.Is(err, errHeadTooBig) || errors.Is(c.readErr, errHeadTooBig):
		return c.f.garbageError("more than 1 MiB of headers", err)
	case c.readErr == nil:
		return c.f.garbageError("something that breaks the rules of HTTP", err)
	case c.heard:
		return c.f.brokenError("broke off in the middle of the headers", c.readErr)
	default:
		return c.f.brokenError("closed the connection without an answer", c.readErr)
	}
}

// explainBody gives the failure of an answer after its head.
func (c *conn) explainBody(err error) error {
	switch cause := c.aborted(); {
	case cause != nil:
		return cause
	case c.readErr == nil && !errors.Is(err, io.ErrUnexpectedEOF):
		return c.f.garbageError("a body that breaks the rules of HTTP", err)
	case c.readErr != nil:
		err = c.readErr
	}
	return c.f.brokenError("broke off in the middle of the answer", err)
}

// brokenError keeps the explanation of whoever carries the bytes, when there is one.
func (f *Forward) brokenError(what string, err error) error {
	if e := explanation(err); e != nil {
		return e
	}
	return &Error{
		Code: wire.CodeForwardBroken, Err: noEnd(err),
		Message: fmt.Sprintf("The device's web server at %s %s. Try again.", f.target.name, what),
	}
}

func (f *Forward) garbageError(what string, err error) error {
	return &Error{
		Code: wire.CodeForwardGarbage, Err: noEnd(err),
		Message: fmt.Sprintf("What answers at %s of the device sent %s, so its page cannot be shown.", f.target.name, what),
	}
}

// noEnd keeps callers from taking a failure for the end of a body.
func noEnd(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

func (f *Forward) silentError() error {
	return &Error{
		Code: wire.CodeForwardSilent,
		Message: fmt.Sprintf("%s of the device accepted the connection, but sent no answer within %g seconds.",
			f.target.name, f.config.HeadLimit.Seconds()),
	}
}
