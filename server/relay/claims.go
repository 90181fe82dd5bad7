package relay

import (
	"net/http"
	"strings"
	"sync"
	"time"

	"porthole/ssh/wire"
)

const (
	// clockSlack is how far the clocks of a tenant's own machines may differ: the one
	// that answers the upgrade and the one that dates the operation.
	clockSlack = 2 * time.Second
	// undatedSlack stands in for clockSlack when the answer has no date and our clock
	// must do. A tenant whose clock is further behind gets no reasons shown.
	undatedSlack = 10 * time.Second
	// claimMemory is how long a claim is kept after the operation was claimed: far
	// longer than any later connection looks back.
	claimMemory = 10 * time.Minute
)

// createdSince is the earliest time, by the tenant's clock, at which the connect
// operation of a dial can have been created. The tenant creates it while it answers
// the upgrade, or after. Its clock is read off the Date of that answer (RFC 9110
// §6.6.1: cut to the second, so never in the tenant's future) less the time the dial
// took: so a gateway whose clock is wrong by hours finds the right operation.
func createdSince(answer http.Header, began, answered time.Time) time.Time {
	date, err := http.ParseTime(answer.Get("Date"))
	if err != nil {
		return began.Add(-undatedSlack)
	}
	return date.Add(-max(answered.Sub(began), 0) - clockSlack)
}

// claims knows which connections wait for a device and which connect operation is
// whose: the platform does not say which websocket an operation was created for.
type claims struct {
	mu      sync.Mutex
	waiting map[wire.DeviceID]map[*waiter]struct{}
	taken   map[claimed]time.Time // when it was claimed
}

// claimed names an operation that a connection has claimed.
type claimed struct {
	device wire.DeviceID
	id     string
}

func newClaims() *claims {
	return &claims{
		waiting: make(map[wire.DeviceID]map[*waiter]struct{}),
		taken:   make(map[claimed]time.Time),
	}
}

// waiter is a connection from its dial until the first byte of the device.
type waiter struct {
	claims *claims
	device wire.DeviceID
	host   string // "" matches any
	port   int    // 0 matches any

	// Guarded by claims.mu.
	since time.Time // zero while the dial lasts: then any operation may be its own
	mine  string    // id of the claimed operation
}

// enter adds a connection that is about to dial. It must leave.
func (c *claims) enter(k Connection) *waiter {
	w := &waiter{claims: c, device: k.Device, host: k.Host, port: k.Port}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.waiting[k.Device] == nil {
		c.waiting[k.Device] = make(map[*waiter]struct{})
	}
	c.waiting[k.Device][w] = struct{}{}
	return w
}

// leave removes the waiter; what it claimed stays claimed. It may be called again.
func (w *waiter) leave() {
	w.claims.mu.Lock()
	defer w.claims.mu.Unlock()
	all := w.claims.waiting[w.device]
	delete(all, w)
	if len(all) == 0 {
		delete(w.claims.waiting, w.device)
	}
}

// dialed notes from when on the waiter's operation can have been created.
func (w *waiter) dialed(since time.Time) {
	w.claims.mu.Lock()
	defer w.claims.mu.Unlock()
	w.since = since
}

// earliest is the time given to dialed.
func (w *waiter) earliest() time.Time {
	w.claims.mu.Lock()
	defer w.claims.mu.Unlock()
	return w.since
}

// pick finds the waiter's own operation in a list. It claims one when exactly one can
// be its own and no other waiter could mean the same; while that is ambiguous, ok is
// false, because another connection's failure must not end this one.
func (w *waiter) pick(list []Operation, now time.Time) (op Operation, ok bool) {
	c := w.claims
	c.mu.Lock()
	defer c.mu.Unlock()
	var candidates []Operation
	for _, op := range list {
		if w.mine != "" && op.ID == w.mine {
			return op, true
		}
		if _, taken := c.taken[claimed{w.device, op.ID}]; !taken && w.fits(op) {
			candidates = append(candidates, op)
		}
	}
	if w.mine != "" || len(candidates) != 1 || candidates[0].ID == "" {
		return Operation{}, false
	}
	op = candidates[0]
	for other := range c.waiting[w.device] {
		if other != w && other.mine == "" && other.fits(op) {
			return Operation{}, false
		}
	}
	c.forget(now)
	w.mine = op.ID
	c.taken[claimed{w.device, op.ID}] = now
	return op, true
}

// fits reports whether the operation can be the waiter's, by host, port and date.
func (w *waiter) fits(op Operation) bool {
	return (w.host == "" || strings.EqualFold(w.host, op.Host)) &&
		(w.port == 0 || w.port == op.Port) &&
		!op.CreationTime.Before(w.since)
}

// forget drops old claims.
func (c *claims) forget(now time.Time) {
	for key, at := range c.taken {
		if now.Sub(at) > claimMemory {
			delete(c.taken, key)
		}
	}
}
