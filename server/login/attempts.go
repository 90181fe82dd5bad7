package login

import (
	"context"
	"net/netip"
	"strings"
	"sync"
	"time"
)

// Limits of failed sign-ins: beyond them the tenant is not asked any more.
const (
	failureWindow   = 5 * time.Minute
	failuresPerUser = 5
	failuresPerAddr = 20
	// maxCounters bounds the memory; beyond it the counter unused for the longest goes.
	maxCounters = 20_000
)

// Attempts counts failed sign-ins per user and per address. Attempts under way count
// too, so that a hundred guesses at once are no more than one after the other: who comes
// when the rest of the limit is under way waits for an outcome.
type Attempts struct {
	now func() time.Time

	mu       sync.Mutex
	counters map[string]*counter
}

// counter is of one user or one address.
type counter struct {
	limit    int
	failures []time.Time // within the window, oldest first
	underWay int
	used     time.Time
	changed  chan struct{} // closed and replaced when an attempt ends
}

// NewAttempts returns an empty count.
func NewAttempts(now func() time.Time) *Attempts {
	if now == nil {
		now = time.Now
	}
	return &Attempts{now: now, counters: make(map[string]*counter)}
}

// Attempt is one sign-in under way. End it with exactly one of Failed, Succeeded, Void.
type Attempt struct {
	owner *Attempts
	user  *counter // nil when unknown
	all   []*counter
	once  sync.Once
}

// Begin starts an attempt. wait above zero means that too many failed: try again after
// that long. The user may be "" when it is unknown. An error is the context's.
func (a *Attempts) Begin(ctx context.Context, user string, address netip.Addr) (attempt *Attempt, wait time.Duration, err error) {
	for {
		attempt, wait, changed := a.try(user, address)
		if attempt != nil || wait > 0 {
			return attempt, wait, nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return nil, 0, ctx.Err()
		}
	}
}

func (a *Attempts) try(user string, address netip.Addr) (*Attempt, time.Duration, <-chan struct{}) {
	a.mu.Lock()
	defer a.mu.Unlock()
	now := a.now()
	attempt := &Attempt{owner: a}
	if key := userKey(user); key != "" {
		attempt.user = a.counterLocked(key, failuresPerUser, now)
		attempt.all = append(attempt.all, attempt.user)
	}
	attempt.all = append(attempt.all, a.counterLocked(addressKey(address), failuresPerAddr, now))
	for _, c := range attempt.all {
		if len(c.failures) >= c.limit {
			return nil, c.failures[0].Add(failureWindow).Sub(now), nil
		}
	}
	for _, c := range attempt.all {
		if len(c.failures)+c.underWay >= c.limit {
			return nil, 0, c.changed
		}
	}
	for _, c := range attempt.all {
		c.underWay++
	}
	return attempt, 0, nil
}

// counterLocked gives the counter of a key, with the failures that left the window dropped.
func (a *Attempts) counterLocked(key string, limit int, now time.Time) *counter {
	c, found := a.counters[key]
	if !found {
		if len(a.counters) >= maxCounters {
			a.evictLocked(now)
		}
		c = &counter{limit: limit, changed: make(chan struct{})}
		a.counters[key] = c
	}
	c.used = now
	for len(c.failures) > 0 && now.Sub(c.failures[0]) >= failureWindow {
		c.failures = c.failures[1:]
	}
	return c
}

// evictLocked makes room: all that is over, or else the one unused for the longest.
func (a *Attempts) evictLocked(now time.Time) {
	oldest := ""
	for key, c := range a.counters {
		if c.underWay > 0 {
			continue
		}
		if now.Sub(c.used) >= failureWindow {
			delete(a.counters, key)
			continue
		}
		if oldest == "" || c.used.Before(a.counters[oldest].used) {
			oldest = key
		}
	}
	if len(a.counters) >= maxCounters {
		delete(a.counters, oldest)
	}
}

// Failed counts the attempt.
func (t *Attempt) Failed() {
	t.finish(func(c *counter, now time.Time) { c.failures = append(c.failures, now) })
}

// Succeeded clears the user's count. The address keeps its own: one good account must
// not buy more guesses at others.
func (t *Attempt) Succeeded() {
	t.finish(func(c *counter, _ time.Time) {
		if c == t.user {
			c.failures = nil
		}
	})
}

// Void ends an attempt that proved nothing, such as one while the tenant was down.
func (t *Attempt) Void() { t.finish(func(*counter, time.Time) {}) }

func (t *Attempt) finish(note func(*counter, time.Time)) {
	t.once.Do(func() {
		t.owner.mu.Lock()
		defer t.owner.mu.Unlock()
		now := t.owner.now()
		for _, c := range t.all {
			c.underWay--
			note(c, now)
			close(c.changed)
			c.changed = make(chan struct{})
		}
	})
}

// userKey makes "T12345/Anna" and "anna " one: otherwise spelling would buy guesses.
func userKey(user string) string {
	user = strings.ToLower(strings.TrimSpace(user))
	if _, name, found := strings.Cut(user, "/"); found {
		user = name
	}
	if user == "" {
		return ""
	}
	if len(user) > 256 {
		user = user[:256]
	}
	return "user " + user
}

// addressKey takes an IPv6 network of 64 bits as one, because one machine has that many
// addresses (RFC 6177).
func addressKey(address netip.Addr) string {
	if address.Is6() && !address.Is4In6() {
		if prefix, err := address.Prefix(64); err == nil {
			return "address " + prefix.String()
		}
	}
	return "address " + address.Unmap().String()
}
