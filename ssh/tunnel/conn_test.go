package tunnel

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"porthole/ssh/wire"
)

// fakeSocket is a Socket in memory that takes what it is given and notes it.
type fakeSocket struct {
	events Events

	mu     sync.Mutex
	sent   []int
	closed []wire.CloseCode
	stuck  chan struct{} // when set, Send waits for it
	end    chan struct{}
}

func (s *fakeSocket) Send(p []byte, expired <-chan struct{}) error {
	if s.stuck != nil {
		select {
		case <-s.stuck:
		case <-expired:
			return context.DeadlineExceeded
		case <-s.end:
			return net.ErrClosed
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sent = append(s.sent, len(p))
	return nil
}

func (s *fakeSocket) Close(code wire.CloseCode, _ string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = append(s.closed, code)
	close(s.end)
}

func dialFake(t *testing.T) (net.Conn, *fakeSocket) {
	t.Helper()
	socket := &fakeSocket{end: make(chan struct{})}
	c, err := Dial(t.Context(), Options{
		URL: "wss://gateway.example/",
		Open: func(_ context.Context, _ string, subprotocols []string, events Events) (Socket, error) {
			if len(subprotocols) != 1 || subprotocols[0] != wire.Subprotocol {
				t.Errorf("subprotocols %q", subprotocols)
			}
			socket.events = events
			return socket, nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return c, socket
}

func TestBytesBeforeTheCloseAreDeliveredFirst(t *testing.T) {
	c, socket := dialFake(t)
	for _, message := range []string{"ab", "", "c", strings.Repeat("d", 100)} {
		socket.events.Message(Bytes(message))
	}
	socket.events.Closed(wire.CloseDeviceRefused, "port closed")
	small := make([]byte, 7)
	n, err := c.Read(small)
	if n != 7 || err != nil || string(small) != "abcdddd" {
		t.Errorf("Read = %q, %v", small[:n], err)
	}
	rest, err := io.ReadAll(c)
	if len(rest) != 96 {
		t.Errorf("%d more bytes, want 96", len(rest))
	}
	var end *EndError
	if !errors.As(err, &end) || end.Reason != "port closed" {
		t.Errorf("end %v", err)
	}
	if _, again := c.Read(small); again != err && again.Error() != err.Error() { //nolint:errorlint // the same value is meant
		t.Errorf("second end %v, want the same", again)
	}
}

func TestWritesAreCutIntoMessages(t *testing.T) {
	c, socket := dialFake(t)
	if n, err := c.Write(make([]byte, 2*MaxMessage+1)); n != 2*MaxMessage+1 || err != nil {
		t.Fatalf("Write = %d, %v", n, err)
	}
	if len(socket.sent) != 3 || socket.sent[0] != MaxMessage || socket.sent[2] != 1 {
		t.Errorf("messages of %v bytes", socket.sent)
	}
}

// A peer that ignores every SSH window must not fill the memory of the tab.
func TestAPeerThatFloodsIsCutOff(t *testing.T) {
	c, socket := dialFake(t)
	chunk := make(Bytes, 1<<20)
	for range MaxUnread>>20 + 5 {
		socket.events.Message(chunk)
	}
	got, err := io.Copy(io.Discard, c)
	if got != MaxUnread || err == nil {
		t.Errorf("read %d bytes and %v, want %d and an error", got, err, MaxUnread)
	}
	if len(socket.closed) != 1 {
		t.Errorf("closed with %v, want one close", socket.closed)
	}
}

func TestRoomIsAskedForAndGiven(t *testing.T) {
	c, socket := dialFake(t)
	if room := socket.events.Message(make(Bytes, roomLimit)); room != nil {
		t.Error("a full inbox must not wait yet")
	}
	room := socket.events.Message(Bytes("x"))
	if room == nil || isClosed(room) {
		t.Fatal("more than the limit must wait")
	}
	if _, err := io.ReadFull(c, make([]byte, 2)); err != nil {
		t.Fatal(err)
	}
	if !isClosed(room) {
		t.Error("reading made no room")
	}
	room = socket.events.Message(make(Bytes, roomLimit))
	_ = c.Close()
	if !isClosed(room) {
		t.Error("closing made no room")
	}
}

func TestAStuckWriteEndsWithDeadlineAndClose(t *testing.T) {
	c, socket := dialFake(t)
	socket.stuck = make(chan struct{})
	if err := c.SetWriteDeadline(time.Now().Add(10 * time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Write([]byte("x")); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("Write: %v, want the deadline", err)
	}
	if err := c.SetDeadline(time.Time{}); err != nil {
		t.Fatal(err)
	}
	failed := make(chan error)
	go func() {
		_, err := c.Write([]byte("x"))
		failed <- err
	}()
	_ = c.Close()
	if err := <-failed; !errors.Is(err, net.ErrClosed) {
		t.Errorf("Write: %v, want closed", err)
	}
}

func TestADeadlineThatMovesWhileReadWaits(t *testing.T) {
	c, socket := dialFake(t)
	failed := make(chan error)
	go func() {
		_, err := c.Read(make([]byte, 1))
		failed <- err
	}()
	if err := c.SetReadDeadline(time.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	if err := c.SetReadDeadline(time.Now().Add(time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	if err := <-failed; !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("Read: %v, want the deadline", err)
	}
	if err := c.SetReadDeadline(time.Time{}); err != nil {
		t.Fatal(err)
	}
	socket.events.Message(Bytes("y"))
	if n, err := c.Read(make([]byte, 1)); n != 1 || err != nil {
		t.Errorf("Read = %d, %v", n, err)
	}
}

func TestReasonsOfStrangersArePrintable(t *testing.T) {
	for _, reason := range []string{"\x1b[31mred", "two\r\nlines", "\xff\x00", "\u009b1m"} {
		for _, code := range []wire.CloseCode{wire.CloseDeviceRefused, wire.CloseNormal, 1002} {
			text := (&EndError{Close: code, Reason: reason}).Error()
			if strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || (r >= 0x7f && r < 0xa0) }) {
				t.Errorf("close %d with %q: %q has control characters", code, reason, text)
			}
		}
	}
}

func TestDialSaysNoURLInItsError(t *testing.T) {
	_, err := Dial(t.Context(), Options{URL: "https://gateway.example/?token=secret"})
	if err == nil || strings.Contains(err.Error(), "secret") {
		t.Errorf("error %v", err)
	}
}

func TestMessagesOfAnySplitGiveTheSameBytes(t *testing.T) {
	want := []byte("the quick brown fox jumps over the lazy dog")
	for size := 1; size <= len(want); size++ {
		for buffer := 1; buffer <= 11; buffer++ {
			b := newInbox()
			for at := 0; at < len(want); at += size {
				b.put(Bytes(want[at:min(at+size, len(want))]))
			}
			var got []byte
			p := make([]byte, buffer)
			for n, _ := b.take(p); n > 0; n, _ = b.take(p) {
				got = append(got, p[:n]...)
			}
			if !bytes.Equal(got, want) || b.size != 0 {
				t.Fatalf("messages of %d read by %d: %q, %d left", size, buffer, got, b.size)
			}
		}
	}
}
