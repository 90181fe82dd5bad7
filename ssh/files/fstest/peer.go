//go:build linux

package fstest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"sync"
	"time"

	"porthole/ssh/files/fsys"
)

// Machine is this machine as a device: what sshd would start runs on pipes, without SSH.
type Machine struct {
	// Shell runs a command that follows it, such as {"/bin/sh", "-c"}; nil: no exec.
	Shell []string
	// SFTP is the command of the subsystem "sftp"; nil: there is none.
	SFTP []string
	// Inside goes before each command: what it runs it somewhere else, such as nsenter.
	Inside []string
	// Env is the whole environment, Dir the directory that relative paths count from.
	Env []string
	Dir string
	// RTT is what the peer says its round trip is.
	RTT time.Duration
	// Opened is called with each channel, which it may wrap.
	Opened func(fsys.Channel) fsys.Channel
}

// Peer is the connection to it.
func (m Machine) Peer() fsys.Peer {
	return fsys.Peer{
		Exec: func(ctx context.Context, command string) (fsys.Channel, error) {
			if m.Shell == nil {
				return nil, errors.New("no exec on this machine")
			}
			return m.start(ctx, append(append([]string{}, m.Shell...), command))
		},
		Subsystem: func(ctx context.Context, name string) (fsys.Channel, error) {
			if name != "sftp" || m.SFTP == nil {
				return nil, fmt.Errorf("no subsystem %q on this machine", name)
			}
			return m.start(ctx, m.SFTP)
		},
		RoundTrip: func() time.Duration { return m.RTT },
		Typed:     func() time.Time { return time.Time{} },
	}
}

func (m Machine) start(ctx context.Context, argv []string) (fsys.Channel, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	argv = append(append([]string{}, m.Inside...), argv...)
	// Like sshd: the end of a channel closes pipes and kills nobody.
	cmd := exec.Command(argv[0], argv[1:]...) //nolint:noctx // ends by its pipes, as with sshd
	cmd.Env, cmd.Dir = m.Env, m.Dir
	c := &process{done: make(chan struct{})}
	var err error
	if c.in, err = cmd.StdinPipe(); err != nil {
		return nil, fmt.Errorf("make pipe: %w", err)
	}
	if c.out, err = cmd.StdoutPipe(); err != nil {
		return nil, fmt.Errorf("make pipe: %w", err)
	}
	if c.err, err = cmd.StderrPipe(); err != nil {
		return nil, fmt.Errorf("make pipe: %w", err)
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", argv[0], err)
	}
	go func() {
		defer close(c.done)
		// Not cmd.Wait, which closes the pipes under whoever still reads.
		state, err := cmd.Process.Wait()
		c.status = -1
		if err == nil {
			c.status = state.ExitCode()
		}
	}()
	if m.Opened != nil {
		return m.Opened(c), nil
	}
	return c, nil
}

// process is a running program as a channel.
type process struct {
	in       io.WriteCloser
	out, err io.ReadCloser
	close    sync.Once
	done     chan struct{} // closed when status is set
	status   int
}

func (c *process) Write(p []byte) (int, error) { return c.in.Write(p) }
func (c *process) CloseWrite() error           { return c.in.Close() }
func (c *process) Stdout() io.Reader           { return c.out }
func (c *process) Stderr() io.Reader           { return c.err }

func (c *process) Wait(ctx context.Context) (int, error) {
	select {
	case <-c.done:
		return c.status, nil
	case <-ctx.Done():
		return -1, ctx.Err()
	}
}

func (c *process) Close() error {
	c.close.Do(func() {
		_ = c.in.Close()
		_ = c.out.Close()
		_ = c.err.Close()
	})
	return nil
}
