package main

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"

	"porthole/ssh/sshtest/realpeer"
)

// typist sits at a terminal in a world of their own.
type typist struct {
	t     *testing.T
	w     *world
	home  string
	known string // the file of known host keys
	env   []string
}

func newTypist(t *testing.T, options realpeer.Options) *typist {
	t.Helper()
	sshd, err := realpeer.Start(context.Background(), realpeer.OpenSSH, options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = sshd.Close() })
	w, err := newWorld(sshd, sshd)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.close)
	home := t.TempDir()
	return &typist{t: t, w: w, home: home, known: filepath.Join(home, "porthole", "known_hosts"), env: []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + home, "XDG_CONFIG_HOME=" + home, "PORTHOLE_KEYRING=off",
		"C8Y_HOST=" + w.server.URL, "C8Y_USER=admin", "C8Y_PASSWORD=pw",
		"C8Y_SETTINGS_REMOTEACCESS_SSHUSER=" + sshd.User, "TERM=xterm",
	}}
}

// set changes the person's environment; without "=" it takes a variable away.
func (p *typist) set(variables ...string) {
	for _, variable := range variables {
		name, _, set := strings.Cut(variable, "=")
		kept := p.env[:0:0]
		for _, old := range p.env {
			if !strings.HasPrefix(old, name+"=") {
				kept = append(kept, old)
			}
		}
		if set {
			kept = append(kept, variable)
		}
		p.env = kept
	}
}

// file writes a private file of the person's.
func (p *typist) file(name string, text []byte) string {
	p.t.Helper()
	path := filepath.Join(p.home, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		p.t.Fatal(err)
	}
	if err := os.WriteFile(path, text, 0o600); err != nil {
		p.t.Fatal(err)
	}
	return path
}

// runs is a command at a terminal.
type runs struct {
	t   *testing.T
	tty *os.File
	cmd *exec.Cmd

	mu     sync.Mutex
	output string
	more   chan struct{} // closed and replaced when output grew
	ended  chan struct{} // closed at the end of output
	seen   int           // what await has been through
}

// types runs a program at a terminal.
func (p *typist) types(program string, args ...string) *runs {
	p.t.Helper()
	cmd := exec.Command(program, args...)
	cmd.Env, cmd.Dir = p.env, p.home
	tty, err := pty.Start(cmd)
	if err != nil {
		p.t.Fatal(err)
	}
	r := &runs{t: p.t, tty: tty, cmd: cmd, more: make(chan struct{}), ended: make(chan struct{})}
	go r.read()
	p.t.Cleanup(func() {
		_ = cmd.Process.Kill() // when the test failed
		_ = tty.Close()
		<-r.ended
	})
	return r
}

func (r *runs) read() {
	defer close(r.ended)
	buf := make([]byte, 4096)
	for {
		n, err := r.tty.Read(buf)
		r.mu.Lock()
		r.output += string(buf[:n])
		close(r.more)
		r.more = make(chan struct{})
		r.mu.Unlock()
		if err != nil { // EIO when the program has ended
			return
		}
	}
}

// await waits for a text behind what was awaited before.
func (r *runs) await(text string) {
	r.t.Helper()
	limit := time.After(patience)
	for {
		r.mu.Lock()
		output, more := r.output, r.more
		r.mu.Unlock()
		if at := strings.Index(output[r.seen:], text); at >= 0 {
			r.seen += at + len(text)
			return
		}
		select {
		case <-more:
		case <-limit:
			r.t.Fatalf("%q did not come; there is %q", text, output)
		case <-r.ended:
			r.mu.Lock()
			output = r.output
			r.mu.Unlock()
			if !strings.Contains(output[r.seen:], text) {
				r.t.Fatalf("%q did not come before the end; there is %q", text, output)
			}
		}
	}
}

// answer waits for a question and answers it, once the program reads the answer with or
// without echo.
func (r *runs) answer(question, text string, echo bool) {
	r.t.Helper()
	r.await(question)
	for until := time.Now().Add(patience); r.echoes() != echo; {
		if time.Now().After(until) {
			r.t.Fatalf("%q: echo is %t", question, !echo)
		}
		time.Sleep(time.Millisecond) // between two looks
	}
	if _, err := r.tty.WriteString(text); err != nil {
		r.t.Fatal(err)
	}
}

// echoes tells whether the terminal shows what is typed.
func (r *runs) echoes() bool {
	r.t.Helper()
	state, err := unix.IoctlGetTermios(int(r.tty.Fd()), unix.TCGETS)
	if err != nil {
		r.t.Fatal(err)
	}
	return state.Lflag&unix.ECHO != 0
}

// end waits for the exit status, and gives all that was shown.
func (r *runs) end(want int) string {
	r.t.Helper()
	select {
	case <-r.ended:
	case <-time.After(patience):
		r.mu.Lock()
		defer r.mu.Unlock()
		r.t.Fatalf("it did not end; there is %q", r.output)
	}
	_ = r.cmd.Wait() // the status tells
	if got := r.cmd.ProcessState.ExitCode(); got != want {
		r.t.Errorf("exit status %d, want %d; there is %q", got, want, r.output)
	}
	return r.output
}

func (p *typist) pinned() string {
	text, err := os.ReadFile(p.known)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		p.t.Fatal(err)
	}
	return string(text)
}

// alone runs a program without a terminal.
func (p *typist) alone(program string, args ...string) (output string, code int) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.t.Context(), 2*patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Env, cmd.Dir = p.env, p.home
	out, err := cmd.CombinedOutput()
	if _, ended := errors.AsType[*exec.ExitError](err); err != nil && !ended {
		p.t.Fatalf("%s: %v", program, err)
	}
	return string(out), cmd.ProcessState.ExitCode()
}
