package forward

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"porthole/ssh/wire"
)

// TestABurstIsServedByIdleConnections: idle capacity is the cap, so that a page's second
// burst dials nothing (pitfall P25).
func TestABurstIsServedByIdleConnections(t *testing.T) {
	const burst = 20
	var gate sync.WaitGroup
	d := newDevice(t).serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		gate.Done()
		gate.Wait() // all at once
		_, _ = io.WriteString(w, "ok")
	}))
	f := d.forward(t)
	for range 3 {
		gate.Add(burst)
		var all sync.WaitGroup
		for range burst {
			all.Go(func() { fetch(t, f, get("/")) })
		}
		all.Wait()
	}
	if n := d.dials.Load(); n != burst {
		t.Errorf("got %d dials for 3 bursts of %d, want %d", n, burst, burst)
	}
}

func TestRequestsBeyondTheCapWaitTheirTurn(t *testing.T) {
	const cap, requests = 3, 12
	release := make(chan struct{})
	var mu sync.Mutex
	var order []string
	d := newDevice(t).serve(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		mu.Lock()
		order = append(order, r.URL.Path)
		mu.Unlock()
		<-release
	}))
	f := d.forward(t, func(c *Config) { c.MaxConns = cap })
	var all sync.WaitGroup
	var want []string
	for i := range requests {
		path := fmt.Sprintf("/%d", i)
		want = append(want, path)
		all.Go(func() { fetch(t, f, get(path)) })
		eventually(t, path+" is under way or waits", func() bool {
			f.pool.mu.Lock()
			defer f.pool.mu.Unlock()
			mu.Lock()
			defer mu.Unlock()
			return len(order) == min(i+1, cap) && len(f.pool.waiting) == max(0, i+1-cap)
		})
	}
	for i := range requests {
		release <- struct{}{}
		eventually(t, "the next is under way", func() bool {
			mu.Lock()
			defer mu.Unlock()
			return len(order) == min(requests, cap+i+1)
		})
	}
	all.Wait()
	if n := d.dials.Load(); n != cap {
		t.Errorf("got %d dials, want %d", n, cap)
	}
	if !slices.Equal(order, want) {
		t.Errorf("got %v, want the order of asking", order)
	}
}

func TestWaitingForAConnectionEnds(t *testing.T) {
	d := newDevice(t).serve(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }))
	f := d.forward(t, func(c *Config) { c.MaxConns = 1 })
	hold, release := context.WithCancel(testContext(t))
	held := make(chan struct{})
	go func() {
		defer close(held)
		_, _ = f.Do(hold, get("/held"))
	}()
	eventually(t, "the first request is under way", func() bool { return d.dials.Load() == 1 })
	ctx, cancel := context.WithCancel(testContext(t))
	go cancel()
	_, err := f.Do(ctx, get("/"))
	wantCode(t, err, wire.CodeCancelled)
	release()
	<-held

	f = d.forward(t, func(c *Config) { c.MaxConns, c.HeadLimit = 1, 50*time.Millisecond })
	ctx, cancel = context.WithCancel(testContext(t))
	pausing := ctx.Done()
	body := readerFunc(func([]byte) (int, error) { <-pausing; return 0, io.EOF })
	done := make(chan struct{})
	go func() {
		defer close(done)
		_, _ = f.Do(ctx, &Request{Method: "POST", Path: "/", Body: body, Size: 1})
	}()
	eventually(t, "the first request is under way", func() bool { return d.dials.Load() == 2 })
	_, err = f.Do(testContext(t), get("/"))
	wantCode(t, err, wire.CodeForwardSilent)
	cancel()
	<-done
}

// TestAConnectionClosedWhileIdleIsNoticed: it is dropped when it happens, not at the next
// request.
func TestAConnectionClosedWhileIdleIsNoticed(t *testing.T) {
	d := newDevice(t).script(t, func(c net.Conn, r *bufio.Reader) {
		if readRequest(r) != "" {
			_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
		}
	})
	f := d.forward(t)
	for range 3 {
		fetch(t, f, get("/"))
		eventually(t, "the closed connection is dropped", func() bool { return f.Stats().Connections == 0 })
	}
}

func TestBytesThatNobodyAskedForEndAConnection(t *testing.T) {
	d := newDevice(t).script(t, func(c net.Conn, r *bufio.Reader) {
		if readRequest(r) != "" {
			_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil")
			_, _ = r.ReadByte()
		}
	})
	f := d.forward(t)
	for range 3 {
		if _, body := fetch(t, f, get("/")); body != "ok" {
			t.Fatalf("got %q", body)
		}
		eventually(t, "the connection is dropped", func() bool { return f.Stats().Connections == 0 })
	}
}

// closesOnSecond answers the first request of the first connection, and closes it when the
// second comes: as a device whose idle time just ended.
func closesOnSecond(t *testing.T) *device {
	t.Helper()
	var once sync.Once
	return newDevice(t).script(t, func(c net.Conn, r *bufio.Reader) {
		short := false
		once.Do(func() { short = true })
		for readRequest(r) != "" {
			_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
			if short {
				_, _ = r.ReadString('\n')
				return
			}
		}
	})
}

func TestAStaleConnectionIsReplaced(t *testing.T) {
	for name, r := range map[string]*Request{
		"GET": get("/"),
		"PUT": {Method: "PUT", Path: "/", Body: strings.NewReader("body"), Size: 4},
	} {
		t.Run(name, func(t *testing.T) {
			d := closesOnSecond(t)
			f := d.forward(t)
			fetch(t, f, get("/"))
			if _, body := fetch(t, f, r); body != "ok" || d.dials.Load() != 2 {
				t.Errorf("got %q after %d dials, want ok after 2", body, d.dials.Load())
			}
		})
	}
}

// TestAPostIsNeverSentTwice: nobody knows what the device did before it closed.
func TestAPostIsNeverSentTwice(t *testing.T) {
	d := closesOnSecond(t)
	f := d.forward(t)
	fetch(t, f, get("/"))
	_, err := f.Do(testContext(t), post("/", "order one"))
	wantCode(t, err, wire.CodeForwardBroken)
	if n := d.dials.Load(); n != 1 {
		t.Errorf("got %d dials, want 1", n)
	}
}

// TestAPostTakesNoOldConnection: it goes over a new one when the idle one may be stale.
func TestAPostTakesNoOldConnection(t *testing.T) {
	d := newDevice(t).serve(t, http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	now := time.Now()
	f := d.forward(t, func(c *Config) { c.Now = func() time.Time { return now } })
	fetch(t, f, get("/"))
	fetch(t, f, post("/", "x"))
	if n := d.dials.Load(); n != 1 {
		t.Errorf("got %d dials for a POST right after, want 1", n)
	}
	now = now.Add(2 * freshFor)
	fetch(t, f, post("/", "x"))
	if n, open := d.dials.Load(), f.Stats().Connections; n != 2 || open != 2 {
		t.Errorf("got %d dials and %d connections for a POST later, want 2, with the old one kept for others", n, open)
	}
}

func TestTheDevicesOwnIdleTimeIsHonoured(t *testing.T) {
	d := newDevice(t).serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Keep-Alive", "timeout=5, max=100")
	}))
	now := time.Now()
	f := d.forward(t, func(c *Config) { c.Now = func() time.Time { return now } })
	for _, step := range []struct {
		after time.Duration
		dials int64
	}{{0, 1}, {3 * time.Second, 1}, {4500 * time.Millisecond, 2}} {
		now = now.Add(step.after)
		if resp, _ := fetch(t, f, get("/")); resp.Header.Get("Keep-Alive") != "" {
			t.Error("Keep-Alive was passed on")
		}
		if n := d.dials.Load(); n != step.dials {
			t.Errorf("after %v: got %d dials, want %d", step.after, n, step.dials)
		}
	}
}

func TestConnectionCloseIsObeyed(t *testing.T) {
	d := newDevice(t).serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Connection", "close")
	}))
	f := d.forward(t)
	for range 3 {
		fetch(t, f, get("/"))
	}
	if n := d.dials.Load(); n != 3 {
		t.Errorf("got %d dials, want 3", n)
	}
}

// TestTheEndOfTheContextFreesTheConnection at every stage of a request.
func TestTheEndOfTheContextFreesTheConnection(t *testing.T) {
	stages := map[string]func(net.Conn, *bufio.Reader){
		"before the request is read": func(_ net.Conn, r *bufio.Reader) { _, _ = r.Peek(1); _, _ = io.ReadAll(r) },
		"before the head":            func(_ net.Conn, r *bufio.Reader) { readRequest(r); _, _ = r.ReadByte() },
		"in the head": func(c net.Conn, r *bufio.Reader) {
			readRequest(r)
			_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nA: b")
			_, _ = r.ReadByte()
		},
		"in the body": func(c net.Conn, r *bufio.Reader) {
			readRequest(r)
			_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
			_, _ = r.ReadByte()
		},
	}
	for name, stage := range stages {
		t.Run(name, func(t *testing.T) {
			d := newDevice(t).script(t, stage)
			f := d.forward(t)
			ctx, cancel := context.WithCancel(testContext(t))
			time.AfterFunc(20*time.Millisecond, cancel)
			resp, err := f.Do(ctx, &Request{Method: "POST", Path: "/", Body: zeros{}, Size: 1 << 10})
			if err == nil {
				_, err = io.ReadAll(resp.Body)
			}
			wantCode(t, err, wire.CodeCancelled)
			eventually(t, "the connection is closed", func() bool { return d.open.Load() == 0 && f.Stats().Connections == 0 })
		})
	}
}

func TestClosingAnAnswersBodyFreesTheConnection(t *testing.T) {
	d := newDevice(t).serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.Copy(w, zeros{})
	}))
	f := d.forward(t)
	resp, err := f.Do(testContext(t), get("/"))
	if err != nil {
		t.Fatal(err)
	}
	read := make(chan error)
	go func() {
		_, err := io.Copy(io.Discard, resp.Body)
		read <- err
	}()
	_ = resp.Body.Close()
	wantCode(t, <-read, wire.CodeCancelled)
	eventually(t, "the connection is closed", func() bool { return d.open.Load() == 0 && f.Stats().Connections == 0 })
}

func TestCloseEndsEverything(t *testing.T) {
	d := newDevice(t).serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/body" {
			w.(http.Flusher).Flush()
		}
		if r.URL.Path != "/idle" {
			<-r.Context().Done()
		}
	}))
	f := d.forward(t, func(c *Config) { c.MaxConns = 3 })
	resp, err := f.Do(testContext(t), get("/body"))
	if err != nil {
		t.Fatal(err)
	}
	fetch(t, f, get("/idle"))
	errs := make(chan error)
	for range 4 { // two under way, two that wait
		go func() {
			_, err := f.Do(testContext(t), get("/head"))
			errs <- err
		}()
	}
	eventually(t, "two wait", func() bool {
		f.pool.mu.Lock()
		defer f.pool.mu.Unlock()
		return len(f.pool.waiting) == 2
	})
	_ = f.Close()
	_ = f.Close()
	<-f.Closed()
	for range 4 {
		wantCode(t, <-errs, wire.CodeClosed)
	}
	_, err = io.ReadAll(resp.Body)
	wantCode(t, err, wire.CodeClosed)
	_, err = f.Do(testContext(t), get("/"))
	wantCode(t, err, wire.CodeClosed)
	_, err = f.Socket(testContext(t), "/", nil, nil)
	wantCode(t, err, wire.CodeClosed)
	eventually(t, "all connections are closed", func() bool { return d.open.Load() == 0 && f.Stats().Connections == 0 })
}

func TestTenThousandRequestsLeaveNothingBehind(t *testing.T) {
	d := newDevice(t).serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "ok") }))
	f := d.forward(t)
	ctx := testContext(t)
	run := func(n int) {
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				for range n / 8 {
					resp, err := f.Do(ctx, get("/"))
					if err != nil {
						t.Error(err)
						return
					}
					_, _ = io.Copy(io.Discard, resp.Body)
				}
			})
		}
		all.Wait()
	}
	heap := func() uint64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	run(400)
	goroutines, before := runtime.NumGoroutine(), heap()
	run(10_000)
	if after := heap(); after > before+1<<20 {
		t.Errorf("the heap grew from %d to %d bytes", before, after)
	}
	eventually(t, "no goroutine more than before", func() bool { return runtime.NumGoroutine() <= goroutines+2 })
	if s := f.Stats(); s.Connections > 8 || s.Dials > 50 { // a busy machine may lose some to reuseGrace
		t.Errorf("got %+v, want 8 connections that are used again", s)
	}
}
