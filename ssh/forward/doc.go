// Package forward is an HTTP/1.1 and websocket client of one web page's server, reached
// through a dialer: an SSH direct-tcpip channel, or a passthrough websocket that points
// straight at the port. It is the part of a forward that knows HTTP; who dials, and who
// shows the page, is not its business.
//
// It imports nothing of net/http, which brings its Transport with the package, proxies and
// the tables of international host names: 0.1 MB of what a browser loads, 0.7 MB where they
// are used. Requests are written in write.go, answers read in response.go and chunks.go,
// compared with net/http by a fuzz test; websocket frames are in frame.go. The cookie jar
// is its own because net/http/cookiejar hides what a page may know (see jar.go).
//
// A [Forward] belongs to one scheme, host and port and reaches nothing else: redirects are
// answers like any other. Bodies are pulled, never pushed; every path ends, and nothing
// waits for ever before the head of an answer.
//
// References: RFC 9110 and 9112 (HTTP), RFC 6265 (cookies), RFC 7617 (Basic), RFC 7616
// (Digest), RFC 6455 (websockets).
package forward
