package forward

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
)

// FuzzAnswer: whatever a device answers, a request ends, with an answer that a browser can
// be given or with an explained error, and the connection is given back or closed.
func FuzzAnswer(f *testing.F) {
	for _, seed := range []string{
		"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nSet-Cookie: a=b\r\n\r\nok",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nX: y\r\n\r\n",
		"HTTP/1.0 301 Moved\r\nLocation: /x\r\n\r\n", "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No\r\n\r\n",
		"HTTP/1.1 401 No\r\nWWW-Authenticate: Digest nonce=a\r\n\r\n", "HTTP/0.9", "\x15\x03\x01", "SSH-2.0-x\r\n",
		"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
		"HTTP/1.1 200 OK\nA name: of two\nNul: \x00\n\nbody",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, answer string) {
		d := newDevice(t).script(t, func(c net.Conn, r *bufio.Reader) {
			if readRequest(r) == "" {
				return
			}
			go func() { _, _ = io.Copy(io.Discard, r) }()
			_, _ = io.WriteString(c, answer)
		})
		fw := d.forward(t)
		fw.SetCredential("u", "p")
		resp, err := fw.Do(testContext(t), get("/"))
		var e *Error
		if err != nil {
			if !errors.As(err, &e) || e.Code == "" || e.Message == "" || errors.Is(err, io.EOF) {
				t.Errorf("got error %v", err)
			}
			return
		}
		if resp.Status < 200 || strings.ContainsFunc(resp.StatusText, func(r rune) bool { return r < ' ' || r > '~' }) || resp.Body == nil {
			t.Errorf("got %d %q", resp.Status, resp.StatusText)
		}
		for name, values := range resp.Header {
			if !isToken(name) || name == "Set-Cookie" || !isFieldValue(strings.Join(values, "")) {
				t.Errorf("got header %q: %q", name, values)
			}
		}
		if n, err := io.Copy(io.Discard, resp.Body); err != nil && !errors.As(err, &e) || n > int64(len(answer)) {
			t.Errorf("got %d bytes and %v", n, err)
		}
	})
}

// BenchmarkGet is one GET of 1 KiB on a connection that is open.
func BenchmarkGet(b *testing.B) {
	page := strings.Repeat("x", 1<<10)
	d := newDevice(b).script(b, func(c net.Conn, r *bufio.Reader) {
		answer := []byte("HTTP/1.1 200 OK\r\nContent-Length: 1024\r\nContent-Type: text/html\r\n\r\n" + page)
		for {
			if line, err := r.ReadString('\n'); err != nil {
				return
			} else if line != "\r\n" {
				continue
			}
			if _, err := c.Write(answer); err != nil {
				return
			}
		}
	})
	f := d.forward(b)
	buf := make([]byte, 4<<10)
	header := Header{"Accept": {"*/*"}, "User-Agent": {"Browser/1"}}
	b.ReportAllocs()
	for b.Loop() {
		resp, err := f.Do(b.Context(), &Request{Method: "GET", Path: "/", Size: -1, Header: header})
		if err != nil {
			b.Fatal(err)
		}
		for err == nil {
			_, err = resp.Body.Read(buf)
		}
	}
}

func benchmarkBody(b *testing.B, r func() *Request, answer http.HandlerFunc) {
	b.Helper()
	f := newDevice(b).serve(b, answer).forward(b)
	buf := make([]byte, 256<<10)
	b.SetBytes(16 << 20)
	for b.Loop() {
		resp, err := f.Do(b.Context(), r())
		if err != nil {
			b.Fatal(err)
		}
		for err == nil {
			_, err = resp.Body.Read(buf)
		}
	}
}

func BenchmarkDownload(b *testing.B) {
	piece := make([]byte, 64<<10)
	benchmarkBody(b, func() *Request { return get("/") }, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "16777216")
		for range 256 {
			_, _ = w.Write(piece)
		}
	})
}

func BenchmarkUpload(b *testing.B) {
	benchmarkBody(b, func() *Request {
		return &Request{Method: "POST", Path: "/", Body: zeros{}, Size: 16 << 20}
	}, func(_ http.ResponseWriter, r *http.Request) { _, _ = io.Copy(io.Discard, r.Body) })
}
