package shellfs

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strconv"
	"sync"
	"time"

	"porthole/ssh/files/posix"
)

const (
	maxAnswer = 1 << 20 // output of one script, in bytes
	maxIdle   = 2       // workers kept: sessions are few, and terminals want some
	idleLimit = time.Minute
	// leaveLimit is how long a shell may take to end by itself.
	leaveLimit = 5 * time.Second
)

// worker is a shell that runs one script after another: an exec of its own for each would
// be two more round trips and several more processes on the device.
type worker struct {
	ch    *posix.Script
	buf   []byte // what was read, without what was returned
	since time.Time
	ended chan struct{} // closed when the device ended it
	once  sync.Once
}

// lives tells whether a worker that waited can be used.
func (w *worker) lives() bool {
	select {
	case <-w.ended:
		return false
	default:
		return time.Since(w.since) < idleLimit
	}
}

// workerScript runs each line of standard input. Its standard error comes behind its
// status: there is no telling what of another stream belongs to it.
func (f *files) workerScript() string {
	return `: "$n"; exec 3>&1; while IFS= read -r s; do e=$( { eval "$s"; } 2>&1 >&3 3>&- </dev/null ); ` +
		`printf "` + f.mark + `=%s %s` + f.mark + `=\n" $? "$e"; done`
}

// run runs a script without input and returns what it printed.
func (f *files) run(ctx context.Context, o operation, script string) ([]byte, error) {
	if err := f.turn(ctx); err != nil {
		return nil, err
	}
	defer f.over()
	w, err := f.takeWorker(ctx)
	for err == nil && w.send(script) != nil { // it ended while it waited, and ran nothing
		f.endWorker(w)
		if err = f.life.Err(); err == nil && w.fresh() {
			err = posix.ErrNoShell
		}
		if err == nil {
			w, err = f.takeWorker(ctx)
		}
	}
	if err != nil {
		return nil, f.broken(ctx, err)
	}
	began := time.Now()
	unwatch, unlisten := context.AfterFunc(ctx, w.close), context.AfterFunc(f.life, w.close)
	answer, status, stderr, err := w.answer(f.mark)
	unlisten()
	if !unwatch() || err != nil {
		f.endWorker(w)
		if err == nil {
			err = context.Cause(ctx)
		}
		return nil, f.broken(ctx, err)
	}
	f.latency.Note(time.Since(began))
	f.keepWorker(w)
	if status != 0 {
		return answer, o.failure(status, stderr)
	}
	return answer, nil
}

// takeWorker gives one that waits, or a new one.
func (f *files) takeWorker(ctx context.Context) (*worker, error) {
	f.mu.Lock()
	for len(f.idle) > 0 {
		w := f.idle[len(f.idle)-1]
		f.idle = f.idle[:len(f.idle)-1]
		if w.lives() {
			f.mu.Unlock()
			return w, nil
		}
		f.endWorker(w)
	}
	f.mu.Unlock()
	ch, err := f.open(ctx, f.workerScript())
	if err != nil {
		return nil, err
	}
	w := &worker{ch: ch, ended: make(chan struct{})}
	go func() { // until the channel ends
		_, _ = io.Copy(io.Discard, ch.Stderr())
		close(w.ended)
	}()
	return w, nil
}

func (f *files) keepWorker(w *worker) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.life.Err() != nil || len(f.idle) >= maxIdle {
		f.endWorker(w)
		return
	}
	w.since = time.Now()
	f.idle = append(f.idle, w)
}

// dropWorkers ends those that wait; there will be no more.
func (f *files) dropWorkers() {
	f.mu.Lock()
	f.end()
	f.mu.Unlock()
	f.dropIdle()
}

// dropIdle ends those that wait: they hold sessions.
func (f *files) dropIdle() {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, w := range f.idle {
		f.endWorker(w)
	}
	f.idle = nil
}

// endWorker does not wait; Close does. Whoever calls it has a turn, or mu.
func (f *files) endWorker(w *worker) {
	f.work.Go(w.leave)
}

// close ends it at once, whatever it runs.
func (w *worker) close() { w.once.Do(func() { _ = w.ch.Close() }) }

// leave lets a shell end that waits for a script, and then its channel: dropbear 2022.83
// fails an assertion, and with it the whole connection, now and then when a channel is
// closed under a program that lives.
func (w *worker) leave() {
	w.once.Do(func() {
		_ = w.ch.CloseWrite()
		timer := time.NewTimer(leaveLimit)
		defer timer.Stop()
		select {
		case <-w.ended:
		case <-timer.C:
		}
		_ = w.ch.Close()
	})
}

var errAnswer = errors.New("an answer that is too long or none")

// fresh tells that it never waited.
func (w *worker) fresh() bool { return w.since.IsZero() }

func (w *worker) send(script string) error {
	_, err := w.ch.Write([]byte(script + "\n"))
	return err
}

// answer reads what a script printed, and how it ended.
func (w *worker) answer(mark string) (answer []byte, status int, stderr string, err error) {
	// answer, mark, "=", status, " ", standard error, mark, "=", line feed
	between, end := []byte(mark+"="), []byte(mark+"=\n")
	w.buf = w.buf[:0]
	for seen := 0; ; {
		if i := bytes.Index(w.buf[max(0, seen-len(end)):], end); i >= 0 {
			break
		}
		if seen = len(w.buf); seen > maxAnswer {
			return nil, 0, "", errAnswer
		}
		w.buf = append(w.buf, make([]byte, 32<<10)...)
		n, err := w.ch.Read(w.buf[seen:])
		w.buf = w.buf[:seen+n]
		if err != nil && n == 0 {
			return nil, 0, "", err
		}
	}
	answer, rest, _ := bytes.Cut(w.buf, between)
	rest, _, _ = bytes.Cut(rest, end)
	number, said, _ := bytes.Cut(rest, []byte(" "))
	if status, err = strconv.Atoi(string(number)); err != nil {
		return nil, 0, "", errAnswer
	}
	return bytes.Clone(answer), status, string(said), nil
}
