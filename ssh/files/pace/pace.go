// Package pace bounds the bytes that transfers have on their way, so that a keystroke
// does not queue behind them: the window grows while answers come about as quickly as on
// an idle connection, and shrinks when they take longer. While somebody types, "longer"
// begins early (the idea is LEDBAT's, RFC 6817), and after each key nothing is begun for
// as long as its echo may need: on a near line it is processors that are scarce.
package pace

import (
	"context"
	"sync"
	"time"
)

const (
	// Channel is what one SSH channel can have on its way in one direction, in bytes: its
	// window.
	Channel = 2 << 20
	// least is what is always allowed, in bytes; first is where a window begins.
	least, first = 32 << 10, 512 << 10

	// typing is for how long after a keystroke bulk gives way.
	typing = 2 * time.Second
	// halt is for how long nothing is begun after a keystroke: an echo is back by then where
	// the device is near, and ten keys a second leave three quarters of the time.
	halt = 25 * time.Millisecond
	// mostHalt is for how long keys without a pause halt it: a mouse in a program that
	// wants its moves, or a paste, must not stop transfers. Then a window goes each time.
	mostHalt = 100 * time.Millisecond

	// idleBudget is how much longer than on an idle connection an answer may take. While
	// somebody types it is a share of that connection's answer, since far lines vary by more
	// than near ones: typingShare of it, from leastBudget to mostBudget.
	idleBudget              = 120 * time.Millisecond
	typingShare             = 8
	leastBudget, mostBudget = 2 * time.Millisecond, 10 * time.Millisecond

	// baseAge is after which time the shortest answer is measured anew: routes change.
	baseAge = 10 * time.Second
)

// Pace is the window of one direction of a connection, shared by its transfers.
type Pace struct {
	typed func() time.Time

	mu       sync.Mutex
	most     int // bytes, window's bound
	window   int
	inFlight int
	waiting  []*waiter // in order
	base     time.Duration
	baseAt   time.Time // when base was measured
	probing  bool      // the window is held small to measure base
	halt     time.Time // when the halt began that lasts
	waking   bool      // a halt will be looked at again by itself
	shrunk   time.Time // when the window was shrunk last
}

type waiter struct {
	n     int
	ready chan Ticket
}

// Ticket is the right to have some bytes on their way, until Done.
type Ticket struct {
	p     *Pace
	n     int
	began time.Time
	alone bool // hardly anything else was on its way when it began
}

// New makes a Pace; typed says when somebody typed last, and may be nil.
func New(typed func() time.Time) *Pace {
	return &Pace{typed: typed, most: Channel, window: first}
}

// Channels says over how many SSH channels the bytes go.
func (p *Pace) Channels(n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.most = max(n, 1) * Channel
	p.window = min(p.window, p.most)
	p.admit()
}

// Most is the largest the window can become, in bytes.
func (p *Pace) Most() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.most
}

// Chunk is how much one request should carry: a part of the window, at most limit.
func (p *Pace) Chunk(limit int) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	window := p.window
	if p.probing {
		window = least
	}
	return min(max(window/4, least/4), limit)
}

// Acquire waits until n more bytes may be on their way, first come, first served.
func (p *Pace) Acquire(ctx context.Context, n int) (Ticket, error) {
	if err := ctx.Err(); err != nil {
		return Ticket{}, err
	}
	p.mu.Lock()
	w := &waiter{n: n, ready: make(chan Ticket, 1)}
	p.waiting = append(p.waiting, w)
	p.admit()
	p.mu.Unlock()
	select {
	case t := <-w.ready:
		return t, nil
	case <-ctx.Done():
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for i, other := range p.waiting {
		if other == w {
			p.waiting = append(p.waiting[:i], p.waiting[i+1:]...)
			return Ticket{}, ctx.Err()
		}
	}
	t := <-w.ready // admitted meanwhile
	p.inFlight -= t.n
	p.admit()
	return Ticket{}, ctx.Err()
}

// Done ends a ticket when its answer came. Failed requests say nothing about the line.
func (t Ticket) Done(ok bool) {
	p := t.p
	p.mu.Lock()
	defer p.mu.Unlock()
	if ok {
		p.learn(t, time.Now())
	}
	p.inFlight -= t.n
	p.admit()
}

func (p *Pace) admit() {
	window := p.window
	if p.probing {
		window = least
	}
	if len(p.waiting) > 0 && p.halted() {
		return
	}
	for len(p.waiting) > 0 {
		w := p.waiting[0]
		if p.inFlight > 0 && p.inFlight+w.n > window {
			return
		}
		p.waiting = p.waiting[1:]
		w.ready <- Ticket{p: p, n: w.n, began: time.Now(), alone: p.inFlight+w.n <= least}
		p.inFlight += w.n
	}
}

// halted says whether bulk is at a halt since a key has just been typed; it goes on by itself.
func (p *Pace) halted() bool {
	if p.typed == nil {
		return false
	}
	last := p.typed()
	if last.IsZero() {
		return false
	}
	left := halt - time.Since(last)
	if left <= 0 {
		p.halt = time.Time{}
		return false
	}
	switch most := mostHalt - time.Since(p.halt); {
	case p.halt.IsZero() || most < -halt: // that one ended when nothing waited
		p.halt = time.Now()
	case most > 0:
		left = min(left, most)
	case p.inFlight == 0:
		p.halt = time.Time{}
		return false
	}
	if !p.waking {
		p.waking = true
		time.AfterFunc(left, func() {
			p.mu.Lock()
			defer p.mu.Unlock()
			p.waking = false
			p.admit()
		})
	}
	return true
}

// learn sets the window by how long an answer took.
func (p *Pace) learn(t Ticket, now time.Time) {
	took := now.Sub(t.began)
	switch {
	case p.base == 0 || took <= p.base || p.probing && t.alone:
		p.base, p.baseAt, p.probing = took, now, false
	case now.Sub(p.baseAt) > baseAge:
		p.probing = true
	}
	if p.probing {
		return
	}
	budget := p.budget(now)
	switch delay := took - p.base; {
	case delay > budget:
		if now.Sub(p.shrunk) < took {
			return // what is on its way was sent before the last shrinking
		}
		p.shrunk = now
		wanted := int(float64(p.window) * float64(p.base+budget) / float64(took))
		p.window = max(least, p.window/2, wanted)
	case p.inFlight < p.window/2:
		// The window is not what holds the transfers back: nothing is learnt.
	case delay > budget/2:
		// As it should be.
	case p.shrunk.IsZero():
		p.window = min(p.most, p.window+t.n) // twice as much each round trip
	default:
		p.window = min(p.most, p.window+t.n*t.n/p.window) // a quarter more each, or less
	}
}

func (p *Pace) budget(now time.Time) time.Duration {
	if p.typed == nil {
		return idleBudget
	}
	if last := p.typed(); !last.IsZero() && now.Sub(last) < typing {
		return min(max(p.base/typingShare, leastBudget), mostBudget)
	}
	return idleBudget
}
