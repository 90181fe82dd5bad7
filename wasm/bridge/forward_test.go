//go:build js

package bridge_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"strings"
	"syscall/js"
	"testing"
	"time"

	"porthole/ssh/sshtest"
	"porthole/ssh/tunnel"
	"porthole/ssh/wire"
	"porthole/wasm/jsval"
)

func TestASmallAnswerComesInOnePiece(t *testing.T) {
	p := newPages(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/plain")
		w.Header().Set("X-Odd", "caf\xe9 \"quoted\" \\ slash")
		w.Header().Add("Set-Cookie", "theme=dark; Path=/")
		w.Header().Add("Set-Cookie", "sid=1; HttpOnly")
		_, _ = io.WriteString(w, r.Method+" "+r.RequestURI+" "+r.Host+" "+r.Header.Get("X-From"))
	})
	response := p.await(p.forward.Call("request", asked("GET", "/a%20b?c=d", map[string]any{
		"headers": []any{[]any{"X-From", "caf\u00e9"}},
	}), nil))
	if !response.Get("done").Bool() || !response.Get("read").IsUndefined() {
		t.Error("a small body did not come with its head")
	}
	if got, want := p.body(response), "GET /a%20b?c=d localhost:1880 caf\xe9"; got != want {
		t.Errorf("the device was asked %q, want %q", got, want)
	}
	if response.Get("status").Int() != 200 || response.Get("statusText").String() != "OK" {
		t.Error("status of the answer is wrong")
	}
	if got := header(response, "X-Odd"); len(got) != 1 || got[0] != "caf\u00e9 \"quoted\" \\ slash" {
		t.Errorf("header %q", got)
	}
	if got := header(response, "Set-Cookie"); len(got) != 0 {
		t.Errorf("Set-Cookie %q reached the page", got)
	}
	cookies := response.Get("cookies")
	if cookies.Length() != 1 || cookies.Index(0).Get("name").String() != "theme" || !cookies.Index(0).Get("expiresMs").IsNull() {
		t.Errorf("cookies %s", js.Global().Get("JSON").Call("stringify", cookies))
	}
	if got := p.await(p.forward.Call("cookies", "/")).String(); got != "theme=dark" {
		t.Errorf("document.cookie is %q", got)
	}
}

func TestALargeBodyIsPulledAndComplete(t *testing.T) {
	want := strings.Repeat("0123456789abcdef", 5<<20/16)
	p := newPages(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, want) })
	response, got := p.get("/")
	if response.Get("done").Bool() || got != want {
		t.Errorf("%d bytes came, want %d in order", len(got), len(want))
	}
}

// A device that streams without end must be held back when nobody reads.
func TestAnUnreadBodyIsBounded(t *testing.T) {
	p := newPages(t, func(w http.ResponseWriter, r *http.Request) {
		piece := make([]byte, 64<<10)
		for r.Context().Err() == nil {
			if _, err := w.Write(piece); err != nil {
				return
			}
		}
	})
	response := p.await(p.forward.Call("request", asked("GET", "/", nil), nil))
	const bound = 6 << 20 // SSH's window, the pipes, and what we read ahead
	previous, same := -1.0, 0
	for deadline := time.Now().Add(limit); same < 5; time.Sleep(20 * time.Millisecond) {
		now := p.connection.Call("stats").Get("bytesIn").Float()
		if now == previous {
			same++
		} else {
			same = 0
		}
		if now > bound || time.Now().After(deadline) {
			t.Fatalf("%.0f bytes were taken in while nobody read", now)
		}
		previous = now
	}
	response.Call("cancel")
	p.rejects(response.Call("read"), "closed")
}

func TestAStreamIsNotHeldUntilItEnds(t *testing.T) {
	tick := make(chan struct{})
	p := newPages(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		w.(http.Flusher).Flush()
		for range tick {
			_, _ = io.WriteString(w, "data: x\n\n")
			w.(http.Flusher).Flush()
		}
	})
	response := p.await(p.forward.Call("request", asked("GET", "/", nil), nil))
	for range 3 {
		tick <- struct{}{}
		if chunk, _ := jsval.GoBytes(p.await(response.Call("read"))); string(chunk) != "data: x\n\n" {
			t.Errorf("event %q", chunk)
		}
	}
	close(tick)
	if !p.await(response.Call("read")).IsNull() {
		t.Error("the stream did not end")
	}
}

func TestABodyThatBreaksOffRejects(t *testing.T) {
	p := newPages(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "1000000")
		_, _ = w.Write(make([]byte, 100))
		w.(http.Flusher).Flush()
		panic(http.ErrAbortHandler)
	})
	response := p.await(p.forward.Call("request", asked("GET", "/", nil), nil))
	for {
		value, err := p.settle(response.Call("read"))
		if err != nil {
			p.await(response.Call("cancel")) // which comes too late, and is no failure
			break
		}
		if value.IsNull() {
			t.Fatal("a body that broke off ended as if it were whole")
		}
	}
}

func TestAnUploadIsPulledAndHasItsLength(t *testing.T) {
	p := newPages(t, func(w http.ResponseWriter, r *http.Request) {
		data, err := io.ReadAll(r.Body)
		_, _ = fmt.Fprintf(w, "%d %d %q %v %v", len(data), r.ContentLength, r.TransferEncoding, err, bytes.Count(data, []byte("x")))
	})
	const pieces, size = 20, 200_000
	left := pieces
	body := p.upload(func() any {
		if left == 0 {
			return js.Global().Get("Promise").Call("resolve", nil)
		}
		left--
		return js.Global().Get("Promise").Call("resolve", jsval.Bytes(bytes.Repeat([]byte("x"), size)))
	})
	response := p.await(p.forward.Call("request", asked("POST", "/", map[string]any{"size": pieces * size}), body))
	if got, want := p.body(response), fmt.Sprintf("%d %d [] <nil> %d", pieces*size, pieces*size, pieces*size); got != want {
		t.Errorf("the device got %s, want %s", got, want)
	}
}

func TestAnAbortEndsARequestAtEveryStage(t *testing.T) {
	held := make(chan struct{})
	gone := make(chan struct{}, 8)
	p := newPages(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/body" {
			_, _ = w.Write(make([]byte, 100_000))
			w.(http.Flusher).Flush()
		}
		select {
		case <-r.Context().Done():
			gone <- struct{}{}
		case <-held:
		}
	})
	defer close(held)
	for _, path := range []string{"/head", "/body"} {
		abort := js.Global().Get("AbortController").New()
		pending := p.forward.Call("request", asked("GET", path, nil), nil, abort.Get("signal"))
		if path == "/head" {
			abort.Call("abort")
			p.rejects(pending, "cancelled")
		} else {
			response := p.await(pending)
			abort.Call("abort")
			for {
				value, err := p.settle(response.Call("read"))
				if err != nil {
					break
				}
				if value.IsNull() {
					t.Fatal("an aborted body ended as if it were whole")
				}
			}
		}
		select {
		case <-gone:
		case <-time.After(limit):
			t.Fatalf("the device did not notice that %s was aborted", path)
		}
	}
	abort := js.Global().Get("AbortController").New()
	abort.Call("abort")
	p.rejects(p.forward.Call("request", asked("GET", "/", nil), nil, abort.Get("signal")), "cancelled")
}

func TestWhatIsNoRequestIsRejectedNotFatal(t *testing.T) {
	p := newPages(t, func(http.ResponseWriter, *http.Request) {})
	for name, args := range map[string][]any{
		"nothing":           {},
		"null":              {nil},
		"headers missing":   {asked("GET", "/", map[string]any{"headers": nil})},
		"headers odd":       {asked("GET", "/", map[string]any{"headers": []any{[]any{"a"}}})},
		"header broken":     {asked("GET", "/", map[string]any{"headers": []any{[]any{"a", "b\r\nc: d"}}})},
		"header not latin":  {asked("GET", "/", map[string]any{"headers": []any{[]any{"a", "\u20ac"}}})},
		"headers of tables": {asked("GET", "/", map[string]any{"headers": []any{[]any{[]any{}, []any{}}}})},
		"path without /":    {asked("GET", "x", nil)},
		"path a number":     {asked("GET", "/", map[string]any{"path": 5})},
		"path with a line":  {asked("GET", "/\r\nHost: x", nil)},
		"method with space": {asked("GET /x", "/", nil)},
		"size too small":    {asked("GET", "/", map[string]any{"size": -2})},
		"size no number":    {asked("GET", "/", map[string]any{"size": "1"})},
		"cookies a number":  {asked("GET", "/", map[string]any{"cookies": 1})},
	} {
		t.Log(name)
		p.rejects(p.forward.Call("request", args...), "invalid")
	}
	p.rejects(p.forward.Call("setCredential", "u"), "invalid")
	p.rejects(p.forward.Call("setCookie", 1, 2), "invalid")
	p.rejects(p.forward.Call("cookies"), "invalid")
	p.rejects(p.forward.Call("socket", "/"), "invalid")
	for name, change := range map[string]map[string]any{
		"scheme": {"scheme": "ftp"}, "host": {"host": ""}, "port": {"port": 0}, "no tenant": {"tenant": ""},
	} {
		t.Log(name)
		p.rejects(p.connection.Call("forward", forwardConfig(change), forwardHooks()), "invalid")
	}
	p.rejects(p.connection.Call("forward", forwardConfig(nil), map[string]any{}), "invalid")
	if _, body := p.get("/"); body != "" {
		t.Errorf("body %q", body)
	}
}

// Such a path names an authority to whoever takes it for a URL.
func TestAPathOfTwoSlashesStaysAPath(t *testing.T) {
	p := newPages(t, func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, r.RequestURI+" "+r.Host) })
	if _, got := p.get("//other.example/x"); got != "//other.example/x localhost:1880" {
		t.Errorf("the device was asked for %q", got)
	}
}

func TestAPortThatSSHForbidsSaysSo(t *testing.T) {
	p := newPages(t, func(http.ResponseWriter, *http.Request) {})
	other := p.await(p.connection.Call("forward", forwardConfig(map[string]any{"port": 1881}), forwardHooks()))
	p.rejects(other.Call("request", asked("GET", "/", nil), nil), "forward_forbidden")
}

func TestALostConnectionEndsTheForward(t *testing.T) {
	held := make(chan struct{})
	p := newPages(t, func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-held:
		case <-r.Context().Done():
		}
	})
	defer close(held)
	pending := p.forward.Call("request", asked("GET", "/", nil), nil)
	for deadline := time.Now().Add(limit); p.forward.Call("stats").Get("connections").Int() == 0; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the device was not dialled")
		}
	}
	p.unplug()
	if _, err := p.settle(pending); err == nil {
		t.Error("a request was answered by nobody")
	}
	if info := p.await(p.forward.Get("closed")); info.Get("code").String() != "lost" {
		t.Errorf("the forward ended with %s", js.Global().Get("JSON").Call("stringify", info))
	}
	p.rejects(p.forward.Call("request", asked("GET", "/", nil), nil), "closed")
	p.await(p.forward.Call("close"))
	if p.forward.Call("stats").Get("dials").Int() != 0 {
		t.Error("stats of a forward that ended")
	}
}

func TestAForwardWithoutSSHDialsTheWebsocketPerConnection(t *testing.T) {
	d := newDevice(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, r.Host) }))
	w := newWorld(t, sshtest.Options{})
	var urls []string
	b := w.start(func(ctx context.Context, url string) (net.Conn, error) {
		urls = append(urls, url)
		return d.dial(ctx, "tcp", "")
	})
	direct := w.await(b.Call("directForward", forwardConfig(map[string]any{"url": "wss://gateway.example/x"}), forwardHooks()))
	p := &pages{world: w, device: d, forward: direct}
	for range 3 {
		if _, body := p.get("/"); body != "localhost:1880" {
			t.Errorf("answer %q", body)
		}
	}
	if len(urls) != 1 || urls[0] != "wss://gateway.example/x" {
		t.Errorf("dialled %q", urls)
	}
	w.await(direct.Call("close"))
	if info := w.await(direct.Get("closed")); info.Get("code").String() != "closed" {
		t.Errorf("closed with %s", info.Get("code"))
	}
}

func TestNothingGrowsOverTenThousandRequests(t *testing.T) {
	body := strings.Repeat("x", 1024)
	p := newPages(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, body) })
	abort := js.Global().Get("AbortController").New()
	once := func() {
		response := p.await(p.forward.Call("request", asked("GET", "/", map[string]any{
			"headers": []any{[]any{"Accept", "*/*"}},
		}), nil, abort.Get("signal")))
		if !response.Get("done").Bool() {
			p.body(response)
		}
	}
	for range 100 {
		once()
	}
	settled := func() (goroutines, funcs int, heap uint64) {
		runtime.GC()
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return runtime.NumGoroutine(), jsval.Live(), m.HeapAlloc
	}
	goroutines, funcs, heap := settled()
	for range 10_000 {
		once()
	}
	deadline := time.Now().Add(limit)
	for {
		g, f, h := settled()
		if g <= goroutines && f <= funcs && h < heap+1<<20 {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("goroutines %d → %d, functions %d → %d, heap %d → %d", goroutines, g, funcs, f, heap, h)
		}
		time.Sleep(10 * time.Millisecond)
	}
	if got := p.forward.Call("stats").Get("dials").Int(); got != 1 {
		t.Errorf("%d dials for requests one after the other", got)
	}
}

// What ends the websocket of a forward without SSH is told in its own words.
func TestAForwardWithoutSSHTellsWhyTheWebsocketEnded(t *testing.T) {
	w := newWorld(t, sshtest.Options{})
	for name, c := range map[string]struct {
		dial func() (net.Conn, error)
		code string
	}{
		"gateway not reached": {func() (net.Conn, error) {
			return nil, &tunnel.DialError{Code: wire.CodeUnreachable, Text: "The gateway could not be reached."}
		}, "unreachable"},
		"device refused": {func() (net.Conn, error) {
			return endedConn{&tunnel.EndError{Close: wire.CloseDeviceRefused}}, nil
		}, "device_refused"},
		"cut": {func() (net.Conn, error) {
			return endedConn{&tunnel.EndError{Close: 1006}}, nil
		}, "forward_broken"},
	} {
		t.Log(name)
		b := w.start(func(context.Context, string) (net.Conn, error) { return c.dial() })
		f := w.await(b.Call("directForward", forwardConfig(map[string]any{"url": "wss://gateway.example/x"}), forwardHooks()))
		w.rejects(f.Call("request", asked("GET", "/", nil), nil), c.code)
	}
}

// endedConn takes everything and gives an error.
type endedConn struct{ err error }

func (c endedConn) Read([]byte) (int, error)       { return 0, c.err }
func (endedConn) Write(p []byte) (int, error)      { return len(p), nil }
func (endedConn) Close() error                     { return nil }
func (endedConn) LocalAddr() net.Addr              { return &net.TCPAddr{} }
func (endedConn) RemoteAddr() net.Addr             { return &net.TCPAddr{} }
func (endedConn) SetDeadline(time.Time) error      { return nil }
func (endedConn) SetReadDeadline(time.Time) error  { return nil }
func (endedConn) SetWriteDeadline(time.Time) error { return nil }
