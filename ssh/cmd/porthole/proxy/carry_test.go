package proxy

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"porthole/ssh/cmd/porthole/fault"
)

// patience is how long a test waits for what must happen.
const patience = 20 * time.Second

// pair is a TCP connection on loopback, both ends.
func pair(t *testing.T) (near, far *net.TCPConn) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	conn, err := net.Dial("tcp", listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	other, err := listener.Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = conn.Close(), other.Close() })
	for _, c := range []net.Conn{conn, other} {
		_ = c.SetDeadline(time.Now().Add(patience))
	}
	return conn.(*net.TCPConn), other.(*net.TCPConn)
}

// carry runs Carry with a local program on the other end of a TCP connection.
func carry(t *testing.T, opts Options) (program *net.TCPConn, result func() Result) {
	t.Helper()
	program, near := pair(t)
	_ = near.SetDeadline(time.Time{})
	done := make(chan Result, 1)
	go func() {
		r := NewCarrier(opts).Carry(t.Context(), &socket{near})
		_ = near.Close()
		done <- r
	}()
	return program, func() Result {
		t.Helper()
		select {
		case r := <-done:
			return r
		case <-time.After(patience):
			t.Fatal("the connection did not end")
			return Result{}
		}
	}
}

// toDevice dials a tunnel whose device is handle.
func toDevice(t *testing.T, handle func(net.Conn)) func(context.Context) (Tunnel, error) {
	var devices sync.WaitGroup
	t.Cleanup(devices.Wait)
	return func(context.Context) (Tunnel, error) {
		near, far := net.Pipe()
		devices.Go(func() {
			handle(far)
			_ = far.Close()
		})
		return Tunnel{Conn: near}, nil
	}
}

// lingering is a tunnel that tells of each end that the lingering is given.
type lingering struct {
	net.Conn
	ends chan time.Time
}

func (l lingering) SetReadDeadline(end time.Time) error {
	l.ends <- end
	return l.Conn.SetReadDeadline(end)
}

// lingers makes the tunnels of dial tell of their lingering.
func lingers(dial func(context.Context) (Tunnel, error), ends chan time.Time) func(context.Context) (Tunnel, error) {
	return func(ctx context.Context) (Tunnel, error) {
		tunnel, err := dial(ctx)
		tunnel.Conn = lingering{tunnel.Conn, ends}
		return tunnel, err
	}
}

func TestTheAnswerToWhatWasSentBeforeShutdownArrivesWhole(t *testing.T) {
	sent := bytes.Repeat([]byte("request "), 400)
	answer := bytes.Repeat([]byte("answer "), 30000)
	for range 20 {
		ends := make(chan time.Time, 1000) // one for each piece of the answer at most
		program, result := carry(t, Options{Linger: 5 * time.Second, Dial: lingers(toDevice(t, func(c net.Conn) {
			_, _ = io.ReadFull(c, make([]byte, len(sent)))
			<-ends // the local side has shut down
			_, _ = c.Write(answer)
		}), ends)})
		if _, err := program.Write(sent); err != nil {
			t.Fatal(err)
		}
		_ = program.CloseWrite()
		if got, err := io.ReadAll(program); err != nil || !bytes.Equal(got, answer) {
			t.Fatalf("got %d bytes, %v, want %d", len(got), err, len(answer))
		}
		if r := result(); r.Err != nil || r.Sent != int64(len(sent)) || r.Received != int64(len(answer)) {
			t.Errorf("result %+v", r)
		}
	}
}

func TestASilentDeviceIsLeftAfterTheLinger(t *testing.T) {
	program, result := carry(t, Options{Linger: 100 * time.Millisecond, Dial: toDevice(t, func(c net.Conn) {
		_, _ = io.Copy(io.Discard, c)
	})})
	_, _ = program.Write([]byte("and that is all"))
	_ = program.CloseWrite()
	if got, err := io.ReadAll(program); len(got) > 0 || err != nil {
		t.Errorf("got %q, %v, want the end", got, err)
	}
	if r := result(); r.Err != nil {
		t.Errorf("ended with %v, want nothing", r.Err)
	}
}

func TestEachPieceOfAnAnswerStartsTheLingerAnew(t *testing.T) {
	ends := make(chan time.Time, 100)
	program, result := carry(t, Options{Linger: patience, Dial: lingers(toDevice(t, func(c net.Conn) {
		_, _ = io.ReadFull(c, make([]byte, 2))
		<-ends // of the local side's end
		for range 10 {
			sent := time.Now()
			_, _ = c.Write([]byte("."))
			for end := range ends {
				if !end.Before(sent.Add(patience)) {
					break
				}
			}
		}
	}), ends)})
	_, _ = program.Write([]byte("go"))
	_ = program.CloseWrite()
	if got, _ := io.ReadAll(program); string(got) != ".........." {
		t.Errorf("got %q", got)
	}
	_ = result()
}

func TestWhatTheLocalSideStillSendsDoesNotResetTheAnswer(t *testing.T) {
	answer := bytes.Repeat([]byte("x"), 1<<20)
	program, result := carry(t, Options{Linger: time.Second, Dial: toDevice(t, func(c net.Conn) {
		_, _ = c.Write(answer)
	})})
	stop := make(chan struct{})
	sending := make(chan struct{})
	go func() {
		defer close(sending)
		for {
			select {
			case <-stop:
				return
			default:
				if _, err := program.Write(make([]byte, 1000)); err != nil {
					return
				}
			}
		}
	}()
	got, err := io.ReadAll(program)
	if err != nil || len(got) != len(answer) {
		t.Errorf("got %d bytes, %v, want %d and the end", len(got), err, len(answer))
	}
	close(stop)
	<-sending
	_ = program.Close()
	_ = result()
}

func TestADialThatFailsForAMomentIsTriedAgain(t *testing.T) {
	away := errors.New("away")
	tries := 0
	good := toDevice(t, func(c net.Conn) { _, _ = io.Copy(c, c) })
	program, result := carry(t, Options{
		Linger: 100 * time.Millisecond, Retry: patience, Transient: func(err error) bool { return errors.Is(err, away) },
		Dial: func(ctx context.Context) (Tunnel, error) {
			if tries++; tries < 3 {
				return Tunnel{}, away
			}
			return good(ctx)
		},
	})
	_, _ = program.Write([]byte("kept"))
	_ = program.CloseWrite()
	if got, err := io.ReadAll(program); string(got) != "kept" {
		t.Errorf("got %q, %v", got, err)
	}
	if r := result(); r.Err != nil || tries != 3 {
		t.Errorf("result %+v after %d tries, want 3", r, tries)
	}
}

// broken is a tunnel that ends with an error after some bytes.
type broken struct {
	net.Conn
	read io.Reader
	err  error
}

func (b broken) Read(p []byte) (int, error) {
	n, err := b.read.Read(p)
	if err != nil {
		err = b.err
	}
	return n, err
}

func TestATunnelThatBreaksBeforeItsFirstByteIsReplaced(t *testing.T) {
	away := errors.New("away")
	tries, second := 0, make(chan struct{})
	good := toDevice(t, func(c net.Conn) { _, _ = io.Copy(c, c) })
	program, result := carry(t, Options{
		Linger: 100 * time.Millisecond, Retry: patience, Transient: func(err error) bool { return errors.Is(err, away) },
		Dial: func(ctx context.Context) (Tunnel, error) {
			tunnel, err := good(ctx)
			if tries++; tries == 1 {
				tunnel.Conn = broken{tunnel.Conn, strings.NewReader(""), away}
			} else {
				close(second)
			}
			return tunnel, err
		},
	})
	<-second
	_, _ = program.Write([]byte("kept"))
	_ = program.CloseWrite()
	if got, err := io.ReadAll(program); string(got) != "kept" {
		t.Errorf("got %q, %v", got, err)
	}
	if r := result(); r.Err != nil {
		t.Errorf("result %+v", r)
	}
}

func TestATunnelThatBreaksLaterIsNot(t *testing.T) {
	away := errors.New("away")
	tries := 0
	good := toDevice(t, func(c net.Conn) { _, _ = io.Copy(io.Discard, c) })
	program, result := carry(t, Options{
		Retry: patience, Transient: func(error) bool { return true },
		Dial: func(ctx context.Context) (Tunnel, error) {
			tries++
			tunnel, err := good(ctx)
			tunnel.Conn = broken{tunnel.Conn, strings.NewReader("greeting"), away}
			return tunnel, err
		},
	})
	if got, _ := io.ReadAll(program); string(got) != "greeting" {
		t.Errorf("got %q, want what came before", got)
	}
	_ = program.Close()
	if r := result(); !errors.Is(r.Err, away) || tries != 1 {
		t.Errorf("result %+v after %d tries, want the error after 1", r, tries)
	}
}

func TestTheReasonOfTheDeviceEndsTheWaiting(t *testing.T) {
	reason := fault.New(fault.DeviceRefused, "no such port")
	silent := toDevice(t, func(c net.Conn) { _, _ = io.Copy(io.Discard, c) })
	program, result := carry(t, Options{Dial: func(ctx context.Context) (Tunnel, error) {
		tunnel, err := silent(ctx)
		tunnel.Await = func(context.Context) error { return reason }
		return tunnel, err
	}})
	if got, _ := io.ReadAll(program); len(got) > 0 {
		t.Errorf("got %q", got)
	}
	_ = program.Close()
	if r := result(); !errors.Is(r.Err, reason) {
		t.Errorf("ended with %v, want the reason", r.Err)
	}
}

func TestWaitingEndsWithTheFirstByte(t *testing.T) {
	waited := make(chan struct{})
	device := toDevice(t, func(c net.Conn) {
		_, _ = c.Write([]byte("!"))
		<-waited
	})
	program, result := carry(t, Options{Dial: func(ctx context.Context) (Tunnel, error) {
		tunnel, err := device(ctx)
		tunnel.Await = func(ctx context.Context) error {
			<-ctx.Done()
			close(waited)
			return errors.New("too late to matter")
		}
		return tunnel, err
	}})
	if got, _ := io.ReadAll(program); string(got) != "!" {
		t.Errorf("got %q", got)
	}
	_ = program.Close()
	if r := result(); r.Err != nil {
		t.Errorf("ended with %v", r.Err)
	}
}
