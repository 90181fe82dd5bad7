package forward

import (
	"net/textproto"
	"strings"
)

// check refuses what could not be sent as it is: headers come from foreign pages.
func check(r *Request) error {
	switch {
	case !isToken(r.Method) || r.Method == "CONNECT":
		return invalid("That is no method of a request.")
	case !isPath(r.Path):
		return invalid("A path begins with / and holds no spaces.")
	case r.Body != nil && r.Size < 0:
		return invalid("The size of a request's body must be known.")
	case r.Body == nil && r.Size > 0:
		return invalid("A request of that size needs a body.")
	}
	for name, values := range r.Header {
		if !isToken(name) {
			return invalid("That is no name of a header.")
		}
		for _, value := range values {
			if !isFieldValue(value) {
				return invalid("The value of a header holds line ends.")
			}
		}
	}
	return nil
}

// isPath is strict about bytes that end a request line and about fragments.
func isPath(path string) bool {
	for i := range len(path) {
		if path[i] <= ' ' || path[i] == 0x7f || path[i] == '#' {
			return false
		}
	}
	return strings.HasPrefix(path, "/")
}

// isToken follows RFC 9110 §5.6.2.
func isToken(s string) bool {
	for i := range len(s) {
		if !isTokenByte(s[i]) {
			return false
		}
	}
	return s != ""
}

func isTokenByte(b byte) bool {
	return 'a' <= b && b <= 'z' || 'A' <= b && b <= 'Z' || '0' <= b && b <= '9' ||
		strings.IndexByte("!#$%&'*+-.^_`|~", b) >= 0
}

// isFieldValue follows RFC 9110 §5.5: all but NUL, CR and LF.
func isFieldValue(s string) bool { return !strings.ContainsAny(s, "\x00\r\n") }

// outgoing makes the request as the target shall see it: as if a browser had asked it
// directly.
func (f *Forward) outgoing(r *Request, p proof) *outgoing {
	h := f.outgoingHeader(r)
	if p.header != "" {
		h.Set("Authorization", p.header)
	}
	return f.request(r.Method, r.Path, h)
}

// outgoing is a request as the target shall see it.
type outgoing struct {
	method, path, host string
	header             Header
}

func (f *Forward) request(method, path string, h Header) *outgoing {
	return &outgoing{method: method, path: path, host: f.target.host, header: h}
}

func (f *Forward) outgoingHeader(r *Request) Header {
	h := make(Header, len(r.Header)+6)
	for name, values := range r.Header {
		name = textproto.CanonicalMIMEHeaderKey(name)
		if !isOurs(name) {
			h[name] = append(h[name], values...)
		}
	}
	dropHopByHop(h)
	f.nameOrigin(h, r)
	h["Accept-Encoding"] = []string{"gzip"} // whoever shows the answer decodes it
	if h.Get("Range") != "" {
		h["Accept-Encoding"] = []string{"identity"} // a part of what is gzipped is no gzip
	}
	if agent := h.Get("User-Agent"); agent != "" {
		f.userAgent.Store(agent)
	} else {
		h["User-Agent"] = []string{f.agent()}
	}
	if cookie := f.jar.header(r.Path, r.Cookies); cookie != "" {
		h["Cookie"] = []string{cookie}
	}
	return h
}

// isOurs is true of headers that are made here or say something of the forward's own
// origin and not of the target.
func isOurs(name string) bool {
	switch name {
	case "Host", "Cookie", "Cookie2", "Content-Length", "Accept-Encoding", "Expect", "Referer",
		"Service-Worker", "Service-Worker-Navigation-Preload":
		return true
	}
	return strings.HasPrefix(name, "Sec-")
}

// dropHopByHop removes what is about one connection only (RFC 9110 §7.6.1).
func dropHopByHop(h Header) {
	for _, list := range h["Connection"] {
		for name := range strings.SplitSeq(list, ",") {
			h.Del(strings.TrimSpace(name))
		}
	}
	for _, name := range []string{
		"Connection", "Keep-Alive", "Te", "Trailer", "Transfer-Encoding", "Upgrade",
		"Proxy-Authenticate", "Proxy-Authorization", "Proxy-Authentication-Info", "Proxy-Connection",
	} {
		delete(h, name)
	}
}

// nameOrigin gives the target's own origin where the page's was the forward's. A service
// worker does not see the Origin that browsers send with all but GET and HEAD, so it is
// made from the page's URL. A foreign Origin stays; a foreign Referer says where in the
// app somebody was, so it does not leave.
func (f *Forward) nameOrigin(h Header, r *Request) {
	own := f.config.Origin
	if own == "" {
		return
	}
	rest, fromOwn := strings.CutPrefix(r.Referrer, own)
	fromOwn = fromOwn && (rest == "" || strings.ContainsRune("/?#", rune(rest[0])))
	if fromOwn {
		rest, _, _ = strings.Cut(rest, "#")
		if !strings.HasPrefix(rest, "/") {
			rest = "/" + rest
		}
		if isPath(rest) {
			h["Referer"] = []string{f.target.url + rest}
		}
	}
	switch origin := h.Get("Origin"); {
	case origin == own:
		h["Origin"] = []string{f.target.url}
	case origin == "" && fromOwn && r.Method != "GET" && r.Method != "HEAD":
		h["Origin"] = []string{f.target.url}
	}
}
