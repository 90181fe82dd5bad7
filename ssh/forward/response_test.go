package forward

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
)

// FuzzReply: what is read is what net/http reads, or an error where it has one.
func FuzzReply(f *testing.F) {
	for _, seed := range []string{
		"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTrailer: x\r\n\r\nok",
		"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\nok",
		"HTTP/1.1 200 OK\r\nContent-Length: 5, 5\r\n\r\nhello",
		"HTTP/1.1 200 OK\r\nContent-Length: +5\r\n\r\nhello",
		"HTTP/1.1 200 OK\r\nContent-Length:\r\n\r\nhello",
		"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
		"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\nTrailer: X\r\n\r\n2\r\nok\r\n0\r\nX: y\r\n\r\nmore",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;a=b \r\nok\r\nA\r\n0123456789\r\n000\r\n\r\n",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nokay\r\n0\r\n\r\n",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\nok\r\n0\r\n\r\n",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;a\rb\r\nok\r\n0\r\n\r\n",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-2\r\nok\r\n0\r\n\r\n",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nX: y\r\n",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n10000000000000002\r\nok\r\n0\r\n\r\n",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\r\nok\r\n0\r\n\r\n",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n" + strings.Repeat("X: y\r\n", 1000) + "\r\n",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + strings.Repeat("1;"+strings.Repeat("x", 200)+"\r\na\r\n", 200) + "0\r\n\r\n",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", "HTTP/1.1 200 OK\r\nTransfer-Encoding: a\r\nTransfer-Encoding: chunked\r\n\r\n",
		"HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n", "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 1\r\n\r\nx",
		"HTTP/1.1 200 OK\r\nConnection: a, Close\r\nContent-Length: 1\r\n\r\nx", "HTTP/1.1 204 No\r\nContent-Length: 5\r\n\r\nhello",
		"HTTP/1.1 304 Same\r\nTransfer-Encoding: chunked\r\n\r\n", "HTTP/1.1 101 Go\r\nUpgrade: x\r\n\r\nbytes", "HTTP/1.1 200\r\n\r\nto the end",
		"HTTP/1.1  200  OK \r\nA:  b \r\n c\r\n\r\n", "HTTP/1.1 2000 OK\r\n\r\n", "HTTP/1.1 -20 OK\r\n\r\n", "HTTP/1.10 200 OK\r\n\r\n", "HTTP/2.0 200 OK\r\n\r\n",
		"HTTP/0.9 200 OK\r\n\r\nold", "HTTP/1.1\r\n\r\n", "HTTP/1.1 200 OK\r\nA name: of two\r\n\r\n", "HTTP/1.1 200 OK\nA: b\n\nbody", "",
	} {
		f.Add(seed, false)
		f.Add(seed, true)
	}
	f.Fuzz(func(t *testing.T, text string, head bool) {
		method := "GET"
		if head {
			method = "HEAD"
		}
		theirs, refused := http.ReadResponse(bufio.NewReader(strings.NewReader(text)), &http.Request{Method: method})
		rest := bufio.NewReader(strings.NewReader(text))
		ours, err := readReply(rest, method)
		if ours != nil && ours.major != 1 || theirs != nil && theirs.ProtoMajor != 1 {
			return // readHead refuses it
		}
		if (err != nil) != (refused != nil) || errors.Is(err, io.EOF) {
			t.Fatalf("%q: %v, net/http says %v", text, err, refused)
		}
		if err != nil {
			return
		}
		defer func() { _ = theirs.Body.Close() }()
		sameHead(t, ours, theirs)
		want, refused := io.ReadAll(theirs.Body)
		got, err := bodyOf(ours)
		if (err != nil) != (refused != nil) || err == nil && !bytes.Equal(got, want) {
			t.Errorf("%q: body %q, %v; net/http has %q, %v", text, got, err, want, refused)
		}
		again, err := readReply(bufio.NewReader(iotest.OneByteReader(strings.NewReader(text))), method)
		if err != nil {
			t.Fatalf("%q byte by byte: %v", text, err)
		}
		if slow, err := bodyOf(again); (err != nil) != (refused != nil) || err == nil && !bytes.Equal(slow, want) {
			t.Errorf("%q byte by byte: body %q, %v; net/http has %q, %v", text, slow, err, want, refused)
		}
	})
}

func bodyOf(r *reply) ([]byte, error) {
	if r.body == nil {
		return nil, nil
	}
	return io.ReadAll(r.body)
}

func sameHead(t *testing.T, ours *reply, theirs *http.Response) {
	t.Helper()
	if ours.status != theirs.StatusCode || ours.text != theirs.Status || ours.major != theirs.ProtoMajor || ours.last != theirs.Close ||
		ours.length != theirs.ContentLength || (ours.body == nil) != (theirs.Body == http.NoBody) {
		t.Errorf("got %+v, net/http %+v", ours, theirs)
	}
	if theirs.Header.Get("Pragma") != "" {
		return // net/http adds a header then
	}
	if hasToken(ours.header["Connection"], "close") {
		delete(ours.header, "Connection") // as net/http
	}
	if !maps.EqualFunc(ours.header, theirs.Header, slices.Equal[[]string]) {
		t.Errorf("got header %q, net/http %q", ours.header, theirs.Header)
	}
}
