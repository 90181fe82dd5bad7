package proxy

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"porthole/ssh/wire"
)

// program is a local program that has sent its last byte and reads as it likes.
type program struct {
	request io.Reader
	read    func(p []byte) error // what it does with each piece
	got     strings.Builder

	abandon   func() bool
	abandoned chan struct{}
	once      sync.Once
}

func newProgram(request string, read func([]byte) error) *program {
	return &program{request: strings.NewReader(request), read: read, abandoned: make(chan struct{})}
}

func (p *program) Read(b []byte) (int, error) { return p.request.Read(b) }

func (p *program) Write(b []byte) (int, error) {
	if err := p.read(b); err != nil {
		return 0, err
	}
	return p.got.Write(b)
}

func (p *program) CloseWrite() error { return nil }

func (p *program) Interrupt(time.Duration) bool { return true }

func (p *program) Resume() {}

func (p *program) Abandon() bool {
	p.once.Do(func() { close(p.abandoned) })
	return p.abandon == nil || p.abandon()
}

// The end of the lingering must not fall into the time in which the program looks at what
// it has: what came meanwhile would be lost, and nobody would know.
func TestAProgramThatPausesLongerThanTheLingerGetsAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dial := toDevice(t, func(c net.Conn) {
			_, _ = io.ReadFull(c, make([]byte, 2))
			for range 5 {
				_, _ = c.Write([]byte("piece "))
			}
		})
		p := newProgram("go", func([]byte) error {
			time.Sleep(time.Minute) // of the bubble
			return nil
		})
		r := NewCarrier(Options{Linger: 10 * time.Second, Dial: dial}).Carry(t.Context(), p)
		if got := p.got.String(); got != strings.Repeat("piece ", 5) || r.Err != nil {
			t.Errorf("the program got %q, %v", got, r.Err)
		}
	})
}

// A device on a slow network may need longer to come than it may be silent later.
func TestTheLingerBeginsWhenTheDeviceIsThere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const late, linger = 40 * time.Second, 10 * time.Second
		ended := make(chan struct{})
		defer close(ended)
		for name, dial := range map[string]func(context.Context) (Tunnel, error){
			"it answers": toDevice(t, func(c net.Conn) {
				_, _ = io.ReadFull(c, make([]byte, 2)) // what the platform keeps for the device
				time.Sleep(late)                       // of the bubble
				_, _ = c.Write([]byte("answer"))
			}),
			"it is silent": toDevice(t, func(c net.Conn) { _, _ = io.Copy(io.Discard, c) }),
		} {
			began := time.Now()
			p := newProgram("go", func([]byte) error { return nil })
			r := NewCarrier(Options{Linger: linger, Dial: func(ctx context.Context) (Tunnel, error) {
				tunnel, err := dial(ctx)
				tunnel.Await = func(ctx context.Context) error {
					select {
					case <-time.After(late - time.Second):
					case <-ctx.Done():
					}
					return nil
				}
				return tunnel, err
			}}).Carry(t.Context(), p)
			if r.Err != nil {
				t.Errorf("%s: ended with %v", name, r.Err)
			}
			switch took := time.Since(began); {
			case name == "it answers" && p.got.String() != "answer":
				t.Errorf("%s: got %q after %s", name, p.got.String(), took)
			case name == "it is silent" && took != late-time.Second+linger:
				t.Errorf("%s: ended after %s", name, took)
			}
		}
	})
}

// Ctrl-C and --idle-timeout end what a program holds up by reading nothing.
func TestAProgramThatReadsNothingHoldsUpNoEnd(t *testing.T) {
	for name, can := range map[string]bool{"a socket": true, "standard output": false} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancel(t.Context())
				over := make(chan struct{})
				var p *program
				p = newProgram("", func([]byte) error {
					cancel()
					select {
					case <-p.abandoned:
						if can {
							return errors.New("abandoned")
						}
						<-over
					case <-over:
					}
					return nil
				})
				p.abandon = func() bool { return can }
				dial := toDevice(t, func(c net.Conn) {
					_, _ = c.Write([]byte("x"))
					_, _ = io.Copy(io.Discard, c)
				})
				r := NewCarrier(Options{Linger: time.Hour, Dial: dial}).Carry(ctx, p)
				if !errors.Is(r.Err, context.Canceled) {
					t.Errorf("ended with %v", r.Err)
				}
				close(over)
			})
		})
	}
}

// normal is the end of a tunnel whose other side closed as it should.
type normal struct{}

func (normal) Error() string { return "closed" }

func (normal) CloseReason() (wire.CloseCode, string) { return wire.CloseNormal, "" }

// An agent may close its side before it tells the tenant why; a program that has sent all
// would take that for a service that says nothing.
func TestAReasonJustAfterTheEndIsToldToALocalProgramToo(t *testing.T) {
	for name, request := range map[string]io.Reader{"it goes on": neverEnding{}, "it has ended": strings.NewReader("go")} {
		synctest.Test(t, func(t *testing.T) {
			reason := errors.New("no such port")
			dial := toDevice(t, func(c net.Conn) { _, _ = io.Copy(io.Discard, c) })
			p := newProgram("", func([]byte) error { return nil })
			p.request = request
			r := NewCarrier(Options{Linger: time.Hour, Dial: func(ctx context.Context) (Tunnel, error) {
				tunnel, err := dial(ctx)
				tunnel.Conn = broken{tunnel.Conn, afterAWhile{}, normal{}}
				tunnel.Await = func(ctx context.Context) error {
					select {
					case <-time.After(2 * time.Second):
						return reason
					case <-ctx.Done():
						return nil
					}
				}
				return tunnel, err
			}}).Carry(t.Context(), p)
			if !errors.Is(r.Err, reason) {
				t.Errorf("%s: ended with %v, want the reason", name, r.Err)
			}
		})
	}
}

// afterAWhile ends after a second of the bubble.
type afterAWhile struct{}

func (afterAWhile) Read([]byte) (int, error) {
	time.Sleep(time.Second)
	return 0, io.EOF
}

// neverEnding is a program that says nothing.
type neverEnding struct{}

func (neverEnding) Read([]byte) (int, error) {
	time.Sleep(time.Hour)
	return 0, os.ErrDeadlineExceeded
}
