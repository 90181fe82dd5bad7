package forward

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"testing"

	"porthole/ssh/wire"
)

func TestClosesCarryCodeAndReasonBothWays(t *testing.T) {
	t.Run("from the page", func(t *testing.T) {
		d := socketDevice(t, nil, echo)
		f := d.forward(t)
		s := dialSocket(t, f)
		go func() { _ = s.Close(4001, "enough") }()
		if _, _, err := s.Read(testContext(t)); !errors.Is(err, io.EOF) {
			t.Errorf("got %v, want io.EOF", err)
		}
		<-s.Closed()
		if got := s.End(); got != (SocketEnd{Code: 4001, Reason: "enough", Clean: true}) {
			t.Errorf("got %+v", got)
		}
		if err := s.Write(testContext(t), true, []byte("late")); err == nil {
			t.Error("a message was sent after the close")
		}
		if _, _, err := s.Read(testContext(t)); !errors.Is(err, io.EOF) {
			t.Errorf("got %v from another read, want io.EOF", err)
		}
		eventually(t, "the connection is closed", func() bool { return f.Stats().Connections == 0 && f.sockets.Load() == 0 })
	})
	for name, tt := range map[string]struct {
		payload string
		want    SocketEnd
		reply   string
	}{
		"from the device":              {"\x03\xe9bye", SocketEnd{1001, "bye", true}, "\x03\xe9"},
		"from the device without code": {"", SocketEnd{1005, "", true}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			reply := make(chan string, 1)
			d := socketDevice(t, nil, func(c net.Conn, r *bufio.Reader) {
				_ = sendFrame(c, 0x88, tt.payload)
				_, got, _ := receiveFrame(r)
				reply <- string(got)
			})
			s := dialSocket(t, d.forward(t))
			if _, _, err := s.Read(testContext(t)); !errors.Is(err, io.EOF) {
				t.Errorf("got %v, want io.EOF", err)
			}
			if got := <-reply; got != tt.reply {
				t.Errorf("got reply %q, want %q", got, tt.reply)
			}
			if got := s.End(); got != tt.want {
				t.Errorf("got %+v, want %+v", got, tt.want)
			}
		})
	}
}

func TestABrokenWebsocketEndsAs1006(t *testing.T) {
	d := socketDevice(t, nil, func(c net.Conn, _ *bufio.Reader) { _, _ = c.Write([]byte{0x81, 5, 'h'}) })
	s := dialSocket(t, d.forward(t))
	_, _, err := s.Read(testContext(t))
	wantCode(t, err, wire.CodeForwardBroken)
	<-s.Closed()
	if got := s.End(); got != (SocketEnd{Code: closeAbnormal}) {
		t.Errorf("got %+v", got)
	}

	f := socketDevice(t, nil, echo).forward(t)
	s = dialSocket(t, f)
	_ = f.Close()
	<-s.Closed()
	_, _, err = s.Read(testContext(t))
	wantCode(t, err, wire.CodeClosed)

	s = dialSocket(t, socketDevice(t, nil, echo).forward(t))
	ctx, cancel := context.WithCancel(testContext(t))
	go cancel()
	_, _, err = s.Read(ctx)
	wantCode(t, err, wire.CodeCancelled)
	<-s.Closed()
}

func TestPingsAreAnsweredWhileAWriteIsStuck(t *testing.T) {
	pongs := make(chan string, 2)
	d := socketDevice(t, nil, func(c net.Conn, r *bufio.Reader) {
		_ = sendFrame(c, 0x89, "one") // before anything is read
		_ = sendFrame(c, 0x81, "hello")
		for range 2 {
			if first, payload, _ := receiveFrame(r); opcode(first&0x0f) == opPong {
				pongs <- string(payload)
			}
		}
	})
	s := dialSocket(t, d.forward(t))
	go func() { _ = s.Write(testContext(t), true, make([]byte, 1<<20)) }()
	if _, data, err := s.Read(testContext(t)); err != nil || string(data) != "hello" {
		t.Errorf("got %q, %v", data, err)
	}
	if got := <-pongs; got != "one" {
		t.Errorf("got pong %q", got)
	}
}
