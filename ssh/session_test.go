package ssh

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	gossh "golang.org/x/crypto/ssh"

	"porthole/ssh/sshtest"
	"porthole/ssh/wire"
)

func shell(t *testing.T, client *Client, options ShellOptions) *Session {
	t.Helper()
	session, err := client.Shell(testContext(t), options)
	if err != nil {
		t.Fatal(err)
	}
	readUntil(t, session.Stdout(), "$ ")
	return session
}

func typeLine(t *testing.T, session *Session, line, want string) {
	t.Helper()
	if _, err := session.WriteContext(testContext(t), []byte(line+"\r")); err != nil {
		t.Fatal(err)
	}
	readUntil(t, session.Stdout(), want)
}

func TestTerminalSizes(t *testing.T) {
	server := passwordServer(t)
	client := connected(t, server, passwordConfig(server))
	for _, test := range []struct {
		cols, rows int
		want       string
	}{
		{1, 1, "1x1"}, {500, 200, "500x200"}, {0, -5, "1x1"}, {1 << 30, 70_000, "65535x65535"},
	} {
		session := shell(t, client, ShellOptions{Cols: test.cols, Rows: test.rows})
		typeLine(t, session, "size", test.want+"\r\n$ ")
		if err := session.Resize(test.rows, test.cols); err != nil {
			t.Fatal(err)
		}
		cols, rows, _ := strings.Cut(test.want, "x")
		typeLine(t, session, "resized", rows+"x"+cols+"\r\n$ ")
		if err := session.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestTerminalModes(t *testing.T) {
	pty := make(chan *sshtest.PTY, 1)
	server := newServer(t, sshtest.Options{
		Passwords: map[string]string{"root": "secret"},
		Shell:     func(s *sshtest.Session) { pty <- s.PTY() },
	})
	client := connected(t, server, passwordConfig(server))
	if _, err := client.Shell(testContext(t), ShellOptions{Cols: 80, Rows: 24}); err != nil {
		t.Fatal(err)
	}
	got := <-pty
	if got.Term != DefaultTerm || got.Modes[gossh.ECHO] != 1 || got.Modes[gossh.TTY_OP_ISPEED] != 38400 || got.Modes[42] != 1 {
		t.Errorf("got %+v", got)
	}
}

// TestShellIsAskedForInOneFlight: the server sees all requests before it answers any.
func TestShellIsAskedForInOneFlight(t *testing.T) {
	config := &gossh.ServerConfig{NoClientAuth: true}
	config.AddHostKey(rsaHostKey(t))
	var got []string
	nc := speak(t, func(device net.Conn) {
		sc, channels, requests, err := gossh.NewServerConn(device, config)
		if err != nil {
			return
		}
		defer func() { _ = sc.Close() }()
		go gossh.DiscardRequests(requests)
		for n := range channels {
			ch, requests, err := n.Accept()
			if err != nil {
				return
			}
			for r := range requests {
				got = append(got, fmt.Sprintf("%s %v", r.Type, r.WantReply))
				if r.Type == "shell" { // only now anything is answered
					_ = r.Reply(true, nil)
					_ = ch.Close()
				}
			}
		}
	})
	client, err := Connect(testContext(t), nc, Config{User: "root", HostKey: trust(rsaHostKey(t).PublicKey()), KeepAlive: -1})
	if err != nil {
		t.Fatal(err)
	}
	session, err := client.Shell(testContext(t), ShellOptions{Env: map[string]string{"LC_ALL": "C", "LANG": "C"}})
	if err != nil {
		t.Fatal(err)
	}
	exit, err := session.Wait(testContext(t))
	if err != nil || exit.Status != nil || exit.Signal != "" || exit.Err != nil {
		t.Errorf("got %+v, %v; want an end without status", exit, err)
	}
	_ = client.Close()
	if want := "[pty-req false env false env false shell true]"; fmt.Sprint(got) != want {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestExitSignalAndSignals(t *testing.T) {
	server := passwordServer(t)
	client := connected(t, server, passwordConfig(server))
	session := shell(t, client, ShellOptions{})
	if _, err := session.Write([]byte("signalled\r")); err != nil {
		t.Fatal(err)
	}
	readUntil(t, session.Stdout(), "signalled\r\n")
	if err := session.Signal("sigUSR1"); err != nil {
		t.Fatal(err)
	}
	readUntil(t, session.Stdout(), "USR1\r\n$ ")
	wantError(t, session.Signal("no such\x00"), wire.CodeInvalid)
	if _, err := session.Write([]byte("kill TERM\r")); err != nil {
		t.Fatal(err)
	}
	if exit, err := session.Wait(testContext(t)); err != nil || exit.Signal != "TERM" || exit.Status != nil || exit.Err != nil {
		t.Errorf("got %+v, %v, want signal TERM", exit, err)
	}
}

func TestStdinEOF(t *testing.T) {
	server := passwordServer(t)
	client := connected(t, server, passwordConfig(server))
	session, err := client.Exec(testContext(t), "cat")
	if err != nil {
		t.Fatal(err)
	}
	text := bytes.Repeat([]byte("0123456789"), 50_000)
	go func() {
		_, _ = session.Write(text)
		_ = session.CloseWrite(t.Context())
	}()
	if got, err := io.ReadAll(session.Stdout()); err != nil || !bytes.Equal(got, text) {
		t.Errorf("got %d bytes, %v, want all %d", len(got), err, len(text))
	}
}

func TestExecOfAnUnknownCommand(t *testing.T) {
	server := passwordServer(t)
	client := connected(t, server, passwordConfig(server))
	session, err := client.Exec(testContext(t), "nonsense")
	if err != nil {
		t.Fatal(err)
	}
	if exit, err := session.Wait(testContext(t)); err != nil || exit.Status == nil || *exit.Status != 127 {
		t.Errorf("got %+v, %v, want status 127", exit, err)
	}
}

func TestServerThatRefusesShellExecAndSubsystem(t *testing.T) {
	server := newServer(t, sshtest.Options{Passwords: map[string]string{"root": "secret"}})
	client := connected(t, server, passwordConfig(server))
	_, err := client.Exec(testContext(t), "ls")
	wantError(t, err, wire.CodeShellRefused, "refused to run the command")
	_, err = client.Subsystem(testContext(t), "sftp")
	wantError(t, err, wire.CodeShellRefused, `no "sftp" subsystem`)
	_, err = client.Dial(testContext(t), "tcp", "127.0.0.1:80")
	wantError(t, err, wire.CodeForwardForbidden, "AllowTcpForwarding", "straight at the port")
	for _, addr := range []string{"nonsense", "host:notaport", "host:70000", "host"} {
		_, err = client.Dial(testContext(t), "tcp", addr)
		wantError(t, err, wire.CodeInvalid)
	}
	_, err = client.Dial(testContext(t), "udp", "host:1")
	wantError(t, err, wire.CodeInvalid)
	_, err = client.Shell(testContext(t), ShellOptions{Env: map[string]string{"A=B": ""}})
	wantError(t, err, wire.CodeInvalid)
	shell(t, client, ShellOptions{}) // the connection is as good as before
}

func TestSubsystemAndDial(t *testing.T) {
	echo := func(c io.ReadWriteCloser) {
		_, _ = io.Copy(c, c)
		_ = c.Close()
	}
	server := newServer(t, sshtest.Options{
		Passwords:  map[string]string{"root": "secret"},
		Subsystems: map[string]func(*sshtest.Session){"echo": func(s *sshtest.Session) { echo(s) }},
		Direct:     func(string, int) error { return nil },
		Dial: func(_ context.Context, network, address string) (net.Conn, error) {
			near, far := sshtest.Pipe()
			go func() {
				_, _ = io.WriteString(far, network+" "+address+"\n")
				_ = far.Close()
			}()
			return near, nil
		},
	})
	client := connected(t, server, passwordConfig(server))
	stream, err := client.Subsystem(testContext(t), "echo")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(stream, "hello"); err != nil {
		t.Fatal(err)
	}
	readUntil(t, stream.Stdout(), "hello")
	if err := stream.CloseWrite(testContext(t)); err != nil {
		t.Fatal(err)
	}
	if rest, err := io.ReadAll(stream.Stdout()); err != nil || len(rest) != 0 {
		t.Errorf("after the end of its input: %q, %v", rest, err)
	}
	if exit, err := stream.Wait(testContext(t)); err != nil || exit.Err != nil {
		t.Errorf("it ended with %+v, %v", exit, err)
	}
	nc, err := client.Dial(testContext(t), "tcp", "localhost:8080")
	if err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(nc); err != nil || string(got) != "tcp localhost:8080\n" {
		t.Errorf("got %q, %v", got, err)
	}
	if nc.RemoteAddr().String() != "localhost:8080" || nc.SetDeadline(time.Now()) == nil {
		t.Errorf("got address %v, or a deadline", nc.RemoteAddr())
	}
	_ = nc.Close()
}

// What moves much gives way to a person who types, and to nothing else.
func TestTypedIsTheLastInputOfAShell(t *testing.T) {
	server := passwordServer(t)
	client := connected(t, server, passwordConfig(server))
	command, err := client.Exec(testContext(t), "cat")
	if err != nil {
		t.Fatal(err)
	}
	session := shell(t, client, ShellOptions{})
	if _, err := command.Write([]byte("x")); err != nil {
		t.Fatal(err)
	}
	if typed := client.Typed(); !typed.IsZero() {
		t.Errorf("a command's input counts as typed at %v", typed)
	}
	before := time.Now()
	if _, err := session.Write([]byte("x")); err != nil {
		t.Fatal(err)
	}
	first := client.Typed()
	if first.Before(before) || first.After(time.Now()) {
		t.Errorf("typed at %v, want after %v", first, before)
	}
	for !client.Typed().After(first) {
		if _, err := session.Write([]byte("y")); err != nil || time.Since(before) > patience {
			t.Fatalf("typing again is not noticed: %v", err)
		}
	}
}

func TestSeveralSessionsAtOnce(t *testing.T) {
	server := passwordServer(t)
	client := connected(t, server, passwordConfig(server))
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			session, err := client.Exec(testContext(t), fmt.Sprintf("bytes %d", 100_000+i))
			if err != nil {
				t.Error(err)
				return
			}
			if n, err := io.Copy(io.Discard, session.Stdout()); n != int64(100_000+i) || err != nil {
				t.Errorf("session %d: got %d bytes, %v", i, n, err)
			}
		})
	}
	wg.Wait()
}

// TestReadsCoalesce: when data is there, a read takes much of it.
func TestReadsCoalesce(t *testing.T) {
	const total = 4 << 20
	server := passwordServer(t)
	client := connected(t, server, passwordConfig(server))
	session, err := client.Exec(testContext(t), fmt.Sprintf("bytes %d", total))
	if err != nil {
		t.Fatal(err)
	}
	full, n, buf := 0, 0, make([]byte, 32<<10)
	deadline := time.Now().Add(patience)
	for client.Stats().BytesIn < 2<<20-64<<10 && time.Now().Before(deadline) {
		runtime.Gosched() // until the window is used up: nobody reads
	}
	for {
		m, err := session.Stdout().Read(buf)
		if n += m; m == len(buf) {
			full++
		}
		if err != nil {
			break
		}
	}
	if n != total || full < (1<<20)/len(buf) {
		t.Errorf("got %d bytes with %d full reads", n, full)
	}
}

// TestFloodIsBoundedAndEndsWithCtrlC: a reader that stops slows the device; Ctrl-C gets
// through at once.
func TestFloodIsBoundedAndEndsWithCtrlC(t *testing.T) {
	server := passwordServer(t)
	client := connected(t, server, passwordConfig(server))
	session := shell(t, client, ShellOptions{})
	if _, err := session.Write([]byte("flood\r")); err != nil {
		t.Fatal(err)
	}
	last, still := int64(0), 0
	for still < 20 { // until nothing more comes for a while
		time.Sleep(10 * time.Millisecond)
		if now := client.Stats().BytesIn; now == last && now > 1<<20 {
			still++
		} else {
			last, still = now, 0
		}
	}
	if last > 3<<20 {
		t.Errorf("%d bytes came although nobody read", last)
	}
	begin := time.Now()
	if _, err := session.Write([]byte{3}); err != nil {
		t.Fatal(err)
	}
	readUntil(t, session.Stdout(), "^C")
	if took := time.Since(begin); took > 5*time.Second {
		t.Errorf("Ctrl-C took %v", took)
	}
}

func TestFiveMegabytePaste(t *testing.T) {
	server := passwordServer(t)
	client := connected(t, server, passwordConfig(server))
	session, err := client.Exec(testContext(t), "cat")
	if err != nil {
		t.Fatal(err)
	}
	paste := bytes.Repeat([]byte("pasted text, grüße\n"), 5<<20/20)
	go func() {
		if n, err := session.Write(paste); n != len(paste) || err != nil {
			t.Errorf("wrote %d, %v", n, err)
		}
		_ = session.CloseWrite(t.Context())
	}()
	if got, err := io.ReadAll(session.Stdout()); err != nil || !bytes.Equal(got, paste) {
		t.Errorf("got %d bytes back, %v, want %d", len(got), err, len(paste))
	}
}

// stuck serves shells that never read.
func stuck(t *testing.T) *sshtest.Server {
	t.Helper()
	return newServer(t, sshtest.Options{
		Passwords: map[string]string{"root": "secret"},
		Shell:     func(s *sshtest.Session) { <-s.Context().Done() },
	})
}

func TestWriteToAProgramThatDoesNotRead(t *testing.T) {
	server := stuck(t)
	client := connected(t, server, passwordConfig(server))
	much := make([]byte, 8<<20)
	t.Run("gives up with its context", func(t *testing.T) {
		session, err := client.Shell(testContext(t), ShellOptions{})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		n, err := session.WriteContext(ctx, much)
		wantError(t, err, wire.CodeDeviceTimeout)
		if n > 3<<20 {
			t.Errorf("the window took %d bytes", n)
		}
		ctx2, cancel2 := context.WithCancel(t.Context())
		cancel2()
		_, err = session.WriteContext(ctx2, []byte("x"))
		wantError(t, err, wire.CodeCancelled)
		_ = session.Close()
	})
	t.Run("gives up with the session", func(t *testing.T) {
		session, err := client.Shell(testContext(t), ShellOptions{})
		if err != nil {
			t.Fatal(err)
		}
		time.AfterFunc(50*time.Millisecond, func() { _ = session.Close() })
		_, err = session.Write(much)
		wantError(t, err, wire.CodeClosed)
	})
	t.Run("gives up with the connection", func(t *testing.T) {
		session, err := client.Shell(testContext(t), ShellOptions{})
		if err != nil {
			t.Fatal(err)
		}
		time.AfterFunc(50*time.Millisecond, server.DropConnections)
		_, err = session.Write(much)
		wantError(t, err, wire.CodeLost)
	})
}

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
