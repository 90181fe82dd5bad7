//go:build linux

package sshtest

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/pem"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/creack/pty"
	"golang.org/x/crypto/ssh/knownhosts"

	gossh "golang.org/x/crypto/ssh"
)

// system is a server on a port, and how the machine's own ssh and sftp reach it.
type system struct {
	server *Server
	args   []string // options both take
	port   string
}

func newSystem(t *testing.T) *system {
	t.Helper()
	dir := t.TempDir()
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	block, err := gossh.MarshalPrivateKey(private, "")
	if err != nil {
		t.Fatal(err)
	}
	key, err := gossh.NewPublicKey(public)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "key"), pem.EncodeToMemory(block), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, ".profile"), []byte("PS1='ready> '\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	run := Program(ProgramOptions{Dir: dir, Env: func(s *Session) []string {
		return append([]string{"PATH=/usr/bin:/bin", "HOME=" + dir, "TERM=xterm"}, s.Environ()...)
	}})
	server := start(t, Options{
		Keys: map[string][]gossh.PublicKey{testUser: {key}}, Shell: run, Exec: run,
		Subsystems: map[string]func(*Session){"sftp": SFTP(dir)},
	})
	addr, err := server.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(addr.String())
	known := filepath.Join(dir, "known_hosts")
	line := knownhosts.Line([]string{addr.String()}, server.HostKey())
	if err := os.WriteFile(known, []byte(line+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return &system{server: server, port: port, args: []string{
		"-F", "none", "-i", filepath.Join(dir, "key"), "-o", "IdentitiesOnly=yes", "-o", "BatchMode=yes",
		"-o", "StrictHostKeyChecking=yes", "-o", "UserKnownHostsFile=" + known, "-o", "LogLevel=ERROR",
	}}
}

// ssh is the machine's ssh, called with options and a command.
func (s *system) ssh(t *testing.T, options ...string) *exec.Cmd {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	t.Cleanup(cancel)
	args := append(append([]string{"-p", s.port}, s.args...), options...)
	return exec.CommandContext(ctx, "ssh", args...)
}

func TestSystemSSHRunsCommands(t *testing.T) {
	s := newSystem(t)
	cmd := s.ssh(t, testUser+"@127.0.0.1", "cat; exit 9")
	cmd.Stdin = strings.NewReader("through")
	out, err := cmd.Output()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != 9 || string(out) != "through" {
		t.Errorf("got %q, %v, want what was sent and exit status 9", out, err)
	}
	// ssh has no way to pass a signal on and ends with 255.
	if err := s.ssh(t, testUser+"@127.0.0.1", "kill -KILL $$").Run(); !errors.As(err, &exit) || exit.ExitCode() != 255 {
		t.Errorf("got %v, want exit status 255 for a killed command", err)
	}
}

func TestSystemSSHHasATerminalThatFollowsItsSize(t *testing.T) {
	cmd := newSystem(t).ssh(t, "-tt", testUser+"@127.0.0.1")
	terminal, err := pty.StartWithSize(cmd, &pty.Winsize{Rows: 30, Cols: 100})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = terminal.Close() }()
	out := newScreen()
	read := make(chan struct{})
	go func() {
		defer close(read)
		buf := make([]byte, 4096)
		for {
			n, err := terminal.Read(buf)
			_, _ = out.Write(buf[:n])
			if err != nil {
				return
			}
		}
	}()
	out.await(t, "ready> ")
	send(t, terminal, "stty size\r")
	out.await(t, "30 100\r\n")
	if err := pty.Setsize(terminal, &pty.Winsize{Rows: 7, Cols: 33}); err != nil {
		t.Fatal(err)
	}
	send(t, terminal, "while [ \"$(stty size)\" != '7 33' ]; do :; done; echo resi''zed\r")
	out.await(t, "resized\r\n")
	out.await(t, "ready> ") // or the next line's echo comes before it, and Ctrl-C before the line is read
	send(t, terminal, "echo slee''ping; sleep 1000\r")
	out.await(t, "sleeping\r\n")
	send(t, terminal, "\x03")
	out.await(t, "ready> ")
	send(t, terminal, "exit 5\r")
	var exit *exec.ExitError
	if err := cmd.Wait(); !errors.As(err, &exit) || exit.ExitCode() != 5 {
		t.Errorf("got %v, want exit status 5", err)
	}
	<-read
}

func TestSystemSFTPMovesFiles(t *testing.T) {
	s := newSystem(t)
	dir := t.TempDir()
	want := make([]byte, 3<<20)
	_, _ = rand.Read(want)
	if err := os.WriteFile(filepath.Join(dir, "up"), want, 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, "sftp", append(append([]string{"-P", s.port}, s.args...), "-b", "-", testUser+"@127.0.0.1")...)
	cmd.Stdin = strings.NewReader(fmt.Sprintf("put %s/up remote\nget remote %s/down\nrm remote\n", dir, dir))
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if got, err := os.ReadFile(filepath.Join(dir, "down")); err != nil || !bytes.Equal(got, want) {
		t.Errorf("got %d bytes, %v, want the %d sent", len(got), err, len(want))
	}
}
