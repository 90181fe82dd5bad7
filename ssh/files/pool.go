package files

import (
	"context"
	"sync"

	"porthole/ssh/files/fsys"
)

// ahead is how many requests of one kind a tree's work has under way: round trips are
// long, and each entry needs some.
const ahead = 32

// pool runs work concurrently, up to ahead at a time, until something fails.
type pool struct {
	ctx   context.Context //nolint:containedctx // of the call that made it
	slots chan struct{}
	work  sync.WaitGroup

	mu  sync.Mutex
	err error // the first
}

func newPool(ctx context.Context) *pool {
	return &pool{ctx: ctx, slots: make(chan struct{}, ahead)}
}

// do runs f when there is room; it gives what failed before.
func (p *pool) do(f func() error) error {
	select {
	case p.slots <- struct{}{}:
	case <-p.ctx.Done():
		return fsys.Cancelled(p.ctx)
	}
	if err := p.failure(); err != nil {
		<-p.slots
		return err
	}
	p.work.Go(func() {
		defer func() { <-p.slots }()
		if err := f(); err != nil {
			p.mu.Lock()
			defer p.mu.Unlock()
			if p.err == nil {
				p.err = err
			}
		}
	})
	return nil
}

func (p *pool) failure() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.err
}

// wait waits for all that was begun, and gives what failed.
func (p *pool) wait() error {
	p.work.Wait()
	return p.failure()
}
