package proxy

import (
	"context"
	"errors"
	"io"
	"net"
	"testing"
)

// ending is a tunnel that ends at once and tells of it.
type ending struct {
	net.Conn
	ended chan struct{}
}

func (e ending) Read([]byte) (int, error) {
	close(e.ended)
	return 0, io.EOF
}

func TestAReasonThatComesAfterTheEndIsStillTold(t *testing.T) {
	near, far := net.Pipe()
	defer func() { _ = far.Close() }()
	reason := errors.New("no such port")
	ended := make(chan struct{})
	conn := Watched(Tunnel{Conn: ending{near, ended}, Await: func(ctx context.Context) error {
		select {
		case <-ended:
			return reason
		case <-ctx.Done():
			return nil
		}
	}})
	if _, err := conn.Read(make([]byte, 1)); !errors.Is(err, reason) {
		t.Errorf("got %v, want the reason", err)
	}
	_ = conn.Close()
}
