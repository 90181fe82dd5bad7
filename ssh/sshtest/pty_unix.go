//go:build unix

package sshtest

import (
	"fmt"
	"os"
	"syscall"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"
)

// endOfInput is what a terminal takes for the end of input unless told otherwise.
const endOfInput = 0x04

// startPTY starts the program on a new pseudo-terminal of which it is the session leader.
func (p *program) startPTY() (foreground func(syscall.Signal), release func(), err error) {
	master, tty, err := openPTY()
	if err != nil {
		return nil, nil, err
	}
	want := p.session.PTY()
	if err = setSize(master, want.Size); err == nil {
		err = setModes(tty, want.Modes)
	}
	if err == nil {
		p.cmd.Stdin, p.cmd.Stdout, p.cmd.Stderr = tty, tty, tty
		p.cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
		p.cmd.Env = append(p.cmd.Env, "SSH_TTY="+tty.Name())
		if err = p.cmd.Start(); err != nil {
			err = fmt.Errorf("start %s: %w", p.cmd.Path, err)
		}
	}
	_ = tty.Close() // the program has its own
	if err != nil {
		_ = master.Close() // nothing was written to it
		return nil, nil, err
	}
	p.streams = []*drain{startDrain(master, p.session)}
	p.session.work.Go(func() {
		feed(master, p.session)
		_, _ = master.Write([]byte{endOfInput}) // fails when the program has ended
	})
	p.session.work.Go(func() { p.followSize(master) })
	pid := p.cmd.Process.Pid
	return func(sig syscall.Signal) { signalForeground(master, pid, sig) }, func() { _ = master.Close() }, nil
}

// openPTY returns both ends of a new pseudo-terminal. The master is in non-blocking mode,
// so that closing it ends a waiting Read; creack/pty leaves it blocking.
func openPTY() (master, tty *os.File, err error) {
	blocking, tty, err := pty.Open()
	if err != nil {
		return nil, nil, fmt.Errorf("open a terminal: %w", err)
	}
	defer func() { _ = blocking.Close() }() // replaced by its duplicate
	fd, err := unix.FcntlInt(blocking.Fd(), unix.F_DUPFD_CLOEXEC, 0)
	if err == nil {
		err = unix.SetNonblock(fd, true)
	}
	if err != nil {
		_ = tty.Close()
		return nil, nil, fmt.Errorf("open a terminal: %w", err)
	}
	return os.NewFile(uintptr(fd), blocking.Name()), tty, nil
}

// followSize passes the client's changes of size on until the program or session ends.
func (p *program) followSize(master *os.File) {
	for {
		select {
		case size := <-p.session.Resizes():
			_ = setSize(master, size) // the next change may succeed
		case <-p.exited:
			return
		case <-p.session.Context().Done():
			return
		}
	}
}

// control runs f with the file's descriptor, without making the file blocking.
func control(f *os.File, do func(fd int) error) error {
	raw, err := f.SyscallConn()
	if err != nil {
		return fmt.Errorf("reach terminal: %w", err)
	}
	var inner error
	if err := raw.Control(func(fd uintptr) { inner = do(int(fd)) }); err != nil {
		return fmt.Errorf("reach terminal: %w", err)
	}
	return inner
}

func setSize(f *os.File, size Size) error {
	// cells() has bounded both to 16 bits.
	ws := &unix.Winsize{Col: uint16(size.Cols), Row: uint16(size.Rows)}
	return control(f, func(fd int) error {
		if err := unix.IoctlSetWinsize(fd, unix.TIOCSWINSZ, ws); err != nil {
			return fmt.Errorf("set terminal size: %w", err)
		}
		return nil
	})
}

// signalForeground sends a signal to what runs in the terminal's foreground, as typing
// Ctrl-C would, or to the session's leader when that is not known.
func signalForeground(master *os.File, leader int, sig syscall.Signal) {
	group := 0
	_ = control(master, func(fd int) (err error) {
		group, err = unix.IoctlGetInt(fd, unix.TIOCGPGRP)
		return err
	})
	if group <= 1 {
		group = leader
	}
	_ = syscall.Kill(-group, sig) // it may have ended meanwhile
}
