package ports

import (
	"bytes"
	"strconv"
)

// What servers answer to plain HTTP on a port of theirs that speaks TLS (Go, nginx,
// Apache, Tomcat), in lower case.
var plainOnTLS = [][]byte{
	[]byte("http request to an https server"),
	[]byte("http request was sent to https port"),
	[]byte("plain http to an ssl-enabled server port"),
	[]byte("requires tls"),
}

// Record types of TLS (RFC 8446 §5.1) that a server begins with.
const (
	tlsAlert     = 0x15
	tlsHandshake = 0x16

	tlsHeader = 3 // bytes of type and version
)

// isTLS tells whether bytes begin with a record of SSL 3 to TLS 1.3.
func isTLS(b []byte) bool {
	return len(b) >= tlsHeader && (b[0] == tlsAlert || b[0] == tlsHandshake) && b[1] == 3 && b[2] <= 4
}

// classify says what sent this in answer to our request.
func classify(b []byte) Result {
	if isTLS(b) {
		return Result{Kind: KindHTTPS}
	}
	status, ok := readStatus(b)
	if !ok {
		return Result{Kind: KindOther}
	}
	if status == 400 || status == 497 { // 497 is nginx's own, for logs
		lower := asciiLower(b)
		for _, text := range plainOnTLS {
			if bytes.Contains(lower, text) {
				return Result{Kind: KindHTTPS}
			}
		}
	}
	result := Result{Kind: KindHTTP, Status: status}
	if status < 300 || status > 399 {
		result.Title = title(b)
	}
	return result
}

// readStatus reads "HTTP/1.1 200 …" (RFC 9112 §4).
func readStatus(b []byte) (int, bool) {
	const shape = "HTTP/1.x 200"
	if !bytes.HasPrefix(b, []byte("HTTP/1.")) || len(b) < len(shape) || b[len("HTTP/1.x")] != ' ' {
		return 0, false
	}
	status, err := strconv.Atoi(string(b[len(shape)-3 : len(shape)]))
	return status, err == nil && status >= 100 && status <= 599
}

// enough tells that more bytes would not change what is learned: an answer that is not
// HTTP, or one whose title is there. The first seen bytes were looked at before.
func enough(b []byte, seen int) bool {
	const prefix, end = "HTTP/1.", "</title"
	if n := min(len(b), len(prefix)); string(b[:n]) != prefix[:n] {
		return n >= tlsHeader
	}
	return bytes.Contains(asciiLower(b[max(0, seen-len(end)):]), []byte(end))
}
