package forward

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"porthole/ssh/wire"
)

// patience bounds every wait of a test.
const patience = 60 * time.Second

const ownOrigin = "https://abc.fwd.example.com"

func testContext(tb testing.TB) context.Context {
	tb.Helper()
	ctx, cancel := context.WithTimeout(tb.Context(), patience)
	tb.Cleanup(cancel)
	return ctx
}

// device is the target: what a forward dials arrives at its conns.
type device struct {
	conns  chan net.Conn
	closed chan struct{}
	open   atomic.Int64 // of the device's ends
	dials  atomic.Int64
	stop   sync.Once
}

func newDevice(tb testing.TB) *device {
	tb.Helper()
	d := &device{conns: make(chan net.Conn), closed: make(chan struct{})}
	tb.Cleanup(func() { _ = d.Close() })
	return d
}

// dial is a Dial.
func (d *device) dial(ctx context.Context) (net.Conn, error) {
	near, pipe := net.Pipe()
	d.dials.Add(1)
	d.open.Add(1)
	far := &counted{Conn: pipe, open: &d.open}
	select {
	case d.conns <- far:
		return near, nil
	case <-ctx.Done():
		_ = far.Close()
		return nil, ctx.Err()
	case <-d.closed:
		_ = far.Close()
		return nil, errors.New("connection refused")
	}
}

type counted struct {
	net.Conn
	open *atomic.Int64
	once sync.Once
}

func (c *counted) Close() error {
	c.once.Do(func() { c.open.Add(-1) })
	return c.Conn.Close()
}

// Accept, Close and Addr make a device a net.Listener.
func (d *device) Accept() (net.Conn, error) {
	select {
	case c := <-d.conns:
		return c, nil
	case <-d.closed:
		return nil, net.ErrClosed
	}
}

func (d *device) Close() error   { d.stop.Do(func() { close(d.closed) }); return nil }
func (d *device) Addr() net.Addr { return &net.TCPAddr{} }

// serve answers with h on every connection.
func (d *device) serve(tb testing.TB, h http.Handler) *device {
	tb.Helper()
	server := &http.Server{Handler: h, ReadHeaderTimeout: patience}
	done := make(chan struct{})
	go func() { defer close(done); _ = server.Serve(d) }()
	tb.Cleanup(func() { _ = server.Close(); <-done })
	return d
}

// script runs f with each connection in turn, which it closes after that.
func (d *device) script(tb testing.TB, f func(net.Conn, *bufio.Reader)) *device {
	tb.Helper()
	var work sync.WaitGroup
	work.Go(func() {
		for {
			c, err := d.Accept()
			if err != nil {
				return
			}
			work.Go(func() {
				defer c.Close()
				f(c, bufio.NewReader(c))
			})
		}
	})
	tb.Cleanup(func() { _ = d.Close(); work.Wait() })
	return d
}

// answers is a script that reads one request and writes raw, then closes.
func (d *device) answers(tb testing.TB, raw string) *device {
	tb.Helper()
	return d.script(tb, func(c net.Conn, r *bufio.Reader) {
		if readRequest(r) != "" {
			_, _ = io.WriteString(c, raw)
		}
	})
}

// readRequest reads a head and the body that Content-Length announces; "" at the end.
func readRequest(r *bufio.Reader) string {
	req, err := http.ReadRequest(r)
	if err != nil {
		return ""
	}
	_, _ = io.Copy(io.Discard, req.Body)
	return req.Method + " " + req.RequestURI
}

func (d *device) forward(tb testing.TB, change ...func(*Config)) *Forward {
	tb.Helper()
	config := Config{
		Target: Target{Scheme: "http", Host: "localhost", Port: 1880},
		Dial:   d.dial, Origin: ownOrigin,
	}
	for _, f := range change {
		f(&config)
	}
	f, err := New(config)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = f.Close() })
	return f
}

func get(path string) *Request { return &Request{Method: "GET", Path: path, Size: -1} }

func post(path, body string) *Request {
	return &Request{Method: "POST", Path: path, Body: strings.NewReader(body), Size: int64(len(body))}
}

// fetch gives the answer and all of its body.
func fetch(tb testing.TB, f *Forward, r *Request) (*Response, string) {
	tb.Helper()
	resp, err := f.Do(testContext(tb), r)
	if err != nil {
		tb.Fatalf("%s %s: %v", r.Method, r.Path, err)
	}
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		tb.Fatalf("%s %s: body: %v", r.Method, r.Path, err)
	}
	return resp, string(body)
}

// wantCode checks the code of an error and that its sentence is one.
func wantCode(tb testing.TB, err error, want wire.ErrorCode) {
	tb.Helper()
	var e *Error
	if !errors.As(err, &e) || e.Code != want || !strings.HasSuffix(e.Message, ".") {
		tb.Errorf("got error %v, want code %s and a sentence", err, want)
	}
}

// eventually polls until ok.
func eventually(tb testing.TB, what string, ok func() bool) {
	tb.Helper()
	for deadline := time.Now().Add(patience); !ok(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			tb.Fatalf("not within %v: %s", patience, what)
		}
	}
}
