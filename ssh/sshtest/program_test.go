//go:build unix

package sshtest

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	gossh "golang.org/x/crypto/ssh"
)

// programs is a server whose sessions are real programs.
func programs(t *testing.T) *Server {
	t.Helper()
	home := t.TempDir()
	// Read by login shells only, after the system's own profile.
	if err := os.WriteFile(filepath.Join(home, ".profile"), []byte("PS1='ready> '\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	run := Program(ProgramOptions{Dir: home, Env: func(s *Session) []string {
		env := append([]string{"PATH=/usr/bin:/bin", "HOME=" + home}, s.Environ()...)
		if p := s.PTY(); p != nil {
			env = append(env, "TERM="+p.Term)
		}
		return env
	}})
	return start(t, Options{
		Passwords: passwords(), Shell: run, Exec: run,
		AcceptEnv: func(name, _ string) bool { return strings.HasPrefix(name, "LC_") },
	})
}

// terminal starts a shell on a PTY of 80×24.
func terminal(t *testing.T, c *gossh.Client, modes gossh.TerminalModes) (*gossh.Session, io.Writer, *screen) {
	t.Helper()
	s := session(t, c)
	out := newScreen()
	s.Stdout = out
	in, err := s.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.RequestPty("xterm-256color", 24, 80, modes); err != nil {
		t.Fatal(err)
	}
	if err := s.Shell(); err != nil {
		t.Fatal(err)
	}
	return s, in, out
}

func send(t *testing.T, w io.Writer, text string) {
	t.Helper()
	if _, err := io.WriteString(w, text); err != nil {
		t.Fatalf("send %q: %v", text, err)
	}
}

func TestShellHasATerminalThatFollowsItsSize(t *testing.T) {
	s, in, out := terminal(t, mustConnect(t, programs(t)), nil)
	out.await(t, "ready> ")
	send(t, in, "stty size; echo $TERM; tty; echo argv0=$0\r")
	out.await(t, "24 80\r\n")
	out.await(t, "xterm-256color\r\n")
	out.await(t, "/dev/pts/")
	out.await(t, "argv0=-sh\r\n")
	if err := s.WindowChange(50, 500); err != nil {
		t.Fatal(err)
	}
	// The change has no answer: ask until it is there.
	send(t, in, "while [ \"$(stty size)\" != '50 500' ]; do :; done; echo resi''zed\r")
	out.await(t, "resized\r\n")
	send(t, in, "exit 7\r")
	var exit *gossh.ExitError
	if err := s.Wait(); !errors.As(err, &exit) || exit.ExitStatus() != 7 {
		t.Fatalf("got %v, want exit status 7", err)
	}
}

func TestTerminalModesOfTheClientAreSet(t *testing.T) {
	_, in, out := terminal(t, mustConnect(t, programs(t)), gossh.TerminalModes{gossh.ECHO: 0, gossh.VERASE: 8})
	out.await(t, "ready> ")
	send(t, in, "stty -a\r")
	out.await(t, "erase = ^H")
	out.await(t, "-echo ")
}

func TestCtrlCInterruptsWhatRunsInTheForeground(t *testing.T) {
	_, in, out := terminal(t, mustConnect(t, programs(t)), nil)
	out.await(t, "ready> ")
	send(t, in, "yes flood\r")
	out.await(t, "flood\r\nflood\r\n")
	send(t, in, "\x03")
	out.await(t, "ready> ")
	send(t, in, "echo al''ive\r")
	out.await(t, "alive\r\n")
}

func TestSignalsAndExitSignalsArePassedOn(t *testing.T) {
	c := mustConnect(t, programs(t))
	s := session(t, c)
	out := newScreen()
	s.Stdout = out
	if err := s.Start("trap 'echo caught; exit 3' USR1; echo ready; while :; do read x < /dev/zero & wait $!; done"); err != nil {
		t.Fatal(err)
	}
	out.await(t, "ready\n")
	if err := s.Signal(gossh.SIGUSR1); err != nil {
		t.Fatal(err)
	}
	out.await(t, "caught\n")
	var exit *gossh.ExitError
	if err := s.Wait(); !errors.As(err, &exit) || exit.ExitStatus() != 3 {
		t.Fatalf("got %v, want exit status 3", err)
	}

	if err := session(t, c).Run("kill -TERM $$"); !errors.As(err, &exit) || exit.Signal() != "TERM" {
		t.Fatalf("got %v, want signal TERM", err)
	}
}

func TestExecKeepsOutputErrorsInputAndStatusApart(t *testing.T) {
	s := session(t, mustConnect(t, programs(t)))
	var out, errs strings.Builder
	s.Stdin, s.Stdout, s.Stderr = strings.NewReader("input"), &out, &errs
	err := s.Run("cat; echo wrong >&2; exit 42")
	var exit *gossh.ExitError
	if !errors.As(err, &exit) || exit.ExitStatus() != 42 || out.String() != "input" || errs.String() != "wrong\n" {
		t.Fatalf("got %q, %q, %v, want input, wrong, status 42", out.String(), errs.String(), err)
	}
}

func TestEnvironmentIsTheClientsAndNothingOfTheServers(t *testing.T) {
	t.Setenv("SECRET_OF_THE_SERVER", "x")
	s := session(t, mustConnect(t, programs(t)))
	if err := s.Setenv("LC_ALL", "C.UTF-8"); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"LD_PRELOAD", "PATH", ""} {
		if err := s.Setenv(name, "/tmp/evil"); err == nil {
			t.Errorf("the client could set %q", name)
		}
	}
	out, err := s.Output("env")
	if err != nil || !strings.Contains(string(out), "LC_ALL=C.UTF-8\n") {
		t.Errorf("got %q, %v, want LC_ALL in it", out, err)
	}
	if strings.Contains(string(out), "SECRET_OF_THE_SERVER") || strings.Contains(string(out), "evil") {
		t.Errorf("got %q, want neither the server's variables nor refused ones", out)
	}
}

func TestNoByteOfALargeOutputIsLostToASlowClient(t *testing.T) {
	s := session(t, mustConnect(t, programs(t)))
	out, err := s.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	const size = 8 << 20 // several times the SSH window and the pipe
	if err := s.Start(fmt.Sprintf("head -c %d /dev/zero", size)); err != nil {
		t.Fatal(err)
	}
	n, err := io.Copy(io.Discard, out)
	if err != nil || n != size {
		t.Fatalf("got %d bytes, %v, want %d", n, err, size)
	}
}

// What a program has written and ended is still in the pipe while its client does not
// read: for longer than the server waits for an output that has fallen silent.
func TestTheEndOfAnOutputWaitsForItsClient(t *testing.T) {
	s := session(t, mustConnect(t, programs(t)))
	out, err := s.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	const (
		window = 2 << 20         // what x/crypto's client takes unread
		size   = window + 60_000 // fits in a pipe, so that the program can end
	)
	file := filepath.Join(t.TempDir(), "pid")
	if err := s.Start(fmt.Sprintf("echo $$ > %s; exec head -c %d /dev/zero", file, size)); err != nil {
		t.Fatal(err)
	}
	pid := ""
	for deadline := time.Now().Add(10 * time.Second); pid == "" && time.Now().Before(deadline); {
		text, _ := os.ReadFile(file)
		pid = strings.TrimSpace(string(text))
	}
	awaitGone(t, pid)
	<-time.After(3 * drainGrace) // the claim is about this time
	n, err := io.Copy(io.Discard, out)
	if err != nil || n != size {
		t.Errorf("got %d bytes, %v, want %d", n, err, size)
	}
}

func TestASessionLeavesNoProcessBehind(t *testing.T) {
	for _, end := range []string{"client closes", "connection drops", "shell exits"} {
		t.Run(end, func(t *testing.T) {
			server := programs(t)
			c := mustConnect(t, server)
			s, in, out := terminal(t, c, nil)
			pids := filepath.Join(t.TempDir(), "pids")
			// With job control each of them has its own process group.
			send(t, in, "set -m; nohup sleep 1000 >/dev/null 2>&1 & echo $! >> "+pids+"; sh -c 'trap \"\" HUP; sleep 1001' & echo $! >> "+pids+"; echo star''ted\r")
			out.await(t, "started")
			switch end {
			case "client closes":
				_ = s.Close()
			case "connection drops":
				server.DropConnections()
			case "shell exits":
				send(t, in, "exit\r")
			}
			text, err := os.ReadFile(pids)
			if err != nil {
				t.Fatal(err)
			}
			for field := range strings.FieldsSeq(string(text)) {
				awaitGone(t, field)
			}
		})
	}
}

// awaitGone waits until no living process has the id.
func awaitGone(t *testing.T, field string) {
	t.Helper()
	pid, err := strconv.Atoi(field)
	if err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		stat, _ := os.ReadFile("/proc/" + field + "/stat")
		if syscall.Kill(pid, 0) != nil || strings.Contains(string(stat), ") Z ") {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("process %d is still there", pid)
		}
	}
}

func TestShellThatIsNotThereIsReported(t *testing.T) {
	run := Program(ProgramOptions{Shell: "/no/such/shell"})
	c := mustConnect(t, start(t, Options{Passwords: passwords(), Exec: run}))
	s := session(t, c)
	var errs strings.Builder
	s.Stderr = &errs
	var exit *gossh.ExitError
	if err := s.Run("true"); !errors.As(err, &exit) || exit.ExitStatus() != 126 || !strings.Contains(errs.String(), "no such file") {
		t.Fatalf("got %v and %q, want status 126 and why", err, errs.String())
	}
}
