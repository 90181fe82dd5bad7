//go:build js

package jssocket_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"syscall/js"
	"testing"
	"time"

	"porthole/ssh/tunnel"
	"porthole/ssh/tunnel/tunneltest"
	"porthole/wasm/jssocket"
	"porthole/wasm/jsval"
)

// TestBrowserSocket holds the JavaScript socket to the same table as the native one.
func TestBrowserSocket(t *testing.T) {
	if js.Global().Get("WebSocket").Type() != js.TypeFunction {
		t.Fatal("no WebSocket: run Node 22 or later, or set NODE_OPTIONS=--experimental-websocket")
	}
	address := server(t)
	before := jsval.Live()
	tunneltest.Run(t, address, jssocket.Open)
	if got := jsval.Live(); got != before {
		t.Errorf("%d JavaScript functions are still held, want %d", got, before)
	}
}

// What SSH writes piece by piece costs one call of the browser a turn, not one a piece.
func TestWritesOfOneTurnGoTogether(t *testing.T) { writesGoTogether(t, 2000, 100, 200) }

// The largest SSH packets of a transfer fill messages to the last byte.
func TestPacketsFillMessages(t *testing.T) {
	writesGoTogether(t, 200, 32<<10+100, 200*(32<<10+100)/tunnel.MaxMessage+20)
}

// writesGoTogether: so many pieces of a size arrive in at most so many messages.
func writesGoTogether(t *testing.T, pieces, size, most int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	conn, err := tunnel.Dial(ctx, tunnel.Options{
		URL: fmt.Sprintf("%s/sink?n=%d", server(t), pieces*size), Open: jssocket.Open,
	})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	for range pieces {
		if _, err := conn.Write(make([]byte, size)); err != nil {
			t.Fatal(err)
		}
	}
	answer, err := io.ReadAll(conn)
	var report tunneltest.SinkReport
	if err != nil || json.Unmarshal(answer, &report) != nil {
		t.Fatalf("answer %q, %v", answer, err)
	}
	if report.Messages > most || report.Largest > tunnel.MaxMessage {
		t.Errorf("%d messages, the largest of %d bytes, for %d writes", report.Messages, report.Largest, pieces)
	}
}

// server is the address of a tunneltest server: the one the environment names, or one
// started through Node, because Go cannot listen under js.
func server(t *testing.T) string {
	t.Helper()
	if address := os.Getenv("PORTHOLE_TUNNELTEST"); address != "" {
		return address
	}
	options := js.ValueOf(map[string]any{"stdio": []any{"pipe", "pipe", "inherit"}})
	env := js.Global().Get("Object").Call("assign", js.Global().Get("Object").New(), js.Global().Get("process").Get("env"))
	env.Set("GOOS", "")
	env.Set("GOARCH", "")
	env.Set("NODE_OPTIONS", "")
	options.Set("env", env)
	child := js.Global().Get("require").Invoke("child_process").Call("spawn", "go",
		[]any{"run", "porthole/ssh/tunnel/tunneltest/cmd/tunneltest"}, options)
	t.Cleanup(func() { child.Get("stdin").Call("end") })

	address := make(chan string, 1)
	listener, release := jsval.Silent.Bind(func(args []js.Value) any {
		line := strings.TrimSpace(args[0].Call("toString").String())
		select {
		case address <- line:
		default:
		}
		return nil
	})
	t.Cleanup(release)
	child.Get("stdout").Call("on", "data", listener)
	select {
	case a := <-address:
		return a
	case <-time.After(2 * time.Minute): // the first run compiles
		t.Fatal("the tunneltest server did not start")
		return ""
	}
}
