//go:build js

package bridge_test

import (
	"slices"
	"strings"
	"syscall/js"
	"testing"

	"porthole/ssh/sshtest"
	"porthole/wasm/jsval"
)

func TestShellEchoesAndTellsItsExitStatus(t *testing.T) {
	w := newWorld(t, sshtest.Options{Banner: "Welcome\n"})
	hooks, calls := w.hooks(nil)
	connection := w.await(w.bridge.Call("open", config(nil), hooks))
	want := []string{"state:waiting", "state:connecting", "askHostKey", "state:authenticating", "onBanner", "askPassword", "state:connected"}
	if got := calls(); !slices.Equal(got, want) {
		t.Errorf("hooks were called as %v, want %v", got, want)
	}
	s := w.screen()
	session := w.shell(connection, s)
	s.until(0, "$ ")
	w.typed(session, "echo grüße\r")
	s.until(0, "\r\ngrüße\r\n")
	w.typed(session, "env\r")
	s.until(0, "LANG=C.UTF-8")
	w.typed(session, "exit 7\r")
	end := w.await(session.Get("closed"))
	if end.Get("exitStatus").Int() != 7 || end.Get("exitSignal").String() != "" || !end.Get("error").IsUndefined() {
		t.Errorf("session ended with %s", js.Global().Get("JSON").Call("stringify", end))
	}
	w.rejects(session.Call("write", jsval.Bytes([]byte("x"))), "closed")
	w.rejects(session.Call("resize", 1, 1), "closed")
	w.rejects(session.Call("signal", "INT"), "closed")
	w.await(session.Call("close"))
	w.await(connection.Call("close"))
}

func TestResizeReachesTheDevice(t *testing.T) {
	w := newWorld(t, sshtest.Options{})
	s := w.screen()
	session := w.shell(w.open(nil), s)
	w.typed(session, "size\r")
	s.until(0, "80x24")
	for _, size := range [][2]int{{132, 50}, {1, 1}, {500, 200}} {
		w.await(session.Call("resize", size[0], size[1]))
	}
	w.typed(session, "size\r")
	s.until(0, "500x200")
	w.rejects(session.Call("resize", "wide", 1), "invalid")
	w.rejects(session.Call("resize", 1.5, 1), "invalid")
	w.rejects(session.Call("resize", js.Undefined()), "invalid")
}

func TestExecKeepsStderrApart(t *testing.T) {
	w := newWorld(t, sshtest.Options{})
	connection := w.open(nil)
	s := w.screen()
	session := w.await(connection.Call("exec", "error oops", s.sink))
	s.until(1, "oops\n")
	if end := w.await(session.Get("closed")); end.Get("exitStatus").Int() != 0 {
		t.Errorf("exit status %v, want 0", end.Get("exitStatus"))
	}
	if s.String() != "" {
		t.Errorf("stdout has %q, want nothing", s.String())
	}
	other := w.screen()
	end := w.await(w.await(connection.Call("exec", "kill TERM", other.sink)).Get("closed"))
	if end.Get("exitSignal").String() != "TERM" || !end.Get("exitStatus").IsNull() {
		t.Errorf("ended with %s, want the signal", js.Global().Get("JSON").Call("stringify", end))
	}
}

func TestSignalReachesTheDevice(t *testing.T) {
	w := newWorld(t, sshtest.Options{})
	s := w.screen()
	session := w.await(w.open(nil).Call("exec", "signalled", s.sink))
	w.rejects(session.Call("signal", 9), "invalid")
	w.rejects(session.Call("signal", "SIG NO"), "invalid")
	w.await(session.Call("signal", "USR1"))
	s.until(0, "USR1")
}

func TestBytesArriveWholeAndInBigChunks(t *testing.T) {
	w := newWorld(t, sshtest.Options{})
	s := w.screen()
	const size = 3_000_000
	end := w.await(w.await(w.open(nil).Call("exec", "bytes 3000000", s.sink)).Get("closed"))
	if end.Get("exitStatus").Int() != 0 {
		t.Fatalf("exit status %v", end.Get("exitStatus"))
	}
	// The end is told after the last byte, so nothing is waited for here.
	want := strings.Repeat("abcdefghijklmnopqrstuvwxyz\n", size/27+1)[:size]
	if got := s.String(); got != want {
		t.Errorf("%d bytes came, want %d of the pattern", len(got), size)
	}
	if len(s.chunks) > size/16384 {
		t.Errorf("%d chunks, want few big ones", len(s.chunks))
	}
}
