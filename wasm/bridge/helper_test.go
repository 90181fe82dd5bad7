//go:build js

package bridge_test

import (
	"context"
	"errors"
	"maps"
	"net"
	"strings"
	"sync"
	"syscall/js"
	"testing"
	"time"

	"porthole/ssh/files"
	"porthole/ssh/files/fsys"
	"porthole/ssh/profile"
	"porthole/ssh/sshtest"
	"porthole/wasm/bridge"
	"porthole/wasm/jsval"
)

// limit bounds every wait; none is expected to come near it.
const limit = 20 * time.Second

// world is a bridge whose tunnels end in an SSH server in memory.
type world struct {
	t      *testing.T
	bridge js.Value
	server *sshtest.Server
	keeps  *profile.Profile
	fs     func(context.Context, fsys.Peer) (fsys.FS, error) // nil: as in the browser

	mu   sync.Mutex
	ends []net.Conn // the server's ends of the tunnels; guarded by mu
}

const (
	user     = "pi"
	password = "correct horse"
)

func newWorld(t *testing.T, options sshtest.Options) *world {
	t.Helper()
	if options.Passwords == nil && options.Questions == nil && options.Keys == nil {
		options.Passwords = map[string]string{user: password}
	}
	if options.Exec == nil {
		options.Exec = sshtest.Scripted
	}
	options.AcceptEnv = func(string, string) bool { return true }
	server, err := sshtest.New(options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() })
	memory, err := profile.Memory()
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, server: server}
	w.keeps, err = profile.Open(profile.Options{FS: memory})
	if err != nil {
		t.Fatal(err)
	}
	w.bridge = w.start(w.dial)
	return w
}

// start makes a bridge over a dialer.
func (w *world) start(dial func(context.Context, string) (net.Conn, error)) js.Value {
	b := bridge.New(bridge.Options{
		Dial:    dial,
		Profile: func(context.Context) (*profile.Profile, error) { return w.keeps, nil },
		Files: func(ctx context.Context, peer fsys.Peer) (fsys.FS, error) {
			if w.fs == nil {
				return files.Open(ctx, peer)
			}
			return w.fs(ctx, peer)
		},
	})
	return w.await(b.Entry().Invoke())
}

func (w *world) dial(_ context.Context, url string) (net.Conn, error) {
	if !strings.HasPrefix(url, "ws") {
		return nil, errors.New("not a websocket")
	}
	client, server := sshtest.Pipe()
	w.mu.Lock()
	w.ends = append(w.ends, server)
	w.mu.Unlock()
	go func() { _ = w.server.ServeConn(server) }() // its failures show on the client's side
	return client, nil
}

// unplug cuts every tunnel.
func (w *world) unplug() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, end := range w.ends {
		_ = end.Close()
	}
}

// await waits for a promise that must resolve.
func (w *world) await(promise js.Value) js.Value {
	w.t.Helper()
	value, err := w.settle(promise)
	if err != nil {
		w.t.Fatalf("promise was rejected: %v", err)
	}
	return value
}

func (w *world) settle(promise js.Value) (js.Value, error) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), limit)
	defer cancel()
	value, err := jsval.Await(ctx, promise)
	if ctx.Err() != nil {
		w.t.Fatal("promise did not settle in time")
	}
	return value, err
}

// rejects waits for a promise that must be rejected with code, and returns the error.
func (w *world) rejects(promise js.Value, code string) js.Value {
	w.t.Helper()
	_, err := w.settle(promise)
	var thrown *jsval.Error
	if !errors.As(err, &thrown) {
		w.t.Fatalf("promise: %v, want a rejection with code %s", err, code)
	}
	if !thrown.Value.InstanceOf(js.Global().Get("Error")) {
		w.t.Errorf("rejected with something that is no Error")
	}
	if got := thrown.Value.Get("code").String(); got != code {
		w.t.Errorf("rejected with code %q (%v), want %q", got, err, code)
	}
	if len(thrown.Value.Get("message").String()) < 3 {
		w.t.Errorf("the rejection has no sentence")
	}
	return thrown.Value
}

// config is an OpenConfig; changes are laid over it.
func config(changes map[string]any) map[string]any {
	c := map[string]any{
		"url": "wss://gateway.example/", "tenant": "t1", "deviceId": "1234", "host": "127.0.0.1", "port": 22,
		"user": user, "credential": "password", "allowOldAlgorithms": false,
	}
	maps.Copy(c, changes)
	return c
}

// answer is what a hook does; it may return a promise.
type answer func(question js.Value) any

// hooks makes OpenHooks that say yes and know the password; changes are laid over it.
// Every call is noted as "name" or, for states, "state:name".
func (w *world) hooks(changes map[string]answer) (hooks js.Value, calls func() []string) {
	w.t.Helper()
	answers := map[string]answer{
		"onState":       func(js.Value) any { return nil },
		"onBanner":      func(js.Value) any { return nil },
		"askHostKey":    func(js.Value) any { return true },
		"askPassword":   func(js.Value) any { return js.Global().Get("Promise").Call("resolve", password) },
		"askQuestions":  func(js.Value) any { return nil },
		"askKey":        func(js.Value) any { return nil },
		"askPassphrase": func(js.Value) any { return nil },
	}
	maps.Copy(answers, changes)
	var noted []string // JavaScript has one thread, so no lock
	hooks = js.Global().Get("Object").New()
	for name, a := range answers {
		function := js.FuncOf(func(_ js.Value, args []js.Value) any {
			if name == "onState" {
				noted = append(noted, "state:"+args[0].String())
			} else {
				noted = append(noted, name)
			}
			return a(args[0])
		})
		w.t.Cleanup(function.Release)
		hooks.Set(name, function)
	}
	return hooks, func() []string { return noted }
}

// open opens a connection that must come about.
func (w *world) open(changes map[string]answer) js.Value {
	w.t.Helper()
	hooks, _ := w.hooks(changes)
	return w.await(w.bridge.Call("open", config(nil), hooks))
}

// screen is a Sink that keeps what it gets.
type screen struct {
	world *world
	sink  js.Value
	more  chan struct{}

	mu     sync.Mutex
	text   [2]strings.Builder
	chunks []int    // sizes
	hold   js.Value // what write returns; a pending promise holds the pump
}

func (w *world) screen() *screen {
	s := &screen{world: w, more: make(chan struct{}, 1), hold: js.Undefined(), sink: js.Global().Get("Object").New()}
	write := js.FuncOf(func(_ js.Value, args []js.Value) any {
		data, ok := jsval.GoBytes(args[0])
		if !ok || args[0].Get("buffer").Get("byteLength").Int() != len(data) {
			panic("a chunk must be a Uint8Array that fills its buffer")
		}
		s.mu.Lock()
		s.text[args[1].Int()].Write(data)
		s.chunks = append(s.chunks, len(data))
		hold := s.hold
		s.mu.Unlock()
		select {
		case s.more <- struct{}{}:
		default:
		}
		return hold
	})
	w.t.Cleanup(write.Release)
	s.sink.Set("write", write)
	return s
}

func (s *screen) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text[0].String()
}

// until waits for text on a stream.
func (s *screen) until(stream int, text string) {
	s.world.t.Helper()
	deadline := time.After(limit)
	for {
		s.mu.Lock()
		found := strings.Contains(s.text[stream].String(), text)
		s.mu.Unlock()
		if found {
			return
		}
		select {
		case <-s.more:
		case <-deadline:
			s.world.t.Fatalf("no %q on stream %d; it has %q", text, stream, s.text[stream].String())
		}
	}
}

func (w *world) shell(connection js.Value, s *screen) js.Value {
	w.t.Helper()
	return w.await(connection.Call("shell", map[string]any{
		"term": "xterm-256color", "cols": 80, "rows": 24, "env": map[string]any{"LANG": "C.UTF-8"},
	}, s.sink))
}

func (w *world) typed(session js.Value, text string) {
	w.t.Helper()
	w.await(session.Call("write", jsval.Bytes([]byte(text))))
}
