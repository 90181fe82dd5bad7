package forward

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"porthole/ssh/wire"
)

// TestBadHeads: what a device may answer instead of a proper head, and what a person reads.
func TestBadHeads(t *testing.T) {
	tests := []struct {
		name, answer string
		code         wire.ErrorCode
		says         string
	}{
		{"nothing at all", "", wire.CodeForwardBroken, "without an answer"},
		{"garbage", "\x00\xff\x01\x02 garbage", wire.CodeForwardGarbage, "no HTTP/1.x"},
		{"garbage shorter than a version", "hi", wire.CodeForwardGarbage, "no HTTP/1.x"},
		{"HTTP/0.9", "<html>old</html>", wire.CodeForwardGarbage, "no HTTP/1.x"},
		{"SSH", "SSH-2.0-OpenSSH_9.9\r\n", wire.CodeForwardGarbage, "SSH"},
		{"TLS", "\x15\x03\x01\x00\x02\x02\x46", wire.CodeForwardGarbage, "open it as https"},
		{"HTTP/2", "HTTP/2.0 200 OK\r\n\r\n", wire.CodeForwardGarbage, "version"},
		{"a status of two digits", "HTTP/1.1 20 OK\r\n\r\n", wire.CodeForwardGarbage, "rules of HTTP"},
		{"a status below 100", "HTTP/1.1 042 What\r\n\r\n", wire.CodeForwardGarbage, "status"},
		{"a head that breaks off", "HTTP/1.1 200 OK\r\nContent-Le", wire.CodeForwardBroken, "headers"},
		{"differing Content-Lengths", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", wire.CodeForwardGarbage, "rules of HTTP"},
		{"a negative Content-Length", "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", wire.CodeForwardGarbage, "rules of HTTP"},
		{"an unknown Transfer-Encoding", "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n", wire.CodeForwardGarbage, "rules of HTTP"},
		{"a header's name outside ASCII", "HTTP/1.1 200 OK\r\nGr\xf6\xdfe: 1\r\n\r\n", wire.CodeForwardGarbage, "rules of HTTP"},
		{"a header without a colon", "HTTP/1.1 200 OK\r\nnonsense\r\n\r\n", wire.CodeForwardGarbage, "rules of HTTP"},
		{"101 unasked", "HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n\r\n", wire.CodeForwardGarbage, "status"},
		{"provisional answers without end", strings.Repeat("HTTP/1.1 100 Continue\r\n\r\n", 100), wire.CodeForwardGarbage, "provisional"},
		{"more than 1 MiB of headers", headOf(maxHead + 1), wire.CodeForwardGarbage, "1 MiB"},
		{"headers without end", "HTTP/1.1 200 OK\r\n" + strings.Repeat("A: "+strings.Repeat("b", 1000)+"\r\n", 4000), wire.CodeForwardGarbage, "1 MiB"},
		{"one header without end", "HTTP/1.1 200 OK\r\nA: " + strings.Repeat("b", 4<<20), wire.CodeForwardGarbage, "1 MiB"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := newDevice(t).answers(t, tt.answer)
			f := d.forward(t)
			_, err := f.Do(testContext(t), get("/"))
			wantCode(t, err, tt.code)
			if err != nil && !strings.Contains(err.Error(), tt.says) {
				t.Errorf("got %v, want it to say %q", err, tt.says)
			}
			eventually(t, "the connection is closed", func() bool { return d.open.Load() == 0 && f.Stats().Connections == 0 })
		})
	}
}

// headOf is an answer whose head has exactly size bytes.
func headOf(size int) string {
	const start, end = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX: ", "\r\n\r\n"
	return start + strings.Repeat("x", size-len(start)-len(end)) + end + "ok"
}

func TestGoodHeadsThatLookBad(t *testing.T) {
	tests := []struct{ name, answer, body string }{
		{"exactly 1 MiB of headers", headOf(maxHead), "ok"},
		{"equal Content-Lengths", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nok", "ok"},
		{"Content-Length and chunked", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n", "ok"},
		{"HTTP/1.0 without a length", "HTTP/1.0 200 OK\r\n\r\nok", "ok"},
		{"no length at all", "HTTP/1.1 200 OK\r\n\r\nok", "ok"},
		{"a trailer", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X\r\n\r\n2\r\nok\r\n0\r\nX: 1\r\n\r\n", "ok"},
		{"100 Continue and 103 first", "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", "ok"},
		{"204 with a Content-Length", "HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n", ""},
		{"304", "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := newDevice(t).answers(t, tt.answer).forward(t)
			if _, body := fetch(t, f, get("/")); body != tt.body {
				t.Errorf("got body %q, want %q", body, tt.body)
			}
		})
	}
}

func TestBytesOutsideASCIIPassAsLatin1(t *testing.T) {
	f := newDevice(t).answers(t, "HTTP/1.1 200 Sch\xf6n\r\nX-Name: Gr\xfc\xdfe\r\nContent-Length: 0\r\n\r\n").forward(t)
	resp, _ := fetch(t, f, get("/"))
	if got := FromLatin1(resp.Header.Get("X-Name")); got != "Grüße" {
		t.Errorf("got header %q", got)
	}
	if resp.StatusText != "Sch?n" {
		t.Errorf("got status text %q, want printable ASCII", resp.StatusText)
	}
	if raw, ok := ToLatin1("Grüße"); !ok || raw != "Gr\xfc\xdfe" {
		t.Errorf("got %q, %v", raw, ok)
	}
	if _, ok := ToLatin1("€"); ok {
		t.Error("a character that no header can hold was taken")
	}
}

func TestBodiesThatBreakOffAreErrors(t *testing.T) {
	tests := []struct {
		name, answer string
		code         wire.ErrorCode
	}{
		{"before its length", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf", wire.CodeForwardBroken},
		{"in a chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n64\r\nhalf", wire.CodeForwardBroken},
		{"before the last chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n", wire.CodeForwardBroken},
		{"in a bad chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\nzz\r\n", wire.CodeForwardGarbage},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := newDevice(t).answers(t, tt.answer)
			f := d.forward(t)
			resp, err := f.Do(testContext(t), get("/"))
			if err != nil {
				t.Fatal(err)
			}
			body, err := io.ReadAll(resp.Body)
			wantCode(t, err, tt.code)
			if string(body) != "half" {
				t.Errorf("got %q, want what came", body)
			}
			if _, again := resp.Body.Read(make([]byte, 1)); again == nil || errors.Is(again, io.EOF) {
				t.Errorf("got %v from another read, want the error", again)
			}
			eventually(t, "the connection is closed", func() bool { return d.open.Load() == 0 })
		})
	}
}

func TestPortsThatGiveNoConnection(t *testing.T) {
	closed := newDevice(t)
	_ = closed.Close()
	_, err := closed.forward(t).Do(testContext(t), get("/"))
	wantCode(t, err, wire.CodeForwardRefused)

	f := newDevice(t).forward(t, func(c *Config) {
		c.Dial = func(context.Context) (net.Conn, error) { return nil, fmt.Errorf("open: %w", explainedError{}) }
	})
	_, err = f.Do(testContext(t), get("/"))
	wantCode(t, err, wire.CodeForwardForbidden)

	silent := newDevice(t).forward(t, func(c *Config) { c.HeadLimit = 20 * time.Millisecond }) // nobody accepts
	_, err = silent.Do(testContext(t), get("/"))
	wantCode(t, err, wire.CodeForwardSilent)
}

type explainedError struct{}

func (explainedError) Error() string { return "forbidden" }
func (explainedError) Explain() (wire.ErrorCode, string) {
	return wire.CodeForwardForbidden, "Forwards are forbidden."
}

func TestADeviceThatStaysSilentIsGivenUp(t *testing.T) {
	d := newDevice(t).script(t, func(_ net.Conn, r *bufio.Reader) {
		for readRequest(r) != "" {
		}
	})
	f := d.forward(t, func(c *Config) { c.HeadLimit = 50 * time.Millisecond })
	_, err := f.Do(testContext(t), get("/"))
	wantCode(t, err, wire.CodeForwardSilent)
	if err == nil || !strings.Contains(err.Error(), "within 0.05 seconds") {
		t.Errorf("got %v, want the limit named", err)
	}
	eventually(t, "the connection is closed", func() bool { return d.open.Load() == 0 })
}

// TestStreamsHaveNoLimit: the limit is for heads alone.
func TestStreamsHaveNoLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDevice(t).serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.(http.Flusher).Flush()
			time.Sleep(5 * time.Second) // of the bubble: a stream that says nothing for long
			_, _ = io.WriteString(w, "late")
		}))
		f := d.forward(t, func(c *Config) { c.HeadLimit = time.Second })
		if _, body := fetch(t, f, get("/")); body != "late" {
			t.Errorf("got %q", body)
		}
	})
}

// TestSlowUploadsAreNotSilence: the page's own pauses do not count, nor does a device that
// takes what it is sent slowly.
func TestSlowUploadsAreNotSilence(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDevice(t).serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			n, _ := io.Copy(io.Discard, r.Body)
			fmt.Fprint(w, n)
		}))
		f := d.forward(t, func(c *Config) { c.HeadLimit = time.Second })
		slow := readerFunc(func(p []byte) (int, error) {
			time.Sleep(3 * time.Second) // of the bubble
			return copy(p, "12345"), nil
		})
		if _, body := fetch(t, f, &Request{Method: "POST", Path: "/", Body: slow, Size: 10}); body != "10" {
			t.Errorf("got %q", body)
		}
	})
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

// TestGzipStaysPacked: a bomb costs nothing here, because nothing is unpacked and only what
// is pulled is read.
func TestGzipStaysPacked(t *testing.T) {
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	_, _ = io.Copy(w, io.LimitReader(zeros{}, 32<<20))
	_ = w.Close()
	d := newDevice(t).serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Accept-Encoding") != "gzip" {
			t.Errorf("got Accept-Encoding %q", r.Header.Get("Accept-Encoding"))
		}
		w.Header().Set("Content-Encoding", "gzip")
		_, _ = w.Write(packed.Bytes())
	}))
	f := d.forward(t)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	resp, body := fetch(t, f, get("/"))
	runtime.ReadMemStats(&after)
	if resp.Header.Get("Content-Encoding") != "gzip" || body != packed.String() {
		t.Errorf("got encoding %q and %d bytes, want the packed %d", resp.Header.Get("Content-Encoding"), len(body), packed.Len())
	}
	if grown := after.TotalAlloc - before.TotalAlloc; grown > 8<<20 {
		t.Errorf("allocated %d bytes for %d packed ones", grown, packed.Len())
	}
}

func TestRedirectsAreAnswers(t *testing.T) {
	d := newDevice(t).serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		location := r.URL.Path // a loop
		if location == "/away" {
			location = "http://192.0.2.1/elsewhere"
		}
		w.Header().Set("Location", location)
		w.WriteHeader(http.StatusFound)
	}))
	f := d.forward(t)
	for path, want := range map[string]string{"/loop": "/loop", "/away": "http://192.0.2.1/elsewhere"} {
		if resp, _ := fetch(t, f, get(path)); resp.Status != 302 || resp.Header.Get("Location") != want {
			t.Errorf("got %d to %q, want 302 to %q", resp.Status, resp.Header.Get("Location"), want)
		}
	}
	if n := d.dials.Load(); n != 1 {
		t.Errorf("got %d dials, want 1: a redirect is followed by the browser", n)
	}
}

// TestAnAnswerBeforeTheUploadIsTaken: a 413 that comes while the body is on its way is
// given, and the rest of the body does not hold anything up.
func TestAnAnswerBeforeTheUploadIsTaken(t *testing.T) {
	d := newDevice(t).script(t, func(c net.Conn, r *bufio.Reader) {
		if _, err := http.ReadRequest(r); err == nil {
			_, _ = io.WriteString(c, "HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\nno")
		}
		_, _ = io.CopyN(io.Discard, c, 1<<10) // and no more
	})
	f := d.forward(t)
	resp, body := fetch(t, f, &Request{Method: "POST", Path: "/", Body: zeros{}, Size: 50 << 20})
	if resp.Status != 413 || body != "no" {
		t.Errorf("got %d %q", resp.Status, body)
	}
	eventually(t, "the connection is closed", func() bool { return d.open.Load() == 0 })
}

func TestAPageThatStopsItsUploadEndsTheRequest(t *testing.T) {
	for name, body := range map[string]io.Reader{
		"with an error": io.MultiReader(strings.NewReader("half"), readerFunc(func([]byte) (int, error) { return 0, errors.New("gone") })),
		"too early":     strings.NewReader("half"),
	} {
		t.Run(name, func(t *testing.T) {
			d := newDevice(t).serve(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				_, _ = io.Copy(io.Discard, r.Body)
			}))
			f := d.forward(t)
			if _, err := f.Do(testContext(t), &Request{Method: "POST", Path: "/", Body: body, Size: 10}); err == nil {
				t.Error("got an answer to half a request")
			}
			eventually(t, "the connection is closed", func() bool { return d.open.Load() == 0 })
		})
	}
}

func TestRequestsThatCannotBeSentAsTheyAre(t *testing.T) {
	d := newDevice(t)
	f := d.forward(t)
	tests := map[string]*Request{
		"a method with a space":        {Method: "GET /x", Path: "/", Size: -1},
		"CONNECT":                      {Method: "CONNECT", Path: "/", Size: -1},
		"no method":                    {Path: "/", Size: -1},
		"a path that does not begin":   get("x"),
		"a whole URL":                  get("http://other/"),
		"a path with a line end":       get("/a\r\nX: 1"),
		"a path with a space":          get("/a HTTP/1.1"),
		"a header that is two":         {Method: "GET", Path: "/", Size: -1, Header: Header{"A": {"1\r\nB: 2"}}},
		"a header's name with a colon": {Method: "GET", Path: "/", Size: -1, Header: Header{"A:": {"1"}}},
		"a body of unknown size":       {Method: "POST", Path: "/", Size: -1, Body: strings.NewReader("x")},
		"a size without a body":        {Method: "POST", Path: "/", Size: 3},
	}
	for name, r := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := f.Do(testContext(t), r)
			wantCode(t, err, wire.CodeInvalid)
		})
	}
	if n := d.dials.Load(); n != 0 {
		t.Errorf("got %d dials", n)
	}
}
