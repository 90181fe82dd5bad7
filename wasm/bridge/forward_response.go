//go:build js

package bridge

import (
	"io"
	"strconv"
	"syscall/js"
	"time"

	"porthole/ssh/forward"
	"porthole/wasm/jsval"
)

// settleTime is how long the head of an answer waits for a small body that is not there
// yet: one message less crosses two threads and a process then.
const settleTime = 4 * time.Millisecond

// response is GoResponse of bridge.d.ts, once its body did not come with the head.
type response struct {
	warn   warnFunc
	object *object
	body   *readAhead
	stop   func() // lets go of the request's context
}

// newResponse makes the JavaScript object. stop is called when the body is over.
func newResponse(warn warnFunc, answer *forward.Response, stop func()) js.Value {
	body := newReadAhead(answer.Body, answer.Length)
	chunk, done := body.settled(answer.Length)
	value := jsval.ParseJSON(appendHead(nil, answer))
	var bytes any
	if len(chunk) > 0 {
		bytes = jsval.Bytes(chunk)
	}
	value.Set("chunk", bytes)
	value.Set("done", done)
	if done {
		body.close()
		stop()
		return value
	}
	r := &response{warn: warn, object: &object{value: value}, body: body, stop: stop}
	r.object.method("read", 0, r.read)
	r.object.closer("cancel", r.cancel)
	return value
}

// read is GoResponse.read.
func (r *response) read([]js.Value) any {
	if chunk := r.body.ready(); chunk != nil {
		return resolvedWith(jsval.Bytes(chunk))
	}
	return promise(r.warn, func() (any, error) {
		chunk, err := r.body.next()
		switch {
		case err == io.EOF: //nolint:errorlint // readAhead keeps the reader's own
			r.end()
			return nil, nil
		case err != nil:
			r.end()
			return nil, err
		}
		return jsval.Bytes(chunk), nil
	})
}

// cancel is GoResponse.cancel.
func (r *response) cancel([]js.Value) any {
	r.end()
	return js.Undefined()
}

func (r *response) end() {
	r.body.close()
	r.stop()
	r.object.release()
}

// appendHead writes what JavaScript learns of the head, as JSON.
func appendHead(out []byte, answer *forward.Response) []byte {
	out = append(out, `{"status":`...)
	out = strconv.AppendInt(out, int64(answer.Status), 10)
	out = append(out, `,"statusText":`...)
	out = jsval.AppendJSON(out, answer.StatusText)
	out = append(out, `,"headers":[`...)
	out = appendHeader(out, answer.Header)
	out = append(out, `],"cookies":[`...)
	for i, c := range answer.Cookies {
		if i > 0 {
			out = append(out, ',')
		}
		out = appendCookie(out, c)
	}
	out = append(out, `],"challenge":`...)
	out = appendChallenge(out, answer.Challenge)
	return append(out, '}')
}

func appendHeader(out []byte, header forward.Header) []byte {
	first := true
	for name, values := range header {
		for _, value := range values {
			if !first {
				out = append(out, ',')
			}
			first = false
			out = jsval.AppendJSON(append(out, '['), name)
			out = jsval.AppendJSON(append(out, ','), forward.FromLatin1(value))
			out = append(out, ']')
		}
	}
	return out
}

func appendCookie(out []byte, c forward.Cookie) []byte {
	out = jsval.AppendJSON(append(out, `{"name":`...), c.Name)
	out = jsval.AppendJSON(append(out, `,"value":`...), c.Value)
	out = jsval.AppendJSON(append(out, `,"path":`...), c.Path)
	out = append(out, `,"expiresMs":`...)
	switch {
	case c.Expires.IsZero():
		out = append(out, "null"...)
	case !c.Expires.After(time.Now()):
		out = append(out, '0')
	default:
		out = strconv.AppendInt(out, c.Expires.UnixMilli(), 10)
	}
	sameSite := "lax"
	switch c.SameSite {
	case forward.SameSiteStrict:
		sameSite = "strict"
	case forward.SameSiteNone:
		sameSite = "none"
	case forward.SameSiteDefault, forward.SameSiteLax:
	}
	out = jsval.AppendJSON(append(out, `,"sameSite":`...), sameSite)
	return append(out, '}')
}

func appendChallenge(out []byte, c *forward.Challenge) []byte {
	if c == nil {
		return append(out, "null"...)
	}
	out = jsval.AppendJSON(append(out, `{"scheme":`...), c.Scheme)
	out = jsval.AppendJSON(append(out, `,"realm":`...), c.Realm)
	out = append(out, `,"refused":`...)
	return append(strconv.AppendBool(out, c.Refused), '}')
}
