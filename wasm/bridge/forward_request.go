//go:build js

package bridge

import (
	"context"
	"fmt"
	"io"
	"net/textproto"
	"strings"
	"syscall/js"

	"porthole/ssh/forward"
	"porthole/wasm/jsval"
)

// maxSize is the largest body that can be announced: JavaScript's largest whole number.
const maxSize = 1<<53 - 1

// request is GoForward.request.
func (f *forwarding) request(args []js.Value) any {
	r, err := parseRequest(args[0])
	if err != nil {
		return rejected(err)
	}
	ctx, stop := jsval.WithSignal(f.life, args[2])
	if args[1].Type() == js.TypeFunction {
		r.Body = &pulled{ctx: ctx, pull: args[1]}
	}
	return promise(f.warn, func() (any, error) {
		answer, err := f.pages.Do(ctx, r)
		if err != nil {
			stop()
			return nil, err
		}
		return newResponse(f.warn, answer, stop), nil
	})
}

func parseRequest(v js.Value) (*forward.Request, error) {
	fields := fieldsOf(v)
	r := &forward.Request{
		Method: fields.string("method"), Path: fields.string("path"), Referrer: fields.string("referrer"),
	}
	size := fields.get("size", func(v js.Value) bool { return isInt(v, -1, maxSize) })
	fields.get("cookies", func(v js.Value) (ok bool) { r.Cookies, ok = optionalString(v); return ok })
	headers := fields.get("headers", jsval.IsArray)
	if fields.err != nil {
		return nil, fields.err
	}
	r.Size = int64(size.Float())
	pairs, ok := jsval.Pairs(headers)
	r.Header = make(forward.Header, len(pairs))
	for _, pair := range pairs {
		value, latin := forward.ToLatin1(pair[1])
		ok = ok && latin
		name := textproto.CanonicalMIMEHeaderKey(pair[0])
		r.Header[name] = append(r.Header[name], value)
	}
	if !ok || !strings.HasPrefix(r.Path, "/") {
		return nil, invalid("The page's request is not one of HTTP.")
	}
	return r, nil
}

// pulled is the body of a request, asked of JavaScript piece by piece.
type pulled struct {
	ctx  context.Context
	pull js.Value
	// rest is what of the piece is not read yet: it stays in JavaScript's memory, and is
	// copied once, to where the reader wants it.
	rest js.Value
	off  int
	size int
	end  error
}

// Read implements io.Reader.
func (b *pulled) Read(p []byte) (int, error) {
	for b.off == b.size {
		if b.end != nil {
			return 0, b.end
		}
		b.end = b.next()
	}
	piece := b.rest
	if b.off > 0 {
		piece = b.rest.Call("subarray", b.off)
	}
	n := js.CopyBytesToGo(p, piece)
	b.off += n
	return n, nil
}

// next waits for a piece.
func (b *pulled) next() error {
	pending, err := jsval.Invoke(b.pull)
	if err == nil {
		pending, err = jsval.Await(b.ctx, pending)
	}
	switch {
	case err != nil:
		return fmt.Errorf("pull body: %w", err)
	case pending.IsNull():
		return io.EOF
	case !jsval.IsBytes(pending):
		return invalid("A piece of a body must be bytes.")
	}
	b.rest, b.off, b.size = pending, 0, pending.Length()
	return nil
}
