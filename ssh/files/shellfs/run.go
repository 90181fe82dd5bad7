package shellfs

import (
	"bytes"
	"context"
	"io"
	"sync"
	"time"

	"porthole/ssh/files/posix"
)

const (
	maxStderr = 8 << 10 // how much of the end of standard error is kept, in bytes
	maxExecs  = 4       // of a server's ten sessions (sshd_config(5), MaxSessions)
)

// process is a script that runs on the device. Whoever starts one ends it with finish or
// abandon.
type process struct {
	f      *files
	ctx    context.Context //nolint:containedctx // of this one run
	ch     *posix.Script
	stderr tailBuffer
	said   chan struct{} // closed when standard error ended
	stop   func() bool   // ends the watch of ctx
	once   sync.Once
}

// start runs a script. It takes one of a few turns, given back when the process ends.
func (f *files) start(ctx context.Context, script string) (*process, error) {
	if err := f.turn(ctx); err != nil {
		return nil, err
	}
	ch, err := f.open(ctx, script)
	if err != nil {
		f.over()
		return nil, f.broken(ctx, err)
	}
	p := &process{f: f, ctx: ctx, ch: ch, said: make(chan struct{})}
	end, cancel := context.WithCancel(ctx)
	unwatch := context.AfterFunc(f.life, cancel)
	unlisten := context.AfterFunc(end, func() { _ = ch.Close() })
	p.stop = func() bool {
		unwatch()
		listened := unlisten()
		cancel()
		return listened
	}
	go func() {
		_, _ = io.Copy(&p.stderr, ch.Stderr())
		close(p.said)
	}()
	return p, nil
}

// open starts a script. Nothing has happened on the device when that fails, so it is tried
// again: a server may have no session left for a moment, and dropbear now and then closes
// a channel that was opened while another one closed.
func (f *files) open(ctx context.Context, script string) (*posix.Script, error) {
	ch, err := posix.Start(ctx, f.peer, f.mark, script)
	for _, wait := range []time.Duration{20 * time.Millisecond, 100 * time.Millisecond, 500 * time.Millisecond} {
		if err == nil || f.tools == nil {
			break // or it is the first: there may be no shell at all
		}
		timer := time.NewTimer(wait)
		select {
		case <-timer.C:
			ch, err = posix.Start(ctx, f.peer, f.mark, script)
		case <-ctx.Done():
			timer.Stop()
			return nil, err
		case <-f.life.Done():
			timer.Stop()
			return nil, err
		}
	}
	return ch, err
}

// turn waits until another exec may run; over gives the turn back.
func (f *files) turn(ctx context.Context) error {
	if f.life.Err() != nil {
		return closedError()
	}
	select {
	case f.turns <- struct{}{}:
	case <-ctx.Done():
		return cancelError(ctx)
	case <-f.life.Done():
		return closedError()
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.life.Err() != nil {
		<-f.turns
		return closedError()
	}
	f.work.Add(1)
	return nil
}

func (f *files) over() {
	<-f.turns
	f.work.Done()
}

// Read gives the script's output.
func (p *process) Read(b []byte) (int, error) { return p.ch.Read(b) }

// finish waits for the end and tells how it ended; what is still in standard output is
// dropped.
func (p *process) finish() (status int, stderr string, err error) {
	_, _ = io.Copy(io.Discard, p)
	status, err = p.ch.Wait(p.ctx)
	if err == nil {
		select {
		case <-p.said:
		case <-p.ctx.Done():
		}
	}
	p.abandon()
	switch {
	case p.ctx.Err() != nil:
		return -1, "", cancelError(p.ctx)
	case p.f.life.Err() != nil:
		return -1, "", closedError()
	case err != nil:
		return -1, "", p.f.broken(p.ctx, err)
	}
	return status, p.ch.AfterMark(p.stderr.bytes()), nil
}

// abandon ends the process without waiting for it: a server may take its time to close a
// channel, and the turn is taken until then.
func (p *process) abandon() {
	p.once.Do(func() {
		p.stop()
		go func() {
			_ = p.ch.Close() // ends the goroutine of standard error, if late
			p.f.over()
		}()
	})
}

// broken explains an exec that did not run to its end.
func (f *files) broken(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return cancelError(ctx)
	}
	if f.life.Err() != nil {
		return closedError()
	}
	return lostError(err)
}

// tailBuffer keeps the end of what is written to it.
type tailBuffer struct {
	mu  sync.Mutex
	buf []byte // guarded by mu
}

func (b *tailBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.buf = append(b.buf, p[max(0, len(p)-maxStderr):]...)
	if extra := len(b.buf) - maxStderr; extra > 0 {
		b.buf = append(b.buf[:0], b.buf[extra:]...)
	}
	return len(p), nil
}

func (b *tailBuffer) bytes() []byte {
	b.mu.Lock()
	defer b.mu.Unlock()
	return bytes.Clone(b.buf)
}
