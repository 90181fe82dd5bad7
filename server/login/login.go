package login

import (
	"context"
	"sync"
	"time"

	"porthole/server/platform"
	"porthole/ssh/wire"
)

// EndError is why a login ended: a sentence for the person whose terminals closed.
type EndError string

// Error is that sentence.
func (e EndError) Error() string { return string(e) }

// The reasons for which logins end.
const (
	ErrSignedOut EndError = "You signed out."
	ErrIdle      EndError = "Your login ended because it was not used for a while. Sign in again."
	ErrTooOld    EndError = "Your login reached its longest lifetime. Sign in again."
	ErrTenant    EndError = "The tenant does not accept your login any more. Sign in again."
	ErrReplaced  EndError = "Another sign-in in this browser took the place of this login."
	ErrCrowded   EndError = "You signed in at too many places; the login unused for the longest was ended."
	ErrStopping  EndError = "The gateway is stopping."
	ErrRevoked   EndError = "The token of this command line was revoked. Sign in again with porthole login --gateway."
	ErrReplayed  EndError = "The code of this sign-in was used twice, so its token was revoked. Sign in again with porthole login --gateway."
)

// Login is a person signed in to the gateway. It is safe for concurrent use.
type Login struct {
	// Set at the start and never changed.
	Authorization platform.Authorization
	Until         time.Time // ends then in any case
	// Token is what is known of a command line that signed in; nil for a person's browser.
	Token *Token
	key   tokenHash
	idle  time.Duration
	now   func() time.Time

	lifetime context.Context // the one documented lifetime context: done when the login ends
	end      context.CancelCauseFunc

	mu        sync.Mutex
	identity  platform.Identity
	idleUntil time.Time
	inUse     int       // connections open now
	used      time.Time // the last time; zero: never
	refusals  []refusal
	seen      map[wire.DeviceID]time.Time // until when the tenant's yes counts
}

// refusal is why an upgrade was refused; browsers hide it from their own page.
type refusal struct {
	device        wire.DeviceID
	configuration wire.ConfigurationID
	at            time.Time
	what          wire.Refusal
}

// Bounds of the remembered refusals of one login.
const (
	maxRefusals = 32
	refusalLife = time.Minute
)

// Context is done when the login ends; context.Cause tells why, as a sentence.
func (l *Login) Context() context.Context { return l.lifetime }

// Identity is who signed in, with the roles the tenant told last.
func (l *Login) Identity() platform.Identity {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.identity
}

// SetIdentity takes newer roles of the same principal; another principal is ignored.
func (l *Login) SetIdentity(who platform.Identity) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if who.User == l.identity.User && who.Tenant == l.identity.Tenant {
		l.identity = who
	}
}

// IdleUntil is when the login ends unless it is used before. It is never later than Until.
func (l *Login) IdleUntil() time.Time {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.idleUntil
}

// touch notes a use.
func (l *Login) touch() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.touchLocked()
}

func (l *Login) touchLocked() {
	l.used = l.now()
	l.idleUntil = l.used.Add(l.idle)
	if l.idleUntil.After(l.Until) {
		l.idleUntil = l.Until
	}
}

// Hold keeps the login from idling out while a connection of it is open: a person who
// works in a terminal uses the login. Call the returned function once at its end.
func (l *Login) Hold() (release func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.inUse++
	return sync.OnceFunc(func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.inUse--
		l.touchLocked()
	})
}

// Use is when the login was used last, zero for never, and how many connections of it are
// open now.
func (l *Login) Use() (last time.Time, open int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.used, l.inUse
}

// expired tells whether and why the login is over, and otherwise when to look again.
func (l *Login) expired() (again time.Time, cause error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	switch {
	case !now.Before(l.Until):
		return time.Time{}, ErrTooOld
	case l.inUse > 0:
		l.touchLocked()
		return l.idleUntil, nil
	case !now.Before(l.idleUntil):
		return time.Time{}, ErrIdle
	default:
		return l.idleUntil, nil
	}
}

// Refused remembers why an upgrade was refused, in place of an older one of the same
// configuration.
func (l *Login) Refused(device wire.DeviceID, configuration wire.ConfigurationID, what wire.Refusal) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.forgetLocked(device, configuration)
	if len(l.refusals) >= maxRefusals {
		l.refusals = append(l.refusals[:0], l.refusals[1:]...)
	}
	l.refusals = append(l.refusals, refusal{device, configuration, l.now(), what})
}

// Refusal is the last refusal of a configuration within a minute.
func (l *Login) Refusal(device wire.DeviceID, configuration wire.ConfigurationID) (wire.Refusal, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, r := range l.refusals {
		if r.device == device && r.configuration == configuration && l.now().Sub(r.at) <= refusalLife {
			return r.what, true
		}
	}
	return wire.Refusal{}, false
}

// Forget drops the refusal of a configuration: a new attempt begins.
func (l *Login) Forget(device wire.DeviceID, configuration wire.ConfigurationID) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.forgetLocked(device, configuration)
}

func (l *Login) forgetLocked(device wire.DeviceID, configuration wire.ConfigurationID) {
	kept := l.refusals[:0]
	for _, r := range l.refusals {
		if r.device != device || r.configuration != configuration {
			kept = append(kept, r)
		}
	}
	l.refusals = kept
}

// Bounds of the devices that the tenant let a login see: how many are remembered, and how
// long a yes counts.
const (
	maxSeen  = 64
	seenLife = time.Minute
)

// See notes that the tenant lets this login see a device.
func (l *Login) See(device wire.DeviceID) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.seen == nil || len(l.seen) >= maxSeen {
		l.seen = make(map[wire.DeviceID]time.Time)
	}
	l.seen[device] = l.now().Add(seenLife)
}

// Saw tells whether the tenant let this login see the device within the last minute.
func (l *Login) Saw(device wire.DeviceID) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.now().Before(l.seen[device])
}
