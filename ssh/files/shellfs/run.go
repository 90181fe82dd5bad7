package shellfs

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"sync"

	"porthole/ssh/files/fsys"
)

// bootstrap is the command of every exec. read takes standard input byte by byte, so what
// follows the script's line is left for the script.
const bootstrap = `exec sh -c 'LC_ALL=C; export LC_ALL; IFS= read -r s; eval "$s"'`

// preamble goes before every script: tools from where they usually are when PATH leads to
// none, times in UTC, names as they are.
const preamble = `command -v cat >/dev/null || PATH=$PATH:/usr/bin:/bin; TZ=UTC0; QUOTING_STYLE=literal; export PATH TZ QUOTING_STYLE; `

const (
	maxNoise  = 256 << 10 // what start-up files of a login shell may print, in bytes
	maxStderr = 8 << 10   // how much of the end of standard error is kept, in bytes
	maxAnswer = 1 << 20   // output of a script that answers once, in bytes
	maxExecs  = 4         // of a server's ten sessions (sshd_config(5), MaxSessions)
)

// process is a script that runs on the device. Whoever starts one ends it with finish or
// abandon.
type process struct {
	f      *files
	ctx    context.Context //nolint:containedctx // of this one run
	ch     fsys.Channel
	out    *bufio.Reader
	ready  bool // the mark was read
	stderr tailBuffer
	errors sync.WaitGroup
	stop   func() bool // ends the watch of ctx
	once   sync.Once
}

// start runs a script. It takes one of a few turns, given back when the process ends.
func (f *files) start(ctx context.Context, script string) (*process, error) {
	if err := f.turn(ctx); err != nil {
		return nil, err
	}
	ch, err := f.peer.Exec(ctx, bootstrap)
	if err != nil {
		<-f.turns
		return nil, f.broken(ctx, err)
	}
	p := &process{f: f, ctx: ctx, ch: ch, out: bufio.NewReaderSize(ch.Stdout(), 64<<10)}
	end, cancel := context.WithCancel(ctx)
	unwatch := context.AfterFunc(f.life, cancel)
	unlisten := context.AfterFunc(end, func() { _ = ch.Close() })
	p.stop = func() bool {
		unwatch()
		listened := unlisten()
		cancel()
		return listened
	}
	p.errors.Go(func() { _, _ = io.Copy(&p.stderr, ch.Stderr()) })
	f.work.Add(1)

	line := "echo " + f.mark + "; echo " + f.mark + " >&2; " + preamble
	if bytes.Contains([]byte(script), []byte(newline)) {
		line += setNewline
	}
	if _, err := ch.Write([]byte(line + script + "\n")); err != nil {
		p.abandon()
		return nil, f.broken(ctx, err)
	}
	return p, nil
}

// turn waits until another exec may run.
func (f *files) turn(ctx context.Context) error {
	if f.life.Err() != nil {
		return closedError()
	}
	select {
	case f.turns <- struct{}{}:
		return nil
	case <-ctx.Done():
		return cancelError(ctx)
	case <-f.life.Done():
		return closedError()
	}
}

// Read gives the script's output, from behind the mark.
func (p *process) Read(b []byte) (int, error) {
	if err := p.skipNoise(); err != nil {
		return 0, err
	}
	return p.out.Read(b)
}

// skipNoise reads up to the mark.
func (p *process) skipNoise() error {
	for seen := 0; !p.ready; {
		line, err := p.out.ReadSlice('\n')
		if bytes.HasSuffix(line, []byte(p.f.mark+"\n")) {
			p.ready = true
			return nil
		}
		seen += len(line)
		if err != nil && err != bufio.ErrBufferFull { //nolint:errorlint // bufio returns it bare
			return err
		}
		if seen > maxNoise {
			return errNoise
		}
	}
	return nil
}

// finish waits for the end and tells how it ended; what is still in standard output is
// dropped.
func (p *process) finish() (status int, stderr string, err error) {
	_, _ = io.Copy(io.Discard, p)
	status, err = p.ch.Wait(p.ctx)
	if err == nil {
		p.errors.Wait()
	}
	p.abandon()
	_, after, found := bytes.Cut(p.stderr.bytes(), []byte(p.f.mark+"\n"))
	if !found {
		after = p.stderr.bytes()
	}
	switch {
	case p.ctx.Err() != nil:
		return -1, "", cancelError(p.ctx)
	case p.f.life.Err() != nil:
		return -1, "", closedError()
	case err != nil:
		return -1, "", p.f.broken(p.ctx, err)
	}
	return status, string(after), nil
}

// abandon ends the process without waiting for it.
func (p *process) abandon() {
	p.once.Do(func() {
		p.stop()
		_ = p.ch.Close()
		p.errors.Wait()
		<-p.f.turns
		p.f.work.Done()
	})
}

// run runs a script without input and returns what it printed.
func (f *files) run(ctx context.Context, o operation, script string) ([]byte, error) {
	p, err := f.start(ctx, script)
	if err != nil {
		return nil, err
	}
	_ = p.ch.CloseWrite() // a failure shows as a missing exit status
	answer, readErr := io.ReadAll(io.LimitReader(p, maxAnswer))
	status, stderr, err := p.finish()
	if err != nil {
		return nil, err
	}
	if status != 0 {
		return answer, o.failure(status, stderr)
	}
	if readErr != nil {
		return nil, f.broken(ctx, readErr)
	}
	return answer, nil
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

var errNoise = fmt.Errorf("the device's shell printed something else for %d bytes", maxNoise)
