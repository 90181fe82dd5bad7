package ssh

import (
	"context"
	"errors"
	"net"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	gossh "golang.org/x/crypto/ssh"

	"porthole/ssh/sshtest"
	"porthole/ssh/wire"
)

// TestServerThatNeverOpensTheSession: the call ends with its context, the connection
// with Close.
func TestServerThatNeverOpensTheSession(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		nc := speak(t, func(device net.Conn) {
			sc, channels, requests, err := gossh.NewServerConn(device, openServerConfig(t))
			if err != nil {
				return
			}
			go gossh.DiscardRequests(requests)
			_ = sc.Wait()
			for range channels { // never answered
			}
		})
		client, err := Connect(t.Context(), nc, Config{User: "root", HostKey: anyKey, KeepAlive: -1})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		_, err = client.Shell(ctx, ShellOptions{})
		wantError(t, err, wire.CodeDeviceTimeout)
		_ = client.Close()
	})
}

// anyKey trusts whoever answers; for servers whose key a test does not know.
func anyKey(context.Context, gossh.PublicKey) error { return nil }

// openServerConfig lets everybody in.
func openServerConfig(t *testing.T) *gossh.ServerConfig {
	t.Helper()
	config := &gossh.ServerConfig{NoClientAuth: true}
	signer, err := sshtest.NewHostKey()
	if err != nil {
		t.Fatal(err)
	}
	config.AddHostKey(signer)
	return config
}

// TestServerThatNeverClosesTheSession: Close and Wait end all the same.
func TestServerThatNeverClosesTheSession(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		nc := speak(t, func(device net.Conn) {
			sc, channels, requests, err := gossh.NewServerConn(device, openServerConfig(t))
			if err != nil {
				return
			}
			go gossh.DiscardRequests(requests)
			for n := range channels {
				_, requests, err := n.Accept()
				if err != nil {
					return
				}
				go func() {
					for r := range requests {
						_ = r.Reply(true, nil)
						if r.Type == "shell" {
							_ = sc.Wait() // reads no further: no close is answered
						}
					}
				}()
			}
		})
		client, err := Connect(t.Context(), nc, Config{User: "root", HostKey: anyKey, KeepAlive: -1})
		if err != nil {
			t.Fatal(err)
		}
		session, err := client.Shell(t.Context(), ShellOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if err := session.Close(); err != nil {
			t.Fatal(err)
		}
		exit, err := session.Wait(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		wantError(t, exit.Err, wire.CodeClosed)
		_ = client.Close()
	})
}

// halfConn fails to write after a while, and stays silent.
type halfConn struct {
	net.Conn
	broken atomic.Bool
}

func (c *halfConn) Write(p []byte) (int, error) {
	if c.broken.Load() {
		return 0, errors.New("broken pipe")
	}
	return c.Conn.Write(p)
}

// TestConnThatCannotBeWritten: a failed write ends the connection although nothing ends
// the reading.
func TestConnThatCannotBeWritten(t *testing.T) {
	server := passwordServer(t)
	nc := &halfConn{Conn: serve(t, server)}
	client, err := Connect(testContext(t), nc, passwordConfig(server))
	if err != nil {
		t.Fatal(err)
	}
	session := shell(t, client, ShellOptions{})
	nc.broken.Store(true)
	_, _ = session.Write([]byte("x")) // x/crypto tells of it at the next write only
	<-client.Closed()
	wantError(t, client.Err(), wire.CodeLost)
	_, err = session.Write([]byte("x"))
	wantError(t, err, wire.CodeLost)
	_ = client.Close()
}
