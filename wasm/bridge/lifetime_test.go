//go:build js

package bridge_test

import (
	"bytes"
	"runtime"
	"strings"
	"syscall/js"
	"testing"
	"time"

	"porthole/ssh/sshtest"
	"porthole/wasm/jsval"
)

func TestAfterCloseEveryMethodRejectsClosed(t *testing.T) {
	w := newWorld(t, sshtest.Options{})
	connection := w.open(nil)
	s := w.screen()
	session := w.shell(connection, s)
	s.until(0, "$ ")
	w.await(connection.Call("close"))
	if info := w.await(connection.Get("closed")); info.Get("code").String() != "closed" {
		t.Errorf("closed with %s", js.Global().Get("JSON").Call("stringify", info))
	}
	w.rejects(connection.Call("shell", map[string]any{}, s.sink), "closed")
	w.rejects(connection.Call("exec", "true", s.sink), "closed")
	w.await(connection.Call("close"))
	if got := connection.Call("stats").Get("bytesIn").Int(); got != 0 {
		t.Errorf("stats after close counts %d bytes", got)
	}
	w.await(session.Get("closed"))
	w.rejects(session.Call("write", jsval.Bytes([]byte("x"))), "closed")
	w.await(session.Call("close"))
}

func TestALostConnectionEndsSessionsWithAnError(t *testing.T) {
	w := newWorld(t, sshtest.Options{})
	connection := w.open(nil)
	s := w.screen()
	session := w.shell(connection, s)
	s.until(0, "$ ")
	w.unplug()
	if info := w.await(connection.Get("closed")); info.Get("code").String() != "lost" {
		t.Errorf("closed with %s", js.Global().Get("JSON").Call("stringify", info))
	}
	end := w.await(session.Get("closed"))
	if end.Get("error").IsUndefined() || end.Get("error").Get("code").String() != "lost" || !end.Get("exitStatus").IsNull() {
		t.Errorf("session ended with %s, want the loss", js.Global().Get("JSON").Call("stringify", end))
	}
}

func TestClosingASessionLeavesTheConnection(t *testing.T) {
	w := newWorld(t, sshtest.Options{})
	connection := w.open(nil)
	first, second := w.screen(), w.screen()
	one, two := w.shell(connection, first), w.shell(connection, second)
	w.await(one.Call("close"))
	end := w.await(one.Get("closed"))
	if end.Get("error").Get("code").String() != "closed" {
		t.Errorf("session ended with %s", js.Global().Get("JSON").Call("stringify", end))
	}
	w.typed(two, "echo still here\r")
	second.until(0, "\r\nstill here")
}

// A sink that never takes its chunk must hold the device back, and nothing else.
func TestASlowSinkBoundsAFlood(t *testing.T) {
	w := newWorld(t, sshtest.Options{})
	connection := w.open(nil)
	s := w.screen()
	held := jsval.NewPromise()
	s.hold = held.Value
	session := w.shell(connection, s)
	s.until(0, "$ ") // this chunk is held
	w.typed(session, "flood\r")

	// The flood stops when the SSH window (2 MiB) and our buffers are full.
	const bound = 4 << 20
	previous, same := -1.0, 0
	for deadline := time.Now().Add(limit); same < 5; {
		now := connection.Call("stats").Get("bytesIn").Float()
		if now == previous && now > 1<<20 {
			same++
		} else {
			same = 0
		}
		if now > bound {
			t.Fatalf("%.0f bytes were taken in while the sink waited", now)
		}
		if time.Now().After(deadline) {
			t.Fatalf("the flood did not stop; %.0f bytes", now)
		}
		previous = now
		time.Sleep(20 * time.Millisecond)
	}
	s.mu.Lock()
	if len(s.chunks) != 1 {
		t.Errorf("%d chunks were delivered while the first was held", len(s.chunks))
	}
	s.hold = js.Undefined()
	s.mu.Unlock()
	held.Resolve(js.Undefined())
	s.until(0, strings.Repeat("y\r\n", 500_000))
	w.typed(session, "\x03") // Ctrl-C gets through
	w.typed(session, "exit 5\r")
	end := w.await(session.Get("closed"))
	if end.Get("exitStatus").Int() != 5 {
		t.Errorf("the shell ended with %s", js.Global().Get("JSON").Call("stringify", end))
	}
}

func TestClosingWhileTheSinkNeverAnswers(t *testing.T) {
	w := newWorld(t, sshtest.Options{})
	connection := w.open(nil)
	s := w.screen()
	s.hold = jsval.NewPromise().Value
	session := w.shell(connection, s)
	s.until(0, "$ ")
	w.typed(session, "flood\r")
	w.await(connection.Call("close"))
	w.await(session.Get("closed"))
}

func TestASinkThatThrowsEndsItsSession(t *testing.T) {
	w := newWorld(t, sshtest.Options{})
	connection := w.open(nil)
	sink := js.Global().Get("Object").New()
	sink.Set("write", js.Global().Get("Function").New("throw new Error('no terminal')"))
	session := w.await(connection.Call("shell", map[string]any{
		"term": "xterm", "cols": 80, "rows": 24, "env": map[string]any{},
	}, sink))
	end := w.await(session.Get("closed"))
	if end.Get("error").Get("code").String() != "internal" {
		t.Errorf("session ended with %s", js.Global().Get("JSON").Call("stringify", end))
	}
	w.await(connection.Call("exec", "echo fine", w.screen().sink))
}

func TestAPasteOfFiveMegabytesLosesNothing(t *testing.T) {
	w := newWorld(t, sshtest.Options{})
	s := w.screen()
	session := w.await(w.open(nil).Call("exec", "cat", s.sink))
	line := "0123456789 abcdefghijklmnopqrstuvwxyz äöü\n"
	paste := strings.Repeat(line, 5<<20/len(line))
	taken := session.Call("write", jsval.Bytes([]byte(paste)))
	// The JavaScript thread is not blocked meanwhile: a timer still fires.
	ticked := jsval.NewPromise()
	tick, release := jsval.Silent.Bind(func([]js.Value) any { ticked.Resolve(js.Undefined()); return nil })
	defer release()
	js.Global().Call("setTimeout", tick, 0)
	w.await(ticked.Value)
	w.await(session.Call("write", jsval.Bytes([]byte("the end\n")))) // in order, behind the paste
	w.await(taken)
	s.until(0, "the end\n")
	if got := s.String(); got != paste+"the end\n" {
		t.Errorf("%d bytes came back, want %d in order", len(got), len(paste)+8)
	}
}

func TestInputIsCopiedAtTheCall(t *testing.T) {
	w := newWorld(t, sshtest.Options{})
	s := w.screen()
	session := w.shell(w.open(nil), s)
	data := jsval.Bytes([]byte("echo kept\r"))
	written := session.Call("write", data)
	data.Call("fill", 'x')
	w.await(written)
	s.until(0, "\r\nkept\r\n")
}

func TestInputBeyondTheBoundIsRejected(t *testing.T) {
	w := newWorld(t, sshtest.Options{})
	session := w.shell(w.open(nil), w.screen())
	w.rejects(session.Call("write", js.Global().Get("Uint8Array").New(65<<20)), "invalid")
}

func TestNothingLeaksOverAHundredConnections(t *testing.T) {
	w := newWorld(t, sshtest.Options{})
	hooks, _ := w.hooks(nil)
	s := w.screen()
	once := func() {
		abort := js.Global().Get("AbortController").New()
		connection := w.await(w.bridge.Call("open", config(map[string]any{"signal": abort.Get("signal")}), hooks))
		session := w.shell(connection, s)
		w.typed(session, "echo x\r")
		w.await(connection.Call("close"))
		w.await(session.Get("closed"))
	}
	once() // what is made once is made
	settled := func() (goroutines, funcs int, heap uint64) {
		runtime.GC()
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return runtime.NumGoroutine(), jsval.Live(), m.HeapAlloc
	}
	goroutines, funcs, heap := settled()
	for range 100 {
		once()
		s.mu.Lock()
		s.text[0].Reset()
		s.chunks = nil
		s.mu.Unlock()
		w.mu.Lock()
		w.ends = nil
		w.mu.Unlock()
	}
	var gotGoroutines, gotFuncs int
	var gotHeap uint64
	for deadline := time.Now().Add(limit); ; time.Sleep(10 * time.Millisecond) {
		gotGoroutines, gotFuncs, gotHeap = settled()
		if gotGoroutines <= goroutines && gotFuncs <= funcs && gotHeap < heap+1<<20 {
			return
		}
		if time.Now().After(deadline) {
			break
		}
	}
	t.Errorf("goroutines %d → %d, functions %d → %d, heap %d → %d", goroutines, gotGoroutines, funcs, gotFuncs, heap, gotHeap)
	stacks := make([]byte, 64<<10)
	t.Log(string(bytes.TrimRight(stacks[:runtime.Stack(stacks, true)], "\x00")))
}
