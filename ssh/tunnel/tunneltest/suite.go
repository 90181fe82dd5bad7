package tunneltest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"testing"
	"time"

	"porthole/ssh/tunnel"
	"porthole/ssh/wire"
)

// SinkReport is what /sink answers.
type SinkReport struct {
	Largest  int    // size of the largest message, in bytes
	Messages int    // how many came
	SHA256   []byte // of all bytes
}

// timeout bounds every wait of the suite; none of them is expected to come near it.
const timeout = 20 * time.Second

// Run holds the sockets of open (nil: the native one) to the rules of package
// tunnel, against the server at base ("ws://127.0.0.1:PORT").
func Run(t *testing.T, base string, open tunnel.OpenFunc) {
	t.Helper()
	s := suite{base: base, open: open}
	for name, test := range map[string]func(*testing.T){
		"what is written comes back":                              s.echo,
		"1 MiB sent just before the close arrives whole":          s.floodThenClose,
		"a message of 4 MiB passes":                               s.bigMessage,
		"text counts as bytes and empty messages are skipped":     s.text,
		"outgoing messages are binary and at most 64 KiB":         s.outgoing,
		"every close code has its error and sentence":             s.closeCodes,
		"a normal close after bytes is EOF":                       s.normalClose,
		"a normal close before any byte says so":                  s.closeBeforeBytes,
		"a cut connection is not EOF":                             s.cut,
		"a read deadline fires, moves and leaves the tunnel open": s.readDeadline,
		"an expired write deadline refuses to write":              s.writeDeadline,
		"Close unblocks Read":                                     s.closeUnblocksRead,
		"Close unblocks Write":                                    s.closeUnblocksWrite,
		"Close twice is fine and nothing works after it":          s.closeTwice,
		"ending the context cancels the dialling":                 s.cancelDial,
		"a handshake that never ends is given up":                 s.handshakeTimeout,
		"a refused upgrade is a DialError":                        s.refused,
		"no server is a DialError":                                s.noServer,
		"the context of Dial does not end the tunnel":             s.contextAfterDial,
	} {
		t.Run(name, test)
	}
}

type suite struct {
	base string
	open tunnel.OpenFunc
}

func (s suite) dial(t *testing.T, path string) net.Conn {
	t.Helper()
	conn, err := tunnel.Dial(t.Context(), tunnel.Options{URL: s.base + path, Open: s.open})
	if err != nil {
		t.Fatalf("dial %s: %v", path, err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	if err := conn.SetReadDeadline(time.Now().Add(timeout)); err != nil {
		t.Fatal(err)
	}
	return conn
}

func (s suite) echo(t *testing.T) {
	conn := s.dial(t, "/echo")
	sent := Pattern(200_000)
	failed := make(chan error, 1)
	go func() {
		_, err := conn.Write(sent)
		failed <- err
	}()
	got := make([]byte, len(sent))
	if _, err := io.ReadFull(conn, got); err != nil {
		t.Fatalf("read: %v", err)
	}
	if err := <-failed; err != nil {
		t.Fatalf("write: %v", err)
	}
	if !bytes.Equal(got, sent) {
		t.Error("other bytes came back than were sent")
	}
}

// floodThenClose is many rounds, because what it guards against is a race: a close
// event that overtakes messages still queued.
func (s suite) floodThenClose(t *testing.T) {
	for round := range 20 {
		conn := s.dial(t, "/flood?n=1048576&size=4096")
		wantPattern(t, conn, 1<<20)
		if t.Failed() {
			t.Fatalf("in round %d", round)
		}
		_ = conn.Close()
	}
}

func (s suite) bigMessage(t *testing.T) {
	conn := s.dial(t, "/flood?n=4194304&size=4194304")
	wantPattern(t, conn, 4<<20)
}

func (s suite) text(t *testing.T) {
	got, err := io.ReadAll(s.dial(t, "/text"))
	if want := "SSH-2.0\xffé"; err != nil || string(got) != want {
		t.Errorf("got %q, %v; want %q", got, err, want)
	}
}

func (s suite) outgoing(t *testing.T) {
	const size = 3<<20 + 7
	conn := s.dial(t, fmt.Sprintf("/sink?n=%d", size))
	sent := Pattern(size)
	if n, err := conn.Write(sent); n != size || err != nil {
		t.Fatalf("Write = %d, %v; want %d", n, err, size)
	}
	answer, err := io.ReadAll(conn)
	var report SinkReport
	if err != nil || json.Unmarshal(answer, &report) != nil {
		t.Fatalf("answer %q, %v", answer, err)
	}
	if sum := sha256.Sum256(sent); !bytes.Equal(report.SHA256, sum[:]) {
		t.Error("the server read other bytes than were sent")
	}
	if report.Largest > tunnel.MaxMessage {
		t.Errorf("largest message %d bytes, want at most %d", report.Largest, tunnel.MaxMessage)
	}
}

func (s suite) closeCodes(t *testing.T) {
	for code, want := range map[wire.CloseCode]wire.ErrorCode{
		wire.CloseInternal: wire.CodeInternal, wire.CloseDeviceRefused: wire.CodeDeviceRefused,
		wire.CloseDeviceTimeout: wire.CodeDeviceTimeout, wire.CloseIdle: wire.CodeIdle,
		wire.CloseMaxDuration: wire.CodeMaxDuration, wire.CloseLoginEnded: wire.CodeLoginEnded,
		wire.CloseTenantLost: wire.CodeTenantLost, wire.CloseGatewayStopping: wire.CodeGatewayStopping,
		wire.CloseGoingAway: wire.CodeLost, 4999: wire.CodeLost,
	} {
		conn := s.dial(t, fmt.Sprintf("/close?bytes=1500&code=%d&reason=%s", code, url.QueryEscape("the reason: \u00e9")))
		got, err := io.ReadAll(conn)
		if len(got) != 1500 {
			t.Errorf("close %d: %d bytes came, want 1500", code, len(got))
		}
		var end *tunnel.EndError
		if !errors.As(err, &end) {
			t.Errorf("close %d: error %v, want an EndError", code, err)
			continue
		}
		gotCode, reason := end.CloseReason()
		if gotCode != code || reason != "the reason: \u00e9" || end.Code() != want || !end.AnyByte {
			t.Errorf("close %d: got %d, %q, code %s; want code %s", code, gotCode, reason, end.Code(), want)
		}
		if !bytes.Contains([]byte(end.Error()), []byte("the reason")) {
			t.Errorf("close %d: sentence %q lacks the reason", code, end.Error())
		}
	}
}

func (s suite) normalClose(t *testing.T) {
	conn := s.dial(t, "/close?bytes=3&code=1000")
	wantPattern(t, conn, 3)
	if _, err := conn.Write([]byte("x")); err == nil || errors.Is(err, io.EOF) {
		t.Errorf("Write after the end: %v, want an error that is not EOF", err)
	}
}

func (s suite) closeBeforeBytes(t *testing.T) {
	conn := s.dial(t, "/close?code=1000&reason=bye")
	_, err := conn.Read(make([]byte, 1))
	var end *tunnel.EndError
	if !errors.As(err, &end) || end.AnyByte || end.Close != wire.CloseNormal || end.Reason != "bye" {
		t.Errorf("got %#v, want an EndError 1000 before any byte", err)
	}
}

func (s suite) cut(t *testing.T) {
	for _, size := range []int{0, 5000} {
		got, err := io.ReadAll(s.dial(t, fmt.Sprintf("/cut?bytes=%d", size)))
		var end *tunnel.EndError
		if len(got) != size || !errors.As(err, &end) || end.Code() != wire.CodeLost ||
			!errors.Is(err, io.ErrUnexpectedEOF) || end.AnyByte != (size > 0) {
			t.Errorf("after %d bytes: got %d bytes, %#v", size, len(got), err)
		}
	}
}

func (s suite) readDeadline(t *testing.T) {
	conn := s.dial(t, "/echo")
	setDeadline(t, conn.SetReadDeadline, 20*time.Millisecond)
	if _, err := conn.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Fatalf("read: %v, want a deadline error", err)
	}
	var timeoutErr net.Error
	if _, err := conn.Read(make([]byte, 1)); !errors.As(err, &timeoutErr) || !timeoutErr.Timeout() {
		t.Fatalf("second read: %v, want a timeout", err)
	}
	setDeadline(t, conn.SetReadDeadline, timeout)
	if _, err := conn.Write([]byte("y")); err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Read(make([]byte, 1)); err != nil {
		t.Errorf("read after the deadline moved: %v", err)
	}
}

func (s suite) writeDeadline(t *testing.T) {
	conn := s.dial(t, "/echo")
	setDeadline(t, conn.SetWriteDeadline, -time.Second)
	if n, err := conn.Write([]byte("x")); n != 0 || !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("Write = %d, %v; want a deadline error", n, err)
	}
}

func (s suite) closeUnblocksRead(t *testing.T) {
	conn := s.dial(t, "/silent")
	failed := make(chan error, 1)
	go func() {
		_, err := conn.Read(make([]byte, 1))
		failed <- err
	}()
	_ = conn.Close()
	wantError(t, failed, net.ErrClosed)
}

func (s suite) closeUnblocksWrite(t *testing.T) {
	conn := s.dial(t, "/stuck")
	failed := make(chan error, 1)
	go func() {
		p := make([]byte, 1<<20)
		for {
			if _, err := conn.Write(p); err != nil {
				failed <- err
				return
			}
		}
	}()
	// Nothing tells from outside that a write is stuck: close soon after it began,
	// stuck or not, the writer must end.
	time.AfterFunc(300*time.Millisecond, func() { _ = conn.Close() })
	wantError(t, failed, net.ErrClosed)
}

func (s suite) closeTwice(t *testing.T) {
	conn := s.dial(t, "/echo")
	for range 2 {
		if err := conn.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	}
	if _, err := conn.Read(make([]byte, 1)); !errors.Is(err, net.ErrClosed) {
		t.Errorf("read after close: %v", err)
	}
	if _, err := conn.Write([]byte("x")); !errors.Is(err, net.ErrClosed) {
		t.Errorf("write after close: %v", err)
	}
}

func (s suite) cancelDial(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	cause := errors.New("the person cancelled")
	time.AfterFunc(30*time.Millisecond, func() { cancel(cause) })
	_, err := tunnel.Dial(ctx, tunnel.Options{URL: s.base + "/hang", Open: s.open})
	if !errors.Is(err, cause) {
		t.Errorf("dial: %v, want the cause of the context", err)
	}
}

func (s suite) handshakeTimeout(t *testing.T) {
	_, err := tunnel.Dial(t.Context(), tunnel.Options{
		URL: s.base + "/hang", Open: s.open, HandshakeTimeout: 50 * time.Millisecond,
	})
	var dial *tunnel.DialError
	if !errors.As(err, &dial) || dial.Code != wire.CodeUnreachable {
		t.Errorf("dial: %#v, want a DialError unreachable", err)
	}
}

func (s suite) refused(t *testing.T) {
	_, err := tunnel.Dial(t.Context(), tunnel.Options{URL: s.base + "/refuse?status=403&error=forbidden&message=No.", Open: s.open})
	var dial *tunnel.DialError
	if !errors.As(err, &dial) || dial.Text == "" {
		t.Fatalf("dial: %v, want a DialError with a sentence", err)
	}
	if want := refusedCode(s.open == nil); dial.Code != want {
		t.Errorf("code %s, want %s", dial.Code, want)
	}
}

// refusedCode differs because browsers hide why an upgrade was refused.
func refusedCode(native bool) wire.ErrorCode {
	if native {
		return wire.CodeForbidden
	}
	return wire.CodeRefused
}

func (s suite) noServer(t *testing.T) {
	_, err := tunnel.Dial(t.Context(), tunnel.Options{URL: "ws://127.0.0.1:1/", Open: s.open})
	var dial *tunnel.DialError
	if !errors.As(err, &dial) {
		t.Errorf("dial: %#v, want a DialError", err)
	}
	for _, address := range []string{"", "http://127.0.0.1/", "ws://", "%", "/relative"} {
		_, err := tunnel.Dial(t.Context(), tunnel.Options{URL: address, Open: s.open})
		if !errors.As(err, &dial) || dial.Code != wire.CodeInvalid {
			t.Errorf("dial %q: %v, want invalid", address, err)
		}
	}
}

func (s suite) contextAfterDial(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	conn, err := tunnel.Dial(ctx, tunnel.Options{URL: s.base + "/echo", Open: s.open})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	cancel()
	setDeadline(t, conn.SetReadDeadline, timeout)
	if _, err := conn.Write([]byte("z")); err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Read(make([]byte, 1)); err != nil {
		t.Errorf("read after the context of Dial ended: %v", err)
	}
}

func setDeadline(t *testing.T, set func(time.Time) error, in time.Duration) {
	t.Helper()
	if err := set(time.Now().Add(in)); err != nil {
		t.Fatal(err)
	}
}

func wantError(t *testing.T, failed <-chan error, want error) {
	t.Helper()
	select {
	case err := <-failed:
		if !errors.Is(err, want) {
			t.Errorf("got %v, want %v", err, want)
		}
	case <-time.After(timeout):
		t.Fatalf("nothing came back within %s, want %v", timeout, want)
	}
}

// wantPattern reads conn to its end and wants exactly size bytes of the pattern.
func wantPattern(t *testing.T, conn io.Reader, size int) {
	t.Helper()
	got, err := io.ReadAll(conn)
	if err != nil {
		t.Errorf("read: %v", err)
	}
	if !bytes.Equal(got, Pattern(size)) {
		t.Errorf("%d bytes came, want %d of the pattern", len(got), size)
	}
}
