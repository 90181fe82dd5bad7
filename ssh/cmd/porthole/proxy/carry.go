package proxy

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"porthole/ssh/cmd/porthole/fault"
	"porthole/ssh/wire"
)

// Carrier carries connections with the same options.
type Carrier struct {
	opts    Options
	buffers *buffers
}

// NewCarrier makes one.
func NewCarrier(opts Options) *Carrier {
	opts = opts.withDefaults()
	return &Carrier{opts: opts, buffers: newBuffers(opts.BufferSize)}
}

// Carry opens a tunnel and joins it with the local side until one of them ends. While
// no byte of either side has passed, a transient failure is tried again: nothing is lost
// by that. The caller closes the local side.
func (c *Carrier) Carry(ctx context.Context, local Local) Result {
	until := time.Now().Add(c.opts.Retry)
	for wait := 250 * time.Millisecond; ; wait = min(2*wait, 4*time.Second) {
		result, again := c.try(ctx, local)
		if !again || time.Now().Add(wait).After(until) {
			return result
		}
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return Result{Err: context.Cause(ctx)}
		}
	}
}

// try is one tunnel; again says that another one may be tried.
func (c *Carrier) try(ctx context.Context, local Local) (_ Result, again bool) {
	tunnel, err := c.opts.Dial(ctx)
	if err != nil {
		return Result{Err: err}, ctx.Err() == nil && c.opts.Transient(err)
	}
	j := &join{opts: c.opts, buffers: c.buffers, local: local, tunnel: tunnel}
	result := j.run(ctx)
	untouched := result.Sent == 0 && result.Received == 0 && !j.localEnded.Load()
	if !untouched || ctx.Err() != nil || !c.opts.Transient(result.Err) || !j.stopped {
		return result, false
	}
	local.Resume()
	return result, true
}

// join is one local side and one tunnel.
type join struct {
	opts    Options
	buffers *buffers
	local   Local
	tunnel  Tunnel

	sent, received atomic.Int64
	moved          atomic.Int64 // when a byte moved last, in Unix nanoseconds
	halfClosed     atomic.Bool  // the device was told that the local side has ended; before localEnded
	localEnded     atomic.Bool  // the local side has sent its last byte
	there          atomic.Bool  // the device has answered
	stopped        bool         // the goroutine that reads the local side has ended

	first     chan struct{} // closed with the device's first byte
	firstOnce sync.Once
	told      chan struct{} // closed when nothing more will be known of why the device does not answer

	end  context.CancelCauseFunc
	work sync.WaitGroup
}

// errDone is the cause of an end that is none of somebody's fault.
var errDone = errors.New("done")

// drainTime is how long the local side is read to its end once the device has ended: a
// close with unread bytes would reset the connection, and the program could lose what it
// had not read yet. A program that reads nothing holds up an end that was asked for no
// longer than that.
const drainTime = time.Second

func (j *join) run(parent context.Context) Result {
	ctx, end := context.WithCancelCause(parent)
	defer end(errDone)
	j.end, j.first, j.told = end, make(chan struct{}), make(chan struct{})
	j.touch()

	up := make(chan struct{})
	go func() { // waited for below as far as the local side can be interrupted
		defer close(up)
		j.up()
	}()
	j.work.Go(func() { j.down(ctx) })
	if j.tunnel.Await != nil {
		j.work.Go(func() { j.await(ctx) })
	} else {
		j.arrived()
		close(j.told)
	}
	idle := j.watchIdle()

	<-ctx.Done()
	if idle != nil {
		idle.Stop()
	}
	_ = j.tunnel.Close() // a normal close frame; unblocks down
	if j.finishDown() {
		j.finishLocal(up)
	}
	return Result{Sent: j.sent.Load(), Received: j.received.Load(), Err: outcome(context.Cause(ctx))}
}

// finishDown waits for what is being delivered to the local program; false when that can
// neither be finished nor be given up.
func (j *join) finishDown() bool {
	done := make(chan struct{})
	go func() {
		defer close(done)
		j.work.Wait()
	}()
	limit := time.NewTimer(drainTime)
	defer limit.Stop()
	select {
	case <-done:
		return true
	case <-limit.C:
	}
	if !j.local.Abandon() {
		return false
	}
	<-done
	return true
}

// up copies from the local side to the device.
func (j *join) up() {
	err := j.buffers.copyBytes(j.tunnel, j.local, &j.sent, j.touch)
	switch {
	case isWrite(err):
		// The tunnel ended: down knows why, and what came before is still delivered. What
		// the local side goes on to send has no reader any more.
		_, _ = io.Copy(io.Discard, readerOnly{j.local})
	case errors.Is(err, io.EOF):
		if half, ok := j.tunnel.Conn.(interface{ CloseWrite() error }); ok && half.CloseWrite() == nil {
			j.halfClosed.Store(true) // SSH channels have it: the device decides when it ends
		}
		j.localEnded.Store(true)
		j.linger()
	case errors.Is(err, os.ErrDeadlineExceeded): // interrupted
	default: // reset: nobody is there to read an answer
		j.end(errDone)
	}
}

// readerOnly hides everything but Read.
type readerOnly struct{ io.Reader }

// down copies from the device to the local side and ends the join.
func (j *join) down(ctx context.Context) {
	err := j.buffers.copyBytes(j.local, fromDevice{j}, &j.received, func() {
		j.touch()
		j.firstOnce.Do(func() {
			j.there.Store(true)
			close(j.first)
		})
	})
	if j.received.Load() == 0 {
		waitForReason(ctx, j.told)
	}
	switch {
	case isWrite(err), // the local program went away
		errors.Is(err, os.ErrDeadlineExceeded), // lingered long enough
		errors.Is(err, io.EOF),
		j.localEnded.Load() && isNormal(err): // a service that only takes
		j.end(errDone)
	default:
		j.end(err)
	}
}

// isNormal tells whether the other side closed as it should, although it said nothing.
func isNormal(err error) bool {
	ended, ok := errors.AsType[interface {
		error
		CloseReason() (wire.CloseCode, string)
	}](err)
	if !ok {
		return false
	}
	code, _ := ended.CloseReason()
	return code == wire.CloseNormal
}

// fromDevice reads the tunnel. Each Read begins the lingering anew: what came while the
// local program took its time with the piece before must not be lost.
type fromDevice struct{ j *join }

func (d fromDevice) Read(p []byte) (int, error) {
	d.j.linger()
	return d.j.tunnel.Read(p)
}

// arrived notes that the device is there: its silence counts from now on.
func (j *join) arrived() {
	j.there.Store(true)
	j.linger()
}

// linger limits the device's silence after the local side has ended. A device that is not
// there yet has another limit.
func (j *join) linger() {
	if j.localEnded.Load() && !j.halfClosed.Load() && j.there.Load() {
		_ = j.tunnel.SetReadDeadline(time.Now().Add(j.opts.Linger)) // never fails
	}
}

// await waits for the device's first byte, or for the reason why it does not come.
func (j *join) await(ctx context.Context) {
	defer close(j.told)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	j.work.Go(func() {
		select {
		case <-j.first:
			cancel()
		case <-ctx.Done():
		}
	})
	err := j.tunnel.Await(ctx)
	switch {
	case ctx.Err() != nil: // the first byte, or the end
	case err != nil:
		j.end(err)
	default:
		j.arrived()
	}
}

func (j *join) touch() { j.moved.Store(time.Now().UnixNano()) }

// watchIdle ends the join when nothing moved for the idle timeout.
func (j *join) watchIdle() *time.Timer {
	limit := j.opts.IdleTimeout
	if limit <= 0 {
		return nil
	}
	var timer *time.Timer
	ready := make(chan struct{})
	timer = time.AfterFunc(limit, func() {
		<-ready
		left := limit - time.Since(time.Unix(0, j.moved.Load()))
		if left > 0 {
			timer.Reset(left)
			return
		}
		j.end(fault.New(fault.Timeout, "Nothing moved for %s, so the connection was closed (--idle-timeout).", limit))
	})
	close(ready)
	return timer
}

// finishLocal tells the local program of the end and reads what it still sends.
func (j *join) finishLocal(up <-chan struct{}) {
	wait := time.Duration(0)
	if j.sent.Load() > 0 || j.received.Load() > 0 || j.localEnded.Load() {
		_ = j.local.CloseWrite() // the program may be gone
		wait = drainTime
	}
	if j.local.Interrupt(wait) {
		<-up
		j.stopped = true
	}
}

// outcome turns the cause of the end into the result's error.
func outcome(cause error) error {
	if errors.Is(cause, errDone) || errors.Is(cause, net.ErrClosed) {
		return nil
	}
	return cause
}
