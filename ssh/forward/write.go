package forward

import (
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// writeBuffers are for copying bodies.
var writeBuffers = sync.Pool{New: func() any { return new([writeBuffer]byte) }}

// writeTo writes a request (RFC 9112 §3). http.Request.Write would do it, but it brings
// the tables of internationalized host names, 60 KB of what the browser loads, and turns
// a path that begins with "//" into another one.
func writeTo(w io.Writer, req *outgoing, body *upload) error {
	if _, err := w.Write(appendHead(nil, req, body)); err != nil || body == nil {
		return err
	}
	buffer, _ := writeBuffers.Get().(*[writeBuffer]byte)
	defer writeBuffers.Put(buffer)
	_, err := io.CopyBuffer(w, body, buffer[:])
	return err
}

// appendHead appends the head, in the order of net/http: some small servers are tried
// with no other.
func appendHead(out []byte, req *outgoing, body *upload) []byte {
	field := func(name, value string) {
		out = append(append(append(out, name...), ": "...), value...)
		out = append(out, "\r\n"...)
	}
	out = append(append(append(out, req.method...), ' '), req.path...)
	out = append(out, " HTTP/1.1\r\n"...)
	field("Host", req.host)
	if agent := trimSpace(req.header.Get("User-Agent")); agent != "" {
		field("User-Agent", agent)
	}
	switch {
	case body != nil:
		field("Content-Length", strconv.FormatInt(body.size, 10))
	case req.method == "POST" || req.method == "PUT" || req.method == "PATCH":
		field("Content-Length", "0") // servers ask for it
	}
	for _, name := range slices.Sorted(maps.Keys(req.header)) {
		if name == "User-Agent" {
			continue
		}
		for _, value := range req.header[name] {
			field(name, trimSpace(value))
		}
	}
	return append(out, "\r\n"...)
}

// isHost says whether a name can stand in a request's head and in a URL. Browsers have
// turned what is outside ASCII into it (RFC 3492).
func isHost(name string) bool {
	for i := range len(name) {
		if name[i] <= ' ' || name[i] >= 0x7f || strings.IndexByte("/?#@\\[]", name[i]) >= 0 {
			return false
		}
	}
	return name != ""
}
