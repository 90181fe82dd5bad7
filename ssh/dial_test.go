package ssh

import (
	"context"
	"errors"
	"io"
	"net"
	"testing"

	"porthole/ssh/sshtest"
	"porthole/ssh/wire"
)

// dialServer forwards every target to what target gives.
func dialServer(t *testing.T, target func() (net.Conn, error)) *sshtest.Server {
	t.Helper()
	return newServer(t, sshtest.Options{
		Passwords: map[string]string{"root": "secret"},
		Direct:    func(string, int) error { return nil },
		Dial:      func(context.Context, string, string) (net.Conn, error) { return target() },
	})
}

func TestDialToAPortWhereNothingListensSaysSo(t *testing.T) {
	server := dialServer(t, func() (net.Conn, error) { return nil, errors.New("Connection refused") })
	client := connected(t, server, passwordConfig(server))
	_, err := client.Dial(testContext(t), "tcp", "localhost:1880")
	wantError(t, err, wire.CodeForwardRefused, "localhost:1880", "Connection refused")
}

// TestCloseEndsReadsAndWritesOfADeviceThatTakesNothing: the channel's own Close would wait
// for a server that cannot pass on what it holds.
func TestCloseEndsReadsAndWritesOfADeviceThatTakesNothing(t *testing.T) {
	server := dialServer(t, func() (net.Conn, error) {
		near, far := sshtest.Pipe()
		t.Cleanup(func() { _ = far.Close() })
		return near, nil
	})
	client := connected(t, server, passwordConfig(server))
	nc, err := client.Dial(testContext(t), "tcp", "localhost:80")
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 2)
	go func() {
		_, err := nc.Read(make([]byte, 1))
		ended <- err
	}()
	blocked := make(chan struct{})
	go func() {
		piece := make([]byte, 1<<20)
		for sent := 0; ; sent++ {
			if sent == 1 {
				close(blocked)
			}
			if _, err := nc.Write(piece); err != nil {
				ended <- err
				return
			}
		}
	}()
	<-blocked
	_ = nc.Close()
	for range 2 {
		select {
		case err := <-ended:
			if !errors.Is(err, net.ErrClosed) {
				t.Errorf("got %v, want net.ErrClosed", err)
			}
		case <-testContext(t).Done():
			t.Fatal("a read or write went on after Close")
		}
	}
}

// TestALostConnectionIsNoEndOfFile: a page whose length is told by its end must not look
// complete when the SSH connection breaks.
func TestALostConnectionIsNoEndOfFile(t *testing.T) {
	far := make(chan net.Conn, 2)
	server := dialServer(t, func() (net.Conn, error) {
		near, device := sshtest.Pipe()
		t.Cleanup(func() { _ = device.Close() })
		far <- device
		return near, nil
	})
	client := connected(t, server, passwordConfig(server))
	ended, err := client.Dial(testContext(t), "tcp", "localhost:80")
	if err != nil {
		t.Fatal(err)
	}
	_ = (<-far).Close()
	if _, err := io.ReadAll(ended); err != nil {
		t.Errorf("got %v at the device's own end", err)
	}
	lost, err := client.Dial(testContext(t), "tcp", "localhost:80")
	if err != nil {
		t.Fatal(err)
	}
	_ = server.Close()
	_, err = io.ReadAll(lost)
	wantError(t, err, wire.CodeLost)
}

func TestMuchDataPassesADialledConnectionBothWays(t *testing.T) {
	server := dialServer(t, func() (net.Conn, error) {
		near, device := sshtest.Pipe()
		go func() {
			_, _ = io.Copy(device, device)
			_ = device.Close()
		}()
		return near, nil
	})
	client := connected(t, server, passwordConfig(server))
	nc, err := client.Dial(testContext(t), "tcp", "localhost:80")
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	const size = 8 << 20
	sent := make([]byte, size)
	for i := range sent {
		sent[i] = byte(i * 7 >> 3)
	}
	go func() { _, _ = nc.Write(sent) }()
	got := make([]byte, size)
	if _, err := io.ReadFull(nc, got); err != nil {
		t.Fatal(err)
	}
	if string(got) != string(sent) {
		t.Error("what came back is not what was sent")
	}
}
