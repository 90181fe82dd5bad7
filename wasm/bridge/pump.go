//go:build js

package bridge

import (
	"context"
	"io"
	"sync"
)

const (
	// chunkBytes is the most one chunk of output holds: chunks of 32 KiB and more are
	// what crossing into JavaScript and to the page's thread is fast with.
	chunkBytes = 128 << 10
	// readBytes is how much is read at a time: two of SSH's usual packets.
	readBytes = 64 << 10
)

// pump moves output from a session to a sink: one chunk is with the sink, and one
// gathers what comes meanwhile. Beyond that nothing is read, and the SSH window stops
// the device.
type pump struct {
	// deliver hands a chunk to JavaScript and returns when more may come.
	deliver func(ctx context.Context, chunk []byte) error

	mu        sync.Mutex
	gathered  []byte // guarded by mu; never longer than chunkBytes
	ended     bool   // guarded by mu; set after the last byte was gathered
	abandoned bool   // guarded by mu; nobody takes chunks any more
	changed   *sync.Cond
}

func newPump(deliver func(ctx context.Context, chunk []byte) error) *pump {
	p := &pump{deliver: deliver, gathered: make([]byte, 0, chunkBytes)}
	p.changed = sync.NewCond(&p.mu)
	return p
}

// run pumps until the output ended, and returns nil, or why it was given up: the sink
// failed or ctx ended. The reader may outlive it then, until r returns; it delivers
// nothing any more.
func (p *pump) run(ctx context.Context, r io.Reader) error {
	stop := context.AfterFunc(ctx, p.abandon)
	defer stop()
	go func() {
		// Why reading ended is the session's to tell; here it only counts that it did.
		_, _ = guarded(func() (struct{}, error) { return struct{}{}, p.gather(r) })
		p.finish()
	}()
	spare := make([]byte, 0, chunkBytes)
	for {
		chunk, more := p.take(spare)
		if !more {
			return context.Cause(ctx)
		}
		if _, err := guarded(func() (struct{}, error) { return struct{}{}, p.deliver(ctx, chunk) }); err != nil {
			p.abandon()
			return err
		}
		spare = chunk[:0]
	}
}

// gather reads until the output ended.
func (p *pump) gather(r io.Reader) error {
	buf := make([]byte, readBytes)
	for {
		n, err := r.Read(buf)
		if !p.add(buf[:n]) || err != nil {
			return err
		}
	}
}

// add waits for room and adds to what is gathered; false when it was abandoned.
func (p *pump) add(data []byte) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	for len(p.gathered)+len(data) > chunkBytes && !p.abandoned {
		p.changed.Wait()
	}
	if p.abandoned {
		return false
	}
	p.gathered = append(p.gathered, data...)
	p.changed.Broadcast()
	return true
}

// take waits for a chunk and leaves an empty buffer in its place; false when there is
// none to come.
func (p *pump) take(spare []byte) (chunk []byte, more bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for len(p.gathered) == 0 && !p.ended && !p.abandoned {
		p.changed.Wait()
	}
	if len(p.gathered) == 0 || p.abandoned {
		return nil, false
	}
	chunk, p.gathered = p.gathered, spare
	p.changed.Broadcast()
	return chunk, true
}

func (p *pump) finish() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.ended = true
	p.changed.Broadcast()
}

func (p *pump) abandon() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.abandoned = true
	p.changed.Broadcast()
}
