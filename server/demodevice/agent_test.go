package demodevice

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"

	"porthole/server/platform"
)

func talk(t *testing.T, c io.ReadWriter, text string) {
	t.Helper()
	if _, err := io.WriteString(c, text); err != nil {
		t.Fatalf("write: %v", err)
	}
	got := make([]byte, len(text))
	if _, err := io.ReadFull(c, got); err != nil || string(got) != text {
		t.Fatalf("got %q, %v, want %q", got, err, text)
	}
}

func TestBytesGoBothWaysByLongPollAndByPolling(t *testing.T) {
	for _, polling := range []bool{false, true} {
		t.Run(fmt.Sprintf("polling=%v", polling), func(t *testing.T) {
			d := newDouble(t)
			d.noRealtime = polling
			host, port := echo(t)
			run(t, d, nil)
			talk(t, d.open(host, port), "hello")
			d.mu.Lock()
			defer d.mu.Unlock()
			if got := strings.Join(d.history["100"], " "); got != "EXECUTING SUCCESSFUL" {
				t.Errorf("got statuses %q, want EXECUTING SUCCESSFUL", got)
			}
			if (d.handshakes == 0) != polling {
				t.Errorf("got %d handshakes while polling=%v", d.handshakes, polling)
			}
		})
	}
}

func TestOperationsPendingAtStartAreCarriedOutOnce(t *testing.T) {
	d := newDouble(t)
	host, port := echo(t)
	id, socket := d.connect(host, port)
	run(t, d, nil)
	d.await(id, platform.StatusSuccessful)
	talk(t, d.stream(<-socket), "waited")
	talk(t, d.open(host, port), "another, by which time the first was listed again")
	d.mu.Lock()
	defer d.mu.Unlock()
	if got := len(d.history[id]); got != 2 {
		t.Errorf("got statuses %v, want each once", d.history[id])
	}
}

func TestARepeatedNoticeIsCarriedOutOnce(t *testing.T) {
	d := newDouble(t)
	d.repeat = true
	host, port := echo(t)
	id, socket := d.connect(host, port)
	run(t, d, func(a *Agent) { a.timing.sweep = time.Hour })
	talk(t, d.stream(<-socket), "first")
	talk(t, d.open(host, port), "second")
	d.await(id, platform.StatusSuccessful) // is told beside the bytes
	d.mu.Lock()
	defer d.mu.Unlock()
	if got := strings.Join(d.history[id], " "); got != "EXECUTING SUCCESSFUL" {
		t.Errorf("got statuses %q, want each once", got)
	}
}

func TestManyConnectionsAtOnceKeepTheirBytesApart(t *testing.T) {
	d := newDouble(t)
	host, port := echo(t)
	run(t, d, nil)
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			id, socket := d.connect(host, port)
			c := d.stream(<-socket)
			want := make([]byte, 300<<10)
			_, _ = rand.Read(want)
			var sender sync.WaitGroup
			sender.Go(func() { _, _ = c.Write(want) })
			got := make([]byte, len(want))
			if _, err := io.ReadFull(c, got); err != nil || !bytes.Equal(got, want) {
				t.Errorf("operation %s: got other bytes than were sent, %v", id, err)
			}
			sender.Wait()
			_ = c.Close()
		})
	}
	all.Wait()
}

func TestFailuresAreNamedInWords(t *testing.T) {
	refuse := errors.New("maintenance until noon, no remote access")
	cases := map[string]struct {
		host   string
		port   int
		change func(*Agent)
		want   string
	}{
		"port closed":            {"127.0.0.1", 1, nil, "connect to 127.0.0.1:1: connection refused"},
		"not this device":        {"192.0.2.1", 22, nil, "connect to 192.0.2.1:22: the device allows connections to itself only"},
		"every address":          {"0.0.0.0", 22, nil, "connect to 0.0.0.0:22: the device allows connections to itself only"},
		"mapped address":         {"::ffff:192.0.2.1", 22, nil, "connect to [::ffff:192.0.2.1]:22: the device allows connections to itself only"},
		"no host":                {"", 22, nil, "connect to :22: not a host and port"},
		"port out of range":      {"127.0.0.1", 65536, nil, "connect to 127.0.0.1:65536: not a host and port"},
		"port negative":          {"127.0.0.1", -1, nil, "connect to 127.0.0.1:-1: not a host and port"},
		"the device refuses":     {"127.0.0.1", 22, func(a *Agent) { a.config.AllowTarget = func(string, int) error { return refuse } }, "connect to 127.0.0.1:22: " + refuse.Error()},
		"too many at once":       {"127.0.0.1", 22, func(a *Agent) { a.room = make(chan struct{}) }, "too many connections at once: this device allows 0"},
		"connection key unknown": {"127.0.0.1", 0, nil, "the platform does not wait for this connection any more (HTTP 404)"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			d := newDouble(t)
			run(t, d, c.change)
			order := d.connect
			if c.port == 0 {
				_, c.port = echo(t)
				order = d.connectUnknown
			}
			id, _ := order(c.host, c.port)
			if got := d.await(id, platform.StatusFailed).FailureReason; got != c.want {
				t.Errorf("got reason %q, want %q", got, c.want)
			}
		})
	}
}

func TestTheWebsocketIsGivenUpWhenTheTargetFails(t *testing.T) {
	d := newDouble(t)
	d.socketGate = make(chan struct{}) // never opened: the platform does not answer
	run(t, d, nil)
	id, _ := d.connect("127.0.0.1", 1)
	started := time.Now()
	got := d.await(id, platform.StatusFailed).FailureReason
	if took := time.Since(started); took > 2*time.Second || !strings.Contains(got, "refused") {
		t.Errorf("got %q after %v, want the refusal within 2 s", got, took)
	}
}

func TestEitherEndEndsBoth(t *testing.T) {
	t.Run("the target ends", func(t *testing.T) {
		d := newDouble(t)
		host, port := serve(t, func(c net.Conn) { _, _ = io.WriteString(c, "last words") })
		run(t, d, nil)
		id, socket := d.connect(host, port)
		d.await(id, platform.StatusSuccessful)
		conn := <-socket
		defer func() { _ = conn.CloseNow() }()
		_, got, err := conn.Read(t.Context())
		if err != nil || string(got) != "last words" {
			t.Fatalf("got %q, %v, want all the target said", got, err)
		}
		_, _, err = conn.Read(t.Context())
		if code := websocket.CloseStatus(err); code != websocket.StatusNormalClosure {
			t.Errorf("got close code %v of %v, want 1000", code, err)
		}
	})
	for _, way := range []string{"close frame", "cut"} {
		t.Run("the platform ends by "+way, func(t *testing.T) {
			d := newDouble(t)
			ended := make(chan struct{})
			host, port := serve(t, func(c net.Conn) {
				_, _ = io.Copy(io.Discard, c)
				close(ended)
			})
			run(t, d, nil)
			id, socket := d.connect(host, port)
			d.await(id, platform.StatusSuccessful)
			if conn := <-socket; way == "cut" {
				_ = conn.CloseNow()
			} else {
				_ = conn.Close(websocket.StatusNormalClosure, "")
			}
			select {
			case <-ended:
			case <-time.After(10 * time.Second):
				t.Fatal("the target's connection is still open after 10 s")
			}
		})
	}
}

func TestMessagesOfAnyKindReachTheTarget(t *testing.T) {
	d := newDouble(t)
	host, port := echo(t)
	run(t, d, nil)
	id, socket := d.connect(host, port)
	d.await(id, platform.StatusSuccessful)
	conn := <-socket
	defer func() { _ = conn.CloseNow() }()
	big := bytes.Repeat([]byte("x"), 4<<20)
	var sender sync.WaitGroup
	defer sender.Wait()
	sender.Go(func() {
		_ = conn.Write(t.Context(), websocket.MessageText, []byte("text"))
		_ = conn.Write(t.Context(), websocket.MessageBinary, nil)
		_ = conn.Write(t.Context(), websocket.MessageBinary, big)
	})
	var got int
	for got < len(big)+len("text") {
		kind, b, err := conn.Read(t.Context())
		if err != nil || kind != websocket.MessageBinary || len(b) > 64<<10 {
			t.Fatalf("got a message of kind %v, %d bytes, %v, want binary of at most 64 KiB", kind, len(b), err)
		}
		got += len(b)
	}
}

func TestAStoppedReaderHoldsUpTheTarget(t *testing.T) {
	d := newDouble(t)
	written := make(chan int, 1)
	host, port := serve(t, func(c net.Conn) {
		_ = c.SetWriteDeadline(time.Now().Add(time.Second))
		total := 0
		for {
			n, err := c.Write(make([]byte, 64<<10))
			total += n
			if err != nil || total > 256<<20 {
				written <- total
				return
			}
		}
	})
	run(t, d, nil)
	id, _ := d.connect(host, port)
	d.await(id, platform.StatusSuccessful)
	// Kernel buffers hold some; an agent that buffered would take it all.
	if got := <-written; got > 64<<20 {
		t.Errorf("the target could write %d bytes to nobody", got)
	}
}

func TestThePlatformMayRestart(t *testing.T) {
	d := newDouble(t)
	ended := make(chan struct{}, 2)
	host, port := serve(t, func(c net.Conn) {
		_, _ = io.Copy(c, c)
		ended <- struct{}{}
	})
	run(t, d, nil)
	talk(t, d.open(host, port), "before")

	address := d.server.Listener.Addr().String()
	d.stop()
	select {
	case <-ended:
	case <-time.After(10 * time.Second):
		t.Fatal("the target's connection outlived the platform by 10 s")
	}
	d.mu.Lock()
	d.clients = map[string]int{} // a new process knows no client
	d.mu.Unlock()
	d.restart(address)
	talk(t, d.open(host, port), "after")
}

func TestAClientThePlatformForgotShakesHandsAgain(t *testing.T) {
	d := newDouble(t)
	host, port := echo(t)
	run(t, d, nil)
	talk(t, d.open(host, port), "before")
	d.mu.Lock()
	d.clients = map[string]int{}
	d.mu.Unlock()
	talk(t, d.open(host, port), "after")
}

func TestStoppingEndsConnectionsAndFailsWhatWasOnItsWay(t *testing.T) {
	d := newDouble(t)
	host, port := echo(t)
	stop := run(t, d, nil)
	c := d.open(host, port)
	talk(t, c, "open")
	d.mu.Lock()
	d.socketGate = make(chan struct{})
	d.mu.Unlock()
	id, _ := d.connect(host, port)
	d.await(id, platform.StatusExecuting)
	stop()
	if got := d.await(id, platform.StatusFailed).FailureReason; got != "the device agent is stopping" {
		t.Errorf("got reason %q, want that the agent stops", got)
	}
	if _, err := io.ReadAll(c); err == nil {
		t.Error("the connection outlived its agent without an error")
	}
}

func TestNoLogLineHoldsASecret(t *testing.T) {
	var log lockedBuffer
	d := newDouble(t)
	host, port := echo(t)
	stop := run(t, d, func(a *Agent) {
		a.log = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	})
	talk(t, d.open(host, port), "hello")
	refused, _ := d.connect("127.0.0.1", 1)
	d.await(refused, platform.StatusFailed)
	unknown, _ := d.connectUnknown(host, port)
	reason := d.await(unknown, platform.StatusFailed).FailureReason
	id, _ := d.connect(host, port)
	d.await(id, platform.StatusSuccessful)
	d.stop() // errors of an unreachable platform, with its address in them
	stop()
	text := log.String() + reason
	if !strings.Contains(text, "connected") || !strings.Contains(text, "refused") {
		t.Fatalf("the log is missing what it should say: %s", text)
	}
	for _, secret := range []string{"secret-key", testPassword, "Basic "} {
		if strings.Contains(text, secret) {
			t.Errorf("the log holds %q: %s", secret, text)
		}
	}
}

func TestWrongConfigurationIsNamedAtOnce(t *testing.T) {
	_, err := New(Config{PlatformURL: "ftp://x", MaxConnections: -1})
	for _, want := range []string{"PlatformURL", "DeviceID", "User", "MaxConnections"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s named", err, want)
		}
	}
}
