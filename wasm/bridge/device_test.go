//go:build js

package bridge_test

import (
	"context"
	"errors"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"syscall/js"
	"testing"

	"porthole/ssh/sshtest"
	"porthole/wasm/jsval"
)

// device is a web server in memory.
type device struct {
	tls   bool
	conns chan net.Conn
	done  chan struct{}

	mu   sync.Mutex
	ends []net.Conn
}

func newDevice(t *testing.T, handler http.Handler) *device {
	t.Helper()
	d := &device{}
	d.serve(t, handler)
	return d
}

func (d *device) serve(t *testing.T, handler http.Handler) {
	t.Helper()
	d.conns, d.done = make(chan net.Conn), make(chan struct{})
	server := &httptest.Server{Listener: d, Config: &http.Server{Handler: handler}}
	if d.tls {
		server.StartTLS()
	} else {
		server.Start()
	}
	t.Cleanup(func() {
		d.unplug() // what is open does not hold the server up
		server.Close()
	})
}

func (d *device) Accept() (net.Conn, error) {
	select {
	case c := <-d.conns:
		return c, nil
	case <-d.done:
		return nil, net.ErrClosed
	}
}

func (d *device) Close() error {
	select {
	case <-d.done:
	default:
		close(d.done)
	}
	return nil
}

func (d *device) Addr() net.Addr { return &net.TCPAddr{} }

func (d *device) dial(context.Context, string, string) (net.Conn, error) {
	client, server := sshtest.Pipe()
	d.mu.Lock()
	d.ends = append(d.ends, client, server)
	d.mu.Unlock()
	select {
	case d.conns <- server:
		return client, nil
	case <-d.done:
		return nil, net.ErrClosed
	}
}

// unplug breaks every connection.
func (d *device) unplug() {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, end := range d.ends {
		_ = end.Close()
	}
}

// pages is a forward of a device's web server over SSH.
type pages struct {
	*world
	device     *device
	connection js.Value
	forward    js.Value
}

func forwardConfig(changes map[string]any) map[string]any {
	c := map[string]any{
		"scheme": "http", "host": "localhost", "port": 1880, "tenant": "t1", "deviceId": "1234",
		"origin": "http://abc.fwd.porthole.localhost:8440", "headLimitMs": 0,
	}
	maps.Copy(c, changes)
	return c
}

func forwardHooks() map[string]any {
	return map[string]any{"askCertificate": js.Global().Get("Function").New("return false")}
}

func newPages(t *testing.T, handler http.HandlerFunc) *pages {
	t.Helper()
	d := newDevice(t, handler)
	w := newWorld(t, sshtest.Options{
		Direct: func(host string, port int) error {
			if host != "localhost" || port != 1880 {
				return errors.New("administratively prohibited")
			}
			return nil
		},
		Dial: d.dial,
	})
	p := &pages{world: w, device: d, connection: w.open(nil)}
	p.forward = w.await(p.connection.Call("forward", forwardConfig(nil), forwardHooks()))
	return p
}

// asked is a ForwardRequest; changes are laid over it.
func asked(method, path string, changes map[string]any) map[string]any {
	r := map[string]any{
		"method": method, "path": path, "headers": []any{}, "size": -1, "referrer": "", "cookies": nil, "navigate": false,
	}
	maps.Copy(r, changes)
	return r
}

// get asks for a path and returns the head and all of the body.
func (p *pages) get(path string) (response js.Value, body string) {
	p.t.Helper()
	response = p.await(p.forward.Call("request", asked("GET", path, nil), nil))
	return response, p.body(response)
}

// body reads all of a body.
func (p *pages) body(response js.Value) string {
	p.t.Helper()
	var all strings.Builder
	add := func(chunk js.Value) {
		data, ok := jsval.GoBytes(chunk)
		if !ok || len(data) == 0 || len(data) > 256<<10 || chunk.Get("buffer").Get("byteLength").Int() != len(data) {
			p.t.Errorf("a piece must be 1 B to 256 KiB that fill their buffer; %d bytes", len(data))
		}
		all.Write(data)
	}
	if chunk := response.Get("chunk"); !chunk.IsNull() {
		add(chunk)
	}
	for !response.Get("done").Bool() {
		chunk := p.await(response.Call("read"))
		if chunk.IsNull() {
			break
		}
		add(chunk)
	}
	return all.String()
}

// upload gives pieces as the body of a request; each is a promise or nil for the end.
func (p *pages) upload(next func() any) js.Value {
	p.t.Helper()
	function := js.FuncOf(func(js.Value, []js.Value) any { return next() })
	p.t.Cleanup(function.Release)
	return function.Value
}

func header(response js.Value, name string) []string {
	var values []string
	headers := response.Get("headers")
	for i := range headers.Length() {
		if strings.EqualFold(headers.Index(i).Index(0).String(), name) {
			values = append(values, headers.Index(i).Index(1).String())
		}
	}
	return values
}
