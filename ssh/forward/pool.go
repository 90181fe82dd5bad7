package forward

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"porthole/ssh/wire"
)

const (
	// idleLimit is how long an unused connection is kept.
	idleLimit = 60 * time.Second
	// freshFor is how long an idle connection is trusted with a request that must not be
	// sent twice.
	freshFor = time.Second
)

// pool keeps connections for the next request, as many idle as may be open: fewer would
// mean new dials for each burst of a page.
type pool struct {
	f *Forward

	mu      sync.Mutex
	room    int     // connections that may still be opened
	idle    []*conn // the last one was used last
	waiting []chan *conn
}

// want is what a request needs of a connection.
type want struct {
	fresh bool // none that may be stale
	once  bool // the request must not be sent twice
}

// get gives a connection: an idle one, a new one, or the next that is free, in the order
// of asking.
func (p *pool) get(ctx context.Context, w want) (*conn, error) {
	p.mu.Lock()
	if c := p.takeIdle(w); c != nil {
		p.mu.Unlock()
		return c, nil
	}
	if p.room == 0 && len(p.idle) > 0 { // none of them will do
		p.evict(p.idle[0])
	}
	if p.room > 0 {
		p.room--
		p.mu.Unlock()
		return p.dial(ctx)
	}
	turn := make(chan *conn, 1)
	p.waiting = append(p.waiting, turn)
	p.mu.Unlock()
	c, err := p.wait(ctx, turn)
	if err != nil || c != nil {
		return c, err
	}
	return p.dial(ctx)
}

// wait waits for its turn: a connection, or nil for the right to open one.
func (p *pool) wait(ctx context.Context, turn chan *conn) (*conn, error) {
	limit := time.NewTimer(p.f.config.HeadLimit)
	defer limit.Stop()
	var err error
	select {
	case c := <-turn:
		return c, nil
	case <-ctx.Done():
		err = cancelled(ctx)
	case <-p.f.life.Done():
		err = closedError()
	case <-limit.C:
		err = &Error{
			Code: wire.CodeForwardSilent,
			Message: fmt.Sprintf("All %d connections to %s of the device stayed busy. Close some of its tabs.",
				p.f.config.MaxConns, p.f.target.name),
		}
	}
	p.mu.Lock()
	if i := slices.Index(p.waiting, turn); i >= 0 {
		p.waiting = slices.Delete(p.waiting, i, i+1)
		p.mu.Unlock()
		return nil, err
	}
	p.mu.Unlock()
	if c := <-turn; c != nil {
		p.put(c)
	} else {
		p.giveBack()
	}
	return nil, err
}

// takeIdle gives the idle connection used last, nil when none will do. Needs mu.
func (p *pool) takeIdle(w want) *conn {
	for !w.fresh && len(p.idle) > 0 {
		c := p.idle[len(p.idle)-1]
		age := p.f.config.Now().Sub(c.since)
		if w.once && age > freshFor {
			return nil
		}
		if age > c.patience() {
			p.evict(c)
			continue
		}
		p.idle = p.idle[:len(p.idle)-1]
		c.timer.Stop()
		return c
	}
	return nil
}

// patience is how long a connection may be idle and still be used.
func (c *conn) patience() time.Duration {
	if c.keep == 0 {
		return idleLimit
	}
	return min(idleLimit, max(c.keep-time.Second, c.keep/2)) // the request takes its time to get there
}

func (p *pool) dial(ctx context.Context) (*conn, error) {
	c, err := p.f.dial(ctx, true)
	if err != nil {
		p.giveBack()
		return nil, err
	}
	return c, nil
}

// put takes a connection back, dead or alive.
func (p *pool) put(c *conn) {
	if c.aborted() != nil {
		p.giveBack()
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if turn := p.next(); turn != nil {
		turn <- c
		return
	}
	p.idle = append(p.idle, c)
	if c.timer == nil {
		c.timer = time.AfterFunc(c.patience(), func() { p.expire(c) })
	} else {
		c.timer.Reset(c.patience())
	}
	c.watch(func() { p.expire(c) })
}

// giveBack returns the right to open a connection.
func (p *pool) giveBack() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if turn := p.next(); turn != nil {
		turn <- nil
		return
	}
	p.room++
}

// next gives the first that waits, nil when none does. Needs mu.
func (p *pool) next() chan *conn {
	if len(p.waiting) == 0 {
		return nil
	}
	turn := p.waiting[0]
	p.waiting = slices.Delete(p.waiting, 0, 1)
	return turn
}

// expire ends a connection that is idle; one that was taken meanwhile is not its business.
func (p *pool) expire(c *conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.evict(c)
}

// evict closes an idle connection. Needs mu.
func (p *pool) evict(c *conn) {
	i := slices.Index(p.idle, c)
	if i < 0 {
		return
	}
	p.idle = slices.Delete(p.idle, i, i+1)
	c.timer.Stop()
	c.abort(errFinished)
	p.room++
}
