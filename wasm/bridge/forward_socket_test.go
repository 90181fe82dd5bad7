//go:build js

package bridge_test

import (
	"bytes"
	"net/http"
	"runtime"
	"strconv"
	"strings"
	"syscall/js"
	"testing"
	"time"

	"porthole/ssh/sshtest"
	"porthole/wasm/jsval"
)

func (p *pages) socket(protocols ...any) js.Value {
	p.t.Helper()
	return p.await(p.forward.Call("socket", "/ws", protocols, nil))
}

func TestAWebsocketCarriesTextAndBytes(t *testing.T) {
	p := newPages(t, echo)
	s := p.socket("mqtt")
	wantContract(t, "GoSocket", s)
	if got := s.Get("protocol").String(); got != "mqtt" {
		t.Errorf("protocol %q", got)
	}
	p.await(s.Call("send", "grüß \U0001f600"))
	if got := p.await(s.Call("read")); got.Type() != js.TypeString || got.String() != "grüß \U0001f600" {
		t.Errorf("text came back as %v", got)
	}
	large := bytes.Repeat([]byte{0, 255, 7}, 1<<20)
	sent := s.Call("send", jsval.Bytes(large))
	got, ok := jsval.GoBytes(p.await(s.Call("read")))
	if !ok || !bytes.Equal(got, large) {
		t.Errorf("%d bytes came back, want %d", len(got), len(large))
	}
	p.await(sent)
	p.await(s.Call("send", ""))
	if got := p.await(s.Call("read")); got.Type() != js.TypeString || got.String() != "" {
		t.Errorf("an empty message came back as %v", got)
	}
}

func TestAWebsocketBringsThePagesCookies(t *testing.T) {
	cookies := make(chan string, 1)
	p := newPages(t, func(w http.ResponseWriter, r *http.Request) {
		cookies <- r.Header.Get("Cookie")
		echo(w, r)
	})
	p.await(p.forward.Call("socket", "/ws", []any{}, "token=1; theme=dark"))
	if got := <-cookies; got != "token=1; theme=dark" {
		t.Errorf("the device got the cookies %q", got)
	}
}

func TestTenThousandFramesKeepTheirOrder(t *testing.T) {
	p := newPages(t, echo)
	s := p.socket()
	const frames = 10_000
	var last js.Value
	for i := range frames {
		last = s.Call("send", strconv.Itoa(i)) // nobody waits
	}
	for i := range frames {
		if got := p.await(s.Call("read")).String(); got != strconv.Itoa(i) {
			t.Fatalf("frame %d is %q", i, got)
		}
	}
	p.await(last)
}

func TestAWebsocketTellsHowItEnded(t *testing.T) {
	p := newPages(t, echo)
	for _, end := range []struct {
		code   int
		reason string
		want   int
	}{{4000, "enough", 4000}, {1000, "", 1000}, {1005, "", 1005}} {
		s := p.socket()
		p.await(s.Call("send", "before the close"))
		p.await(s.Call("close", end.code, end.reason))
		if got := p.await(s.Call("read")); got.Type() != js.TypeString {
			t.Errorf("what came before the close was lost")
		}
		if !p.await(s.Call("read")).IsNull() {
			t.Error("a message after the close")
		}
		got := p.await(s.Get("closed"))
		if got.Get("code").Int() != end.want || got.Get("reason").String() != end.reason || !got.Get("clean").Bool() {
			t.Errorf("closed with %s, want %+v", js.Global().Get("JSON").Call("stringify", got), end)
		}
		p.rejects(s.Call("send", "after"), "closed")
	}
}

func TestABrokenWebsocketEndsWith1006(t *testing.T) {
	p := newPages(t, echo)
	s := p.socket()
	reading := s.Call("read")
	p.device.unplug()
	if !p.await(reading).IsNull() {
		t.Error("a message from a device that is gone")
	}
	if got := p.await(s.Get("closed")); got.Get("code").Int() != 1006 || got.Get("clean").Bool() {
		t.Errorf("closed with %s", js.Global().Get("JSON").Call("stringify", got))
	}
}

func TestAClosedForwardEndsItsWebsockets(t *testing.T) {
	p := newPages(t, echo)
	s := p.socket()
	reading := s.Call("read")
	p.await(p.forward.Call("close"))
	if !p.await(reading).IsNull() {
		t.Error("a message of a forward that is closed")
	}
	if got := p.await(s.Get("closed")); got.Get("clean").Bool() {
		t.Errorf("closed with %s", js.Global().Get("JSON").Call("stringify", got))
	}
}

func TestAnAbortEndsTheOpeningOfAWebsocketAndNothingElse(t *testing.T) {
	held := make(chan struct{})
	defer close(held)
	p := newPages(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/ws" {
			echo(w, r)
			return
		}
		<-held
	})
	abort := js.Global().Get("AbortController").New()
	s := p.await(p.forward.Call("socket", "/ws", []any{}, nil, abort.Get("signal")))
	pending := p.forward.Call("socket", "/silent", []any{}, nil, abort.Get("signal"))
	abort.Call("abort")
	p.rejects(pending, "cancelled")
	p.await(s.Call("send", "alive"))
	if got := p.await(s.Call("read")).String(); got != "alive" {
		t.Errorf("read %q", got)
	}
}

func TestWhatIsNoMessageIsRejected(t *testing.T) {
	p := newPages(t, echo)
	s := p.socket()
	p.rejects(s.Call("send", 5), "invalid")
	p.rejects(s.Call("send"), "invalid")
	p.rejects(s.Call("close", "1000", ""), "invalid")
	p.rejects(s.Call("close", 1000), "invalid")
	p.rejects(s.Call("send", strings.Repeat("x", 65<<20)), "invalid")
	p.rejects(p.forward.Call("socket", "/ws", "no list", nil), "invalid")
	p.rejects(p.forward.Call("socket", "no path", []any{}, nil), "invalid")
	p.rejects(p.forward.Call("socket", "/ws", []any{}, 5), "invalid")
}

// TestUnsentBytesOfAllWebsocketsAreBounded: each is below the limit by itself, and one
// message of each is on its way, which counts too.
func TestUnsentBytesOfAllWebsocketsAreBounded(t *testing.T) {
	p := newPages(t, echo) // takes no second message before its answer to the first is read
	lots := js.Global().Get("Uint8Array").New(20 << 20)
	var waiting []js.Value
	for range 3 {
		s := p.socket()
		p.await(s.Call("send", js.Global().Get("Uint8Array").New(4<<20)))
		waiting = append(waiting, s.Call("send", lots))
	}
	last := p.socket()
	p.rejects(last.Call("send", lots), "invalid")
	p.await(p.forward.Call("close"))
	for _, sent := range waiting {
		p.rejects(sent, "closed")
	}
}

func TestFiveHundredWebsocketsLeaveNothingBehind(t *testing.T) {
	p := newPages(t, echo)
	round := func(count int) {
		sockets := make([]js.Value, count)
		for i := range sockets {
			sockets[i] = p.socket()
		}
		for i, s := range sockets {
			p.await(s.Call("send", strconv.Itoa(i)))
		}
		for i, s := range sockets {
			if got := p.await(s.Call("read")).String(); got != strconv.Itoa(i) {
				t.Fatalf("websocket %d read %q", i, got)
			}
			p.await(s.Call("close", 1000, ""))
			p.await(s.Call("read"))
			p.await(s.Get("closed"))
		}
	}
	round(3)
	goroutines, funcs := runtime.NumGoroutine(), jsval.Live()
	round(500)
	for deadline := time.Now().Add(limit); runtime.NumGoroutine() > goroutines || jsval.Live() > funcs; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("goroutines %d → %d, functions %d → %d", goroutines, runtime.NumGoroutine(), funcs, jsval.Live())
		}
	}
}

func TestThePortsOfADeviceAreListedAndAsked(t *testing.T) {
	d := newDevice(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = w.Write([]byte("<title>Flows</title>"))
	}))
	w := newWorld(t, sshtest.Options{
		Exec: func(s *sshtest.Session) {
			_, _ = s.Write([]byte("porthole-ports:ss\n" +
				"State  Recv-Q Send-Q Local Address:Port Peer Address:Port Process\n" +
				"LISTEN 0      511        127.0.0.1:1880      0.0.0.0:*    users:((\"node-red\",pid=7,fd=18))\n"))
			s.Exit(0)
		},
		Direct: func(string, int) error { return nil },
		Dial:   d.dial,
	})
	connection := w.open(nil)
	list := w.await(connection.Call("listening"))
	if got := js.Global().Get("JSON").Call("stringify", list).String(); !strings.Contains(got, `"port":1880`) ||
		!strings.Contains(got, `"host":"localhost"`) || !strings.Contains(got, `"program":"node-red"`) || !strings.Contains(got, `"http":"yes"`) {
		t.Errorf("listening ports %s", got)
	}
	result := w.await(connection.Call("probe", "localhost", 1880))
	if result.Get("kind").String() != "http" || result.Get("status").Int() != 200 || result.Get("title").String() != "Flows" {
		t.Errorf("probe found %s", js.Global().Get("JSON").Call("stringify", result))
	}
	abort := js.Global().Get("AbortController").New()
	abort.Call("abort")
	w.rejects(connection.Call("probe", "localhost", 1880, abort.Get("signal")), "cancelled")
	w.rejects(connection.Call("probe", "localhost", 0), "invalid")
	w.rejects(connection.Call("probe", 1, 1880), "invalid")
}
