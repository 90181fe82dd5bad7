//go:build js

package bridge

import (
	"context"
	"io"
	"sync"
	"syscall/js"

	"porthole/ssh"
	"porthole/wasm/jsval"
)

// maxInput is how much input may wait for the SSH window, in bytes: far more than
// anybody pastes, and less than a browser tab has.
const maxInput = 64 << 20

// maxControls is how many resizes and signals may wait.
const maxControls = 10_000

// remote is what a session of JavaScript stands for: an ssh.Session, or what looks like one.
type remote interface {
	WriteContext(ctx context.Context, p []byte) (int, error)
	Resize(cols, rows int) error
	Signal(name string) error
	Stdout() io.Reader
	Stderr() io.Reader
	Done() <-chan struct{}
	Wait(ctx context.Context) (ssh.Exit, error)
	Close() error
}

var _ remote = (*ssh.Session)(nil)

// session is GoSession of bridge.d.ts.
type session struct {
	warn   warnFunc
	ssh    remote
	object *object
	closed *jsval.Promise

	input    *queue // what is typed and pasted
	controls *queue // resizes and signals: they must not wait behind a paste

	life context.Context // ends when the session is closed or has ended
	end  context.CancelCauseFunc

	mu      sync.Mutex
	failure error // guarded by mu; why it ended, when that was our side's failure
}

// newSession starts moving bytes of s to sink and returns the session for JavaScript.
// What comes on standard error goes to the stream stderr, 0 or 1.
func newSession(parent context.Context, warn warnFunc, s remote, sink sink, stderr int) *session {
	g := &session{
		warn: warn, ssh: s, object: newObject(), closed: jsval.NewPromise(),
		input: newQueue(maxInput), controls: newQueue(maxControls),
	}
	g.life, g.end = context.WithCancelCause(parent)
	g.object.method("write", 1, g.write)
	g.object.method("resize", 2, g.resize)
	g.object.method("signal", 1, g.signal)
	g.object.closer("close", g.close)
	g.object.set("closed", g.closed.Value)
	g.object.freeze()
	go g.run(sink, stderr)
	return g
}

// run moves bytes until the session ended, then says how.
func (g *session) run(sink sink, stderr int) {
	var queues, pumps sync.WaitGroup
	queues.Go(func() { g.input.run(g.life) })
	queues.Go(func() { g.controls.run(g.life) })
	deliver := func(stream int) *pump {
		return newPump(func(ctx context.Context, chunk []byte) error { return sink.write(ctx, chunk, stream) })
	}
	pumps.Go(func() { g.pump(deliver(0), g.ssh.Stdout()) })
	pumps.Go(func() { g.pump(deliver(stderr), g.ssh.Stderr()) })
	pumps.Wait() // the end is told after the last byte of output
	select {
	case <-g.ssh.Done():
	case <-g.life.Done():
		_ = g.ssh.Close() // waits a few seconds for the server's side at most
	}
	exit := g.exit()
	g.end(errClosed)
	queues.Wait()
	_ = g.ssh.Close()
	g.object.release()
	g.closed.Resolve(g.sessionEnd(exit))
}

// pump moves one stream; a sink that fails ends the session.
func (g *session) pump(p *pump, r io.Reader) {
	err := p.run(g.life, r)
	if err == nil {
		return
	}
	g.mu.Lock()
	if g.failure == nil {
		g.failure = err
	}
	g.mu.Unlock()
	g.end(err)
}

// exit is how the session ended; a server that never closed its half said nothing.
func (g *session) exit() ssh.Exit {
	select {
	case <-g.ssh.Done():
		exit, err := g.ssh.Wait(context.Background())
		if err != nil {
			exit.Err = err
		}
		return exit
	default:
		return ssh.Exit{Err: errClosed}
	}
}

// sessionEnd makes the SessionEnd of bridge.d.ts.
func (g *session) sessionEnd(exit ssh.Exit) map[string]any {
	g.mu.Lock()
	err := g.failure
	g.mu.Unlock()
	if err == nil {
		err = exit.Err
	}
	end := map[string]any{"exitStatus": nil, "exitSignal": exit.Signal}
	if exit.Status != nil {
		end["exitStatus"] = *exit.Status
	}
	if err != nil && exit.Status == nil && exit.Signal == "" {
		e := explain(g.warn, err)
		end["error"] = map[string]any{"code": string(e.code), "message": e.message}
	}
	return end
}

func (g *session) write(args []js.Value) any {
	data, ok := jsval.GoBytes(args[0])
	if !ok {
		return rejected(invalid("Input must be bytes."))
	}
	return g.enqueue(g.input, int64(len(data)), func(ctx context.Context) error {
		_, err := g.ssh.WriteContext(ctx, data)
		return err
	})
}

func (g *session) resize(args []js.Value) any {
	if !isInt(args[0], 0, maxTerminal) || !isInt(args[1], 0, maxTerminal) {
		return rejected(invalid("A terminal's size must be two whole numbers."))
	}
	cols, rows := args[0].Int(), args[1].Int()
	return g.enqueue(g.controls, 1, func(context.Context) error { return g.ssh.Resize(cols, rows) })
}

func (g *session) signal(args []js.Value) any {
	name, ok := jsval.String(args[0])
	if !ok {
		return rejected(invalid("A signal is named by a text such as INT."))
	}
	return g.enqueue(g.controls, 1, func(context.Context) error { return g.ssh.Signal(name) })
}

// enqueue puts work in a queue and returns a promise of its end.
func (g *session) enqueue(q *queue, size int64, work func(ctx context.Context) error) js.Value {
	p := jsval.NewPromise()
	q.put(job{size: size, run: work, done: func(err error) {
		if err != nil {
			p.Reject(jsError(g.warn, err))
			return
		}
		p.Resolve(js.Undefined())
	}})
	return p.Value
}

func (g *session) close([]js.Value) any {
	g.end(errClosed)
	return promise(g.warn, func() (any, error) {
		_ = g.ssh.Close() // nothing a caller could do about the server's side
		// The promise itself is waited for, so that what follows close sees the end.
		_, err := jsval.Await(context.Background(), g.closed.Value)
		return js.Undefined(), err
	})
}
