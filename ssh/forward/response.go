package forward

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net/textproto"
	"strconv"
	"strings"
)

// Statuses that mean something here.
const (
	statusSwitching    = 101
	statusNoContent    = 204
	statusNotModified  = 304
	statusUnauthorized = 401
	statusBroken       = 500 // and above: the server's own failure
)

// reply is an answer as it comes (RFC 9112 §4).
type reply struct {
	major  int // of the HTTP version
	status int
	text   string // what follows the version
	header Header
	// body gives io.EOF at its end; nil when there is none.
	body   io.Reader
	length int64 // -1 when unknown
	// last says that the connection takes no request after this one.
	last bool
}

// readReply reads the head of an answer to a request of that method, as strictly as
// http.ReadResponse, which a fuzz test compares it with. That one brings all of net/http,
// 0.1 MB of what the browser loads.
func readReply(br *bufio.Reader, method string) (*reply, error) {
	text := textproto.NewReader(br)
	line, err := text.ReadLine()
	if err != nil {
		return nil, noEnd(err)
	}
	r := &reply{}
	version, rest, _ := strings.Cut(line, " ")
	r.text = strings.TrimLeft(rest, " ")
	code, _, _ := strings.Cut(r.text, " ")
	major, minor, ok := parseVersion(version)
	status, err := strconv.Atoi(code)
	if !ok || err != nil || len(code) != 3 || status < 0 {
		return nil, malformed("status line", line)
	}
	r.major, r.status = major, status
	if r.header, err = text.ReadMIMEHeader(); err != nil {
		return nil, noEnd(err)
	}
	return r, r.frame(br, method, minor)
}

// parseVersion reads "HTTP/1.1".
func parseVersion(s string) (major, minor int, ok bool) {
	digits, ok := strings.CutPrefix(s, "HTTP/")
	isDigit := func(b byte) bool { return '0' <= b && b <= '9' }
	if !ok || len(digits) != 3 || digits[1] != '.' || !isDigit(digits[0]) || !isDigit(digits[2]) {
		return 0, 0, false
	}
	return int(digits[0] - '0'), int(digits[2] - '0'), true
}

func malformed(what, text string) error {
	return fmt.Errorf("a malformed %s: %.100q", what, text)
}

// frame finds out where the body ends (RFC 9112 §6.3).
func (r *reply) frame(br *bufio.Reader, method string, minor int) error {
	old := r.major == 1 && minor == 0
	connection := r.header["Connection"]
	r.last = r.major < 1 || hasToken(connection, "close") || old && !hasToken(connection, "keep-alive")
	chunked, err := r.isChunked(r.major > 1 || r.major == 1 && minor >= 1)
	if err != nil {
		return err
	}
	length, err := contentLength(r.header)
	if err != nil {
		return err
	}
	bodiless := r.status/100 == 1 || r.status == statusNoContent || r.status == statusNotModified
	switch {
	case method == "HEAD":
		r.length = length
	case bodiless:
	case chunked:
		delete(r.header, "Content-Length")
		r.length, r.body = -1, &chunks{br: br}
	case length >= 0:
		if r.length = length; length > 0 {
			r.body = &sized{br: br, left: length}
		}
	default:
		r.length, r.body, r.last = -1, br, true
	}
	return nil
}

// isChunked reads Transfer-Encoding, which HTTP/1.0 does not have.
func (r *reply) isChunked(known bool) (bool, error) {
	values, there := r.header["Transfer-Encoding"]
	delete(r.header, "Transfer-Encoding")
	switch {
	case !there || !known:
		return false, nil
	case len(values) != 1 || !strings.EqualFold(values[0], "chunked"):
		return false, malformed("Transfer-Encoding", strings.Join(values, ", "))
	}
	delete(r.header, "Trailer")
	return true, nil
}

// contentLength is -1 when it is not said; what is said twice must be the same.
func contentLength(h Header) (int64, error) {
	values := h["Content-Length"]
	if len(values) == 0 {
		return -1, nil
	}
	first := trimSpace(values[0])
	for _, other := range values[1:] {
		if trimSpace(other) != first {
			return 0, malformed("Content-Length", strings.Join(values, ", "))
		}
	}
	if len(values) > 1 {
		h["Content-Length"] = []string{first}
	}
	n, err := strconv.ParseUint(first, 10, 63)
	if err != nil {
		return 0, malformed("Content-Length", first)
	}
	return int64(n), nil
}

// sized is a body of known length.
type sized struct {
	br   *bufio.Reader
	left int64
}

func (s *sized) Read(p []byte) (int, error) {
	if s.left == 0 {
		return 0, io.EOF
	}
	n, err := s.br.Read(p[:min(int64(len(p)), s.left)])
	s.left -= int64(n)
	switch {
	case s.left == 0:
		err = io.EOF // with the last bytes: the connection is free sooner
	case errors.Is(err, io.EOF):
		err = io.ErrUnexpectedEOF
	}
	return n, err
}
