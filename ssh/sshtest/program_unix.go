//go:build unix

package sshtest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	gossh "golang.org/x/crypto/ssh"
)

// hangupGrace is how long a program may take to end after SIGHUP before SIGKILL.
const hangupGrace = 1 * time.Second

// Program returns a handler, for Shell and Exec alike, that runs a real shell: without a
// command as a login shell, with one as "shell -c command". With a PTY the program gets
// a terminal of its own that follows the client's size; signals, exit status and exit
// signal are passed on.
//
// A session leaves no process behind, not even with nohup: when it ends, every process
// of its terminal or its process group gets SIGHUP and then SIGKILL. The server runs on
// the machine of whoever started it, and must be gone when it is stopped.
func Program(o ProgramOptions) func(*Session) {
	if o.Shell == "" {
		o.Shell = "/bin/sh"
	}
	return func(s *Session) {
		p := &program{session: s, cmd: o.command(s)}
		if err := p.run(); err != nil {
			_, _ = fmt.Fprintf(s.Stderr(), "the shell could not be started: %v\r\n", err)
			s.Exit(126) // "command cannot execute", POSIX shell 2.8.2
		}
	}
}

func (o *ProgramOptions) command(s *Session) *exec.Cmd {
	cmd := &exec.Cmd{Path: o.Shell, Dir: o.Dir, Env: s.Environ()}
	if o.Env != nil {
		cmd.Env = o.Env(s)
	}
	if cmd.Env == nil {
		cmd.Env = []string{} // nil would mean the server's own
	}
	name := filepath.Base(o.Shell)
	if s.Command() == "" {
		cmd.Args = []string{"-" + name} // argv[0] with a dash makes a login shell
	} else {
		cmd.Args = []string{name, "-c", s.Command()}
	}
	return cmd
}

// program is one running shell or command.
type program struct {
	session *Session
	cmd     *exec.Cmd
	exited  chan struct{} // closed when the program has ended, before it is reaped
	streams []*drain      // its outputs
}

// run returns when the program and all its output are done, or with why it did not start.
func (p *program) run() error {
	p.exited = make(chan struct{})
	start := p.startPiped
	if p.session.PTY() != nil {
		start = p.startPTY
	}
	foreground, release, err := start()
	if err != nil {
		return err
	}
	watch, stopWatch := context.WithCancel(context.Background())
	watched := make(chan struct{})
	go func() {
		defer close(watched)
		p.watch(watch, foreground)
	}()
	waitExit(p.cmd.Process.Pid)
	close(p.exited)
	endSession(p.cmd.Process.Pid, hangupGrace)
	for _, d := range p.streams {
		d.finish()
	}
	err = p.cmd.Wait()
	stopWatch()
	<-watched
	for _, d := range p.streams {
		<-d.done
	}
	release()
	p.report(err)
	return nil
}

// watch passes the client's signals on, and ends the program when its session ends.
func (p *program) watch(ctx context.Context, foreground func(syscall.Signal)) {
	for {
		select {
		case name := <-p.session.Signals():
			if sig, known := signalNumbers[name]; known {
				foreground(sig)
			}
		case <-p.session.Context().Done():
			p.hangUp()
			return
		case <-ctx.Done():
			return
		}
	}
}

// hangUp ends a program whose client is gone.
func (p *program) hangUp() {
	killSession(p.cmd.Process.Pid, syscall.SIGHUP)
	timer := time.NewTimer(hangupGrace)
	defer timer.Stop()
	select {
	case <-p.exited:
	case <-timer.C:
		killSession(p.cmd.Process.Pid, syscall.SIGKILL)
	}
}

// report tells the client how the program ended.
func (p *program) report(err error) {
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		p.session.Exit(255) // as ssh reports what is no exit of the program
		return
	}
	state := p.cmd.ProcessState
	status, ok := state.Sys().(syscall.WaitStatus)
	if ok && status.Signaled() {
		p.session.ExitSignal(signalName(status.Signal()), status.CoreDump(), status.Signal().String())
		return
	}
	p.session.Exit(state.ExitCode())
}

// startPiped starts the program on three pipes, in a session of its own.
func (p *program) startPiped() (foreground func(syscall.Signal), release func(), err error) {
	var files closers
	defer func() {
		if err != nil {
			files.close()
		}
	}()
	inRead, inWrite, err := files.pipe()
	if err != nil {
		return nil, nil, err
	}
	outRead, outWrite, err := files.pipe()
	if err != nil {
		return nil, nil, err
	}
	errRead, errWrite, err := files.pipe()
	if err != nil {
		return nil, nil, err
	}
	p.cmd.Stdin, p.cmd.Stdout, p.cmd.Stderr = inRead, outWrite, errWrite
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := p.cmd.Start(); err != nil {
		return nil, nil, fmt.Errorf("start %s: %w", p.cmd.Path, err)
	}
	for _, theirs := range []*os.File{inRead, outWrite, errWrite} {
		_ = theirs.Close() // the program has its own
	}
	p.streams = []*drain{startDrain(outRead, p.session), startDrain(errRead, p.session.Stderr())}
	p.session.work.Go(func() {
		feed(inWrite, p.session)
		_ = inWrite.Close() // the end of the client's input is the end of the program's
	})
	pid := p.cmd.Process.Pid
	return func(sig syscall.Signal) { killSession(pid, sig) }, files.close, nil
}

// closers are files to close together.
type closers []*os.File

func (c *closers) pipe() (r, w *os.File, err error) {
	if r, w, err = os.Pipe(); err != nil {
		return nil, nil, fmt.Errorf("make pipe: %w", err)
	}
	*c = append(*c, r, w)
	return r, w, nil
}

func (c *closers) close() {
	for _, f := range *c {
		_ = f.Close() // some are closed already
	}
}

// signalNumbers are the signals of RFC 4254 §6.10 that a client may send.
var signalNumbers = map[gossh.Signal]syscall.Signal{
	gossh.SIGABRT: syscall.SIGABRT, gossh.SIGALRM: syscall.SIGALRM, gossh.SIGFPE: syscall.SIGFPE,
	gossh.SIGHUP: syscall.SIGHUP, gossh.SIGILL: syscall.SIGILL, gossh.SIGINT: syscall.SIGINT,
	gossh.SIGKILL: syscall.SIGKILL, gossh.SIGPIPE: syscall.SIGPIPE, gossh.SIGQUIT: syscall.SIGQUIT,
	gossh.SIGSEGV: syscall.SIGSEGV, gossh.SIGTERM: syscall.SIGTERM, gossh.SIGUSR1: syscall.SIGUSR1,
	gossh.SIGUSR2: syscall.SIGUSR2,
}

func signalName(sig syscall.Signal) gossh.Signal {
	for name, number := range signalNumbers {
		if number == sig {
			return name
		}
	}
	// RFC 4254 §6.10: names of one's own carry an at sign.
	return gossh.Signal(strings.ReplaceAll(sig.String(), " ", "-") + "@porthole")
}
