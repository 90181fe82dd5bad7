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
	// maxCounters of users, and as many of addresses, bound the memory.
	maxCounters = 20_000
	// crowdedWait is for who comes while maxCounters attempts are under way: those end
	// with the tenant's answer, within seconds.
	crowdedWait = time.Second
)

// Attempts counts failed sign-ins per user and per address. Attempts under way count
// too, so that a hundred guesses at once are no more than one after the other: who comes
// when the rest of the limit is under way waits for an outcome.
type Attempts struct {
	now func() time.Time

	mu        sync.Mutex
	users     *counters
	addresses *counters
}

// NewAttempts returns an empty count.
func NewAttempts(now func() time.Time) *Attempts {
	if now == nil {
		now = time.Now
	}
	return &Attempts{
		now:   now,
		users: newCounters(failuresPerUser, maxCounters), addresses: newCounters(failuresPerAddr, maxCounters),
	}
}

// Attempt is one sign-in under way. End it with exactly one of Failed, Succeeded, Void.
type Attempt struct {
	owner   *Attempts
	user    *counter // nil when unknown
	address *counter
	once    sync.Once
}

// Begin starts an attempt. wait above zero means that too many failed: try again after
// that long. The user may be "" when it is unknown. An error is the context's.
func (a *Attempts) Begin(ctx context.Context, user string, address netip.Addr) (attempt *Attempt, wait time.Duration, err error) {
	byUser, byAddress := userKey(user), addressKey(address)
	for {
		attempt, wait, changed := a.try(byUser, byAddress)
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

// try decides before it counts, the address first: an address at its limit must not be
// able to name users until the counters of others are pushed out.
func (a *Attempts) try(user, address string) (*Attempt, time.Duration, <-chan struct{}) {
	a.mu.Lock()
	defer a.mu.Unlock()
	now := a.now()
	byAddress := a.addresses.look(address, now)
	if wait := a.addresses.wait(byAddress, now); wait > 0 {
		return nil, wait, nil
	}
	var byUser *counter
	if user != "" {
		byUser = a.users.look(user, now)
	}
	if wait := a.users.wait(byUser, now); wait > 0 {
		return nil, wait, nil
	}
	if a.addresses.busy(byAddress) {
		return nil, 0, byAddress.changed
	}
	if a.users.busy(byUser) {
		return nil, 0, byUser.changed
	}
	attempt := &Attempt{owner: a, address: a.addresses.take(address, now)}
	if attempt.address == nil {
		return nil, crowdedWait, nil
	}
	if user != "" {
		if attempt.user = a.users.take(user, now); attempt.user == nil {
			a.addresses.end(attempt.address, now)
			return nil, crowdedWait, nil
		}
	}
	return attempt, 0, nil
}

// Failed counts the attempt.
func (t *Attempt) Failed() {
	t.finish(func(now time.Time) {
		t.address.failures = append(t.address.failures, now)
		if t.user != nil {
			t.user.failures = append(t.user.failures, now)
		}
	})
}

// Succeeded clears the user's count. The address keeps its own: one good account must
// not buy more guesses at others.
func (t *Attempt) Succeeded() {
	t.finish(func(time.Time) {
		if t.user != nil {
			t.user.failures = nil
		}
	})
}

// Void ends an attempt that proved nothing, such as one while the tenant was down.
func (t *Attempt) Void() { t.finish(func(time.Time) {}) }

func (t *Attempt) finish(note func(now time.Time)) {
	t.once.Do(func() {
		t.owner.mu.Lock()
		defer t.owner.mu.Unlock()
		now := t.owner.now()
		note(now)
		t.owner.addresses.end(t.address, now)
		if t.user != nil {
			t.owner.users.end(t.user, now)
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
