package shellfs

import (
	"bytes"
	"context"
	"io"
	"sync"
	"time"

	"porthole/ssh/files/fsys"
	"porthole/ssh/files/posix"
)

const (
	maxStderr = 8 << 10 // how much of the end of standard error is kept, in bytes
	maxExecs  = 4       // of a server's ten sessions (sshd_config(5), MaxSessions)
	// fewExecs is for dropbear, of which 2022.83 now and then fails an assertion, and with it
	// the whole connection, when channels begin and end beside one another.
	fewExecs = 2
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
	over   func()        // gives its turn back
	once   sync.Once
}

// start runs a script. It takes one of a few turns, given back when the process ends.
func (f *files) start(ctx context.Context, script string) (*process, error) {
	return f.startFor(ctx, ctx, script, f.over)
}

// startLong runs a script that lasts as long as a transfer does, until life ends; ctx bounds
// the start. One turn is never taken by such, or no directory could be looked at meanwhile.
func (f *files) startLong(ctx, life context.Context, script string) (*process, error) {
	select {
	case f.long <- struct{}{}:
	case <-ctx.Done():
		return nil, cancelError(ctx)
	case <-f.life.Done():
		return nil, closedError()
	}
	p, err := f.startFor(ctx, life, script, func() {
		<-f.long
		f.over()
	})
	if err != nil {
		<-f.long
	}
	return p, err
}

// startFor waits for a turn, which over gives back.
func (f *files) startFor(ctx, life context.Context, script string, over func()) (*process, error) {
	if err := f.turn(ctx); err != nil {
		return nil, err
	}
	ch, err := f.open(ctx, script)
	if err != nil {
		f.over()
		return nil, f.broken(ctx, err)
	}
	return f.newProcess(life, ch, over), nil
}

// newProcess makes one of a script that was started; over gives back its turn.
func (f *files) newProcess(ctx context.Context, ch *posix.Script, over func()) *process {
	p := &process{f: f, ctx: ctx, ch: ch, said: make(chan struct{}), over: over}
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
	return p
}

// startExtra starts a script that makes something quicker and can be done without; nil
// when the device or we have no session for it.
func (f *files) startExtra(ctx context.Context, script string) *process {
	if f.crowded() {
		return nil
	}
	select {
	case f.extras <- struct{}{}:
	default:
		return nil
	}
	over := func() {
		<-f.extras
		f.work.Done()
	}
	f.work.Add(1) // its caller runs in the background, so there is work
	ch, err := posix.Start(ctx, f.peer, f.mark, script)
	if err != nil {
		if ctx.Err() == nil {
			f.refused.Store(time.Now().UnixNano())
		}
		over()
		return nil
	}
	return f.newProcess(context.WithoutCancel(ctx), ch, over)
}

// crowded tells that the device refused a session lately.
func (f *files) crowded() bool {
	at := f.refused.Load()
	return at != 0 && time.Since(time.Unix(0, at)) < refusedFor
}

// background runs what Close waits for; false when it is too late.
func (f *files) background(do func()) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.life.Err() != nil {
		return false
	}
	f.work.Go(do)
	return true
}

// open starts a script. Nothing has happened on the device when that fails, so it is tried
// again: dropbear now and then closes a channel that was opened while another one closed,
// and a server may have no session left. Then ours that wait, or make something quicker,
// are ended, and those that work are waited for.
func (f *files) open(ctx context.Context, script string) (*posix.Script, error) {
	ch, err := posix.Start(ctx, f.peer, f.mark, script)
	if err == nil || f.tools == nil { // the first of all: there may be no shell
		return ch, err
	}
	f.asking.Add(1)
	defer f.asking.Add(-1)
	wait := 20 * time.Millisecond
	for tries := 1; err != nil; tries++ {
		if tries > 1 {
			f.refused.Store(time.Now().UnixNano())
			f.dropIdle()
		}
		if tries > patience(err) && len(f.turns)+len(f.extras) <= int(f.asking.Load()) { // nobody works
			break
		}
		timer := time.NewTimer(wait)
		wait = min(5*wait, 500*time.Millisecond)
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

// patience is how often a script is tried again when none of ours has a session: a server
// counts one until its program has gone, which on a busy device takes seconds.
func patience(err error) int {
	if fsys.Refused(err) {
		return 12 // five seconds
	}
	return 3
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
			p.over()
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
