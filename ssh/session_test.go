package ssh

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
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
