package relay

import (
	"context"
	"errors"
	"testing"

	"github.com/coder/websocket"
)

func closeOf(tb testing.TB, ws *websocket.Conn) (websocket.StatusCode, string) {
	tb.Helper()
	ctx, cancel := context.WithTimeout(tb.Context(), patience)
	defer cancel()
	for {
		_, _, err := ws.Read(ctx)
		if err == nil {
			continue
		}
		if ctx.Err() != nil {
			tb.Error("the websocket did not end") // not Fatal: helpers run beside the test
			return 0, ""
		}
		var reason string
		if ce, ok := closeError(err); ok {
			reason = ce.Reason
		}
		return websocket.CloseStatus(err), reason
	}
}

func drain(ws *websocket.Conn) {
	for {
		if _, _, err := ws.Read(context.Background()); err != nil {
			return
		}
	}
}

func readN(tb testing.TB, ws *websocket.Conn, n int) []byte {
	tb.Helper()
	ctx, cancel := context.WithTimeout(tb.Context(), patience)
	defer cancel()
	var got []byte
	for len(got) < n {
		typ, b, err := ws.Read(ctx)
		if err != nil {
			tb.Fatalf("read after %d of %d bytes: %v", len(got), n, err)
		}
		if typ != websocket.MessageBinary || len(b) == 0 {
			tb.Fatalf("got a message of type %v with %d bytes, want binary and not empty", typ, len(b))
		}
		got = append(got, b...)
	}
	if len(got) != n {
		tb.Fatalf("got %d bytes, want %d", len(got), n)
	}
	return got
}

func write(tb testing.TB, ws *websocket.Conn, typ websocket.MessageType, b []byte) {
	tb.Helper()
	ctx, cancel := context.WithTimeout(tb.Context(), patience)
	defer cancel()
	if err := ws.Write(ctx, typ, b); err != nil {
		tb.Fatalf("write %d bytes: %v", len(b), err)
	}
}

func closeError(err error) (websocket.CloseError, bool) {
	var ce websocket.CloseError
	ok := errors.As(err, &ce)
	return ce, ok
}

// localListener listens on a free port of loopback.
// wireTap keeps the sockets of one side, so that a test can cut them or write raw
// bytes to them.
// last is the newest socket.
// cut closes every socket.
// pipeListener is a listener whose connections are pipes in memory.
