package main

import (
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"

	"github.com/rogpeppe/go-internal/testscript"

	"porthole/ssh/wire"
)

// connectproxy: an HTTP proxy that knows CONNECT only; HTTPS_PROXY names it from then on.
func connectProxy(ts *testscript.TestScript, _ bool, _ []string) {
	server := httptest.NewServer(http.HandlerFunc(serveConnect))
	ts.Defer(server.Close)
	ts.Setenv("HTTPS_PROXY", server.URL)
	ts.Setenv("NO_PROXY", "")
}

func serveConnect(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodConnect {
		w.WriteHeader(http.StatusMethodNotAllowed)
		return
	}
	far, err := net.Dial("tcp", wire.LoopbackAddress(r.Host))
	if err != nil {
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	defer func() { _ = far.Close() }()
	near, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	defer func() { _ = near.Close() }()
	_, _ = io.WriteString(near, "HTTP/1.1 200 Connection established\r\n\r\n") // the reader tells
	var up sync.WaitGroup
	up.Go(func() {
		_, _ = io.Copy(far, near)
		_ = far.Close()
	})
	_, _ = io.Copy(near, far)
	_ = near.Close()
	up.Wait()
}
