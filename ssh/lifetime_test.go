package ssh

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	gossh "golang.org/x/crypto/ssh"

	"porthole/ssh/sshtest"
	"porthole/ssh/wire"
)

// frozenConn can stop all bytes from the device, as a dead network does.
type frozenConn struct {
	net.Conn
	frozen chan struct{} // closed by freeze
	closed chan struct{}
	once   sync.Once
}

func newFrozenConn(nc net.Conn) *frozenConn {
	return &frozenConn{Conn: nc, frozen: make(chan struct{}), closed: make(chan struct{})}
}

func (c *frozenConn) freeze() { close(c.frozen) }

func (c *frozenConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	select {
	case <-c.frozen:
		<-c.closed
		return 0, net.ErrClosed
	default:
		return n, err
	}
}

func (c *frozenConn) Close() error {
	c.once.Do(func() { close(c.closed) })
	return c.Conn.Close()
}

func TestKeepAliveMeasuresTheRoundTrip(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := passwordServer(t)
		config := passwordConfig(server)
		config.KeepAlive = 0
		client, err := Connect(t.Context(), serve(t, server), config)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = client.Close() }()
		if client.RoundTrip() != 0 {
			t.Errorf("got a round trip of %v before any", client.RoundTrip())
		}
		time.Sleep(firstKeepAlive + time.Millisecond)
		synctest.Wait()
		if client.RoundTrip() <= 0 {
			t.Error("no round trip although the first keep-alive was due")
		}
		before := client.Stats().BytesOut
		time.Sleep(DefaultKeepAlive)
		synctest.Wait()
		if client.Stats().BytesOut == before {
			t.Error("no second keep-alive")
		}
		time.Sleep(time.Hour)
		if err := client.Err(); err != nil {
			t.Errorf("got %v after an idle hour; a refusal is an answer too", err)
		}
	})
}

func TestKeepAliveTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := passwordServer(t)
		config := passwordConfig(server)
		config.KeepAlive = 0
		nc := newFrozenConn(serve(t, server))
		client, err := Connect(t.Context(), nc, config)
		if err != nil {
			t.Fatal(err)
		}
		session, err := client.Shell(t.Context(), ShellOptions{})
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(5 * time.Minute)
		nc.freeze()
		begin := time.Now()
		<-client.Closed()
		wantError(t, client.Err(), wire.CodeKeepAliveTimeout, "stopped answering")
		if took := time.Since(begin); took > 2*DefaultKeepAlive {
			t.Errorf("noticed after %v, want at most %v", took, 2*DefaultKeepAlive)
		}
		exit, err := session.Wait(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		wantError(t, exit.Err, wire.CodeKeepAliveTimeout)
		_ = client.Close()
	})
}

// TestKeepAliveUnansweredThreeTimes: bytes still come, but never an answer.
func TestKeepAliveUnansweredThreeTimes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		nc := speak(t, func(device net.Conn) {
			sc, channels, requests, err := gossh.NewServerConn(device, openServerConfig(t))
			if err != nil {
				return
			}
			go func() {
				for range channels { // none comes
				}
			}()
			go func() {
				for range requests { // never answered
				}
			}()
			for {
				if _, _, err := sc.SendRequest("hostkeys-00@openssh.com", false, nil); err != nil {
					return
				}
				time.Sleep(time.Second)
			}
		})
		client, err := Connect(t.Context(), nc, Config{User: "root", HostKey: anyKey})
		if err != nil {
			t.Fatal(err)
		}
		begin := time.Now()
		<-client.Closed()
		wantError(t, client.Err(), wire.CodeKeepAliveTimeout)
		if took, want := time.Since(begin), firstKeepAlive+missedKeepAlives*DefaultKeepAlive; took != want {
			t.Errorf("took %v, want %v", took, want)
		}
		_ = client.Close()
	})
}

// TestHostileServer: what nobody asked for is refused, and a server that goes on is left.
func TestHostileServer(t *testing.T) {
	t.Run("agent, X11 and remote forwards", func(t *testing.T) {
		refused := make(chan error, 3)
		nc := speak(t, func(device net.Conn) {
			sc, channels, requests, err := gossh.NewServerConn(device, openServerConfig(t))
			if err != nil {
				return
			}
			go gossh.DiscardRequests(requests)
			for _, kind := range []string{"auth-agent@openssh.com", "x11", "forwarded-tcpip"} {
				_, _, err := sc.OpenChannel(kind, nil)
				refused <- err
			}
			for range channels { // until the client goes
			}
		})
		client, err := Connect(testContext(t), nc, Config{User: "root", HostKey: anyKey, KeepAlive: -1})
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = client.Close() }()
		for range 3 {
			if err := <-refused; err == nil || !strings.Contains(err.Error(), "prohibited") {
				t.Errorf("got %v, want a refusal", err)
			}
		}
	})
	t.Run("endless channel opens", func(t *testing.T) {
		nc := speak(t, func(device net.Conn) {
			sc, channels, requests, err := gossh.NewServerConn(device, openServerConfig(t))
			if err != nil {
				return
			}
			go gossh.DiscardRequests(requests)
			go func() {
				for range channels { // none comes
				}
			}()
			for {
				_, _, _ = sc.OpenChannel("forwarded-tcpip", nil)
				if _, _, err := sc.SendRequest("x", false, nil); err != nil {
					return
				}
			}
		})
		client, err := Connect(testContext(t), nc, Config{User: "root", HostKey: anyKey, KeepAlive: -1})
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = client.Close() }()
		<-client.Closed()
		wantError(t, client.Err(), wire.CodeLost, "opening channels")
	})
	t.Run("global requests", func(t *testing.T) {
		replies := make(chan bool, 100)
		nc := speak(t, func(device net.Conn) {
			sc, channels, requests, err := gossh.NewServerConn(device, openServerConfig(t))
			if err != nil {
				return
			}
			go gossh.DiscardRequests(requests)
			for range 100 {
				ok, _, err := sc.SendRequest("tcpip-forward", true, nil)
				if err != nil {
					return
				}
				replies <- ok
			}
			for range channels { // until the client goes
			}
		})
		client, err := Connect(testContext(t), nc, Config{User: "root", HostKey: anyKey, KeepAlive: -1})
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = client.Close() }()
		for range 100 {
			if <-replies {
				t.Fatal("a request was granted")
			}
		}
	})
	t.Run("garbage in place of packets", func(t *testing.T) {
		nc := speak(t, func(device net.Conn) {
			_, _ = io.WriteString(device, "SSH-2.0-x\r\n")
			_, _ = device.Write(bytes.Repeat([]byte{0xff}, 1<<16))
			_, _ = io.Copy(io.Discard, device)
		})
		_, err := Connect(testContext(t), nc, Config{User: "root", HostKey: anyKey})
		wantError(t, err, wire.CodeLost)
	})
}

// TestNoLeakOverAHundredConnects: goroutines are counted by goleak as well; the heap
// must not grow with the number of connects either.
func TestNoLeakOverAHundredConnects(t *testing.T) {
	server := passwordServer(t)
	once := func() {
		ctx := testContext(t)
		client, far := sshtest.Pipe()
		var wg sync.WaitGroup
		wg.Go(func() { _ = server.ServeConn(far) })
		c, err := Connect(ctx, client, passwordConfig(server))
		if err != nil {
			t.Fatal(err)
		}
		session, err := c.Shell(ctx, ShellOptions{Cols: 80, Rows: 24})
		if err != nil {
			t.Fatal(err)
		}
		readUntil(t, session.Stdout(), "$ ")
		_ = c.Close()
		wg.Wait()
	}
	measure := func() (goroutines int, heap uint64) {
		var m runtime.MemStats
		deadline := time.Now().Add(patience)
		for goroutines = 1 << 30; time.Now().Before(deadline); runtime.Gosched() {
			if n := runtime.NumGoroutine(); n >= goroutines {
				break
			}
			runtime.GC()
			goroutines = runtime.NumGoroutine()
		}
		runtime.ReadMemStats(&m)
		return goroutines, m.HeapAlloc
	}
	for range 5 {
		once()
	}
	goroutines, heap := measure()
	for range 100 {
		once()
	}
	goroutinesAfter, heapAfter := measure()
	if goroutinesAfter > goroutines+2 {
		t.Errorf("%d goroutines after 100 connects, %d before", goroutinesAfter, goroutines)
	}
	if heapAfter > heap+4<<20 {
		t.Errorf("heap of %d bytes after 100 connects, %d before", heapAfter, heap)
	}
}

// TestNoSecretIsLogged looks through everything that a developer is told.
func TestNoSecretIsLogged(t *testing.T) {
	var log bytes.Buffer
	var mu sync.Mutex
	server := passwordServer(t)
	config := passwordConfig(server)
	config.Prompter = &prompts{passwords: []string{"Wr0ng-Secret", "secret"}}
	config.Warn = func(message string, cause error) {
		mu.Lock()
		defer mu.Unlock()
		fmt.Fprintln(&log, message, cause)
	}
	client := connected(t, server, config)
	session := shell(t, client, ShellOptions{})
	typeLine(t, session, "echo Typed-Secret", "$ ")
	server.DropConnections()
	<-client.Closed()
	_ = client.Close()
	mu.Lock()
	defer mu.Unlock()
	if text := log.String(); strings.Contains(text, "Secret") || !strings.Contains(text, "SSH connection ended") {
		t.Errorf("got log\n%s", text)
	}
}

// TestDisconnectMessageIsShown: what a server says at the end is for the person.
func TestDisconnectMessageIsShown(t *testing.T) {
	if got := disconnectText(&Error{Err: context.Canceled}); got != "" {
		t.Errorf("got %q of an error without one", got)
	}
	err := &Error{Code: wire.CodeLost, Err: textError(`ssh: disconnect, reason 11: "going\x1b down"`)}
	if got := disconnectText(err); got != "going down" {
		t.Errorf("got %q", got)
	}
}

type textError string

func (e textError) Error() string { return string(e) }
