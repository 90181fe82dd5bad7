package forward

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"net/textproto"
	"strconv"
)

const (
	// maxChunkLine is the longest line before a chunk, in bytes.
	maxChunkLine = 4 << 10
	// maxOverhead is how much more than 16 bytes a chunk and two for each of the body may
	// be no body, in bytes: extensions of chunks could go on for ever.
	maxOverhead = 16 << 10
)

var (
	errChunk    = errors.New("a malformed chunk")
	errOverhead = errors.New("chunks with too much that is no body")
	errTrailer  = errors.New("a trailer without an end")
)

// chunks is a body in chunks (RFC 9112 §7.1), with the strictness of net/http.
type chunks struct {
	br       *bufio.Reader
	left     int64 // of the present chunk
	begun    bool  // a chunk came: its line end follows it
	overhead int64
	err      error
}

// Read gives at most what one chunk has; it takes further ones when they are there.
func (c *chunks) Read(p []byte) (n int, err error) {
	for c.err == nil && n < len(p) {
		if c.left == 0 {
			if n > 0 && !c.nextIsThere() {
				break // rather than wait
			}
			c.err = c.begin()
			continue
		}
		var some int
		some, c.err = c.br.Read(p[n:min(int64(len(p)), int64(n)+c.left)])
		c.err = noEnd(c.err)
		n += some
		if c.left -= int64(some); c.left > 0 {
			break // what is there is worth more than what comes
		}
	}
	return n, c.err
}

// nextIsThere says whether the next chunk's line can be read without waiting.
func (c *chunks) nextIsThere() bool {
	there, _ := c.br.Peek(c.br.Buffered())
	if len(there) < 2 {
		return false
	}
	return bytes.IndexByte(there[2:], '\n') >= 0
}

// begin reads up to the next chunk; io.EOF behind the last.
func (c *chunks) begin() error {
	if c.begun {
		if end, err := c.br.Peek(2); string(end) != "\r\n" {
			return either(noEnd(err), errChunk)
		}
		_, _ = c.br.Discard(2) // they are there
	}
	line, err := c.line()
	if err != nil {
		return err
	}
	size, _, _ := bytes.Cut(line, []byte(";")) // extensions say nothing to us
	if c.left, err = parseChunkSize(trimRight(size)); err != nil {
		return err
	}
	c.begun = true
	c.overhead = max(c.overhead+int64(len(line))+2-16-2*c.left, 0)
	switch {
	case c.overhead > maxOverhead:
		return errOverhead
	case c.left == 0:
		return c.trailer()
	}
	return nil
}

func either(err, other error) error {
	if err != nil {
		return err
	}
	return other
}

// line reads one that ends with CR LF and has no other CR.
func (c *chunks) line() ([]byte, error) {
	line, err := c.br.ReadSlice('\n')
	if err != nil {
		return nil, noEnd(err)
	}
	if at := bytes.IndexByte(line, '\r'); at < 0 || at != len(line)-2 || at >= maxChunkLine {
		return nil, errChunk
	}
	return trimRight(line[:len(line)-2]), nil
}

func trimRight(b []byte) []byte { return bytes.TrimRight(b, " \t") }

func parseChunkSize(hex []byte) (int64, error) {
	for _, b := range hex {
		if (b < '0' || b > '9') && (b|0x20 < 'a' || b|0x20 > 'f') {
			return 0, errChunk // ParseInt takes signs and underlines
		}
	}
	n, err := strconv.ParseInt(string(hex), 16, 63)
	if err != nil || len(hex) > 16 {
		return 0, errChunk
	}
	return n, nil
}

// trailer reads what follows the last chunk: nobody wants it.
func (c *chunks) trailer() error {
	end, err := c.br.Peek(2)
	if string(end) == "\r\n" {
		_, _ = c.br.Discard(2) // they are there
		return io.EOF
	}
	if err != nil {
		return noEnd(err)
	}
	// It must end within the buffer: none needs more, and one without an end would be kept.
	for size := 4; ; size++ {
		end, err := c.br.Peek(size)
		if bytes.HasSuffix(end, []byte("\r\n\r\n")) {
			break
		}
		if err != nil {
			return either(noEnd(ignoreFull(err)), errTrailer)
		}
	}
	if _, err := textproto.NewReader(c.br).ReadMIMEHeader(); err != nil {
		return noEnd(err)
	}
	return io.EOF
}

func ignoreFull(err error) error {
	if errors.Is(err, bufio.ErrBufferFull) {
		return nil
	}
	return err
}
