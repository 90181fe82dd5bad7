package login

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"sync"
	"time"

	"porthole/server/platform"
)

// Store keeps logins. Memory is the one there is; a store that several gateways share
// would be another.
type Store interface {
	// Create makes a login and the token for its cookie. It never takes a token from
	// outside, so none can be planted. The login ends at expires at the latest, when
	// that is not zero.
	Create(who platform.Identity, auth platform.Authorization, expires time.Time) (token string, l *Login, err error)
	// Find gives the login of a token and counts as a use of it.
	Find(token string) (*Login, bool)
	// End ends a login for a reason; ending it again does nothing.
	End(l *Login, cause error)
	// EndProof ends every login that rests on a proof which the tenant refused.
	EndProof(auth platform.Authorization, cause error)
	// Len is the number of logins.
	Len() int
	// Close ends all.
	Close()
}

// ErrFull is returned when no more logins are kept.
var ErrFull = errors.New("too many people are signed in")

// tokenBytes of randomness make a token: 256 bits, far from guessing.
const tokenBytes = 32

type tokenHash [sha256.Size]byte

// MemoryOptions are the bounds of a Memory store.
type MemoryOptions struct {
	Idle         time.Duration // a login ends after this long without use
	Max          time.Duration // and after this long in any case
	MaxLogins    int           // in all; 0 is DefaultMaxLogins
	PerPrincipal int           // of one principal; 0 is DefaultPerPrincipal
	Now          func() time.Time
}

// Defaults of MemoryOptions: a login takes below 8 KiB.
const (
	DefaultMaxLogins    = 20_000
	DefaultPerPrincipal = 50
)

// Memory keeps logins in memory: a restart of the gateway signs everybody out.
type Memory struct {
	options MemoryOptions

	// ended is told of each end, while mu is held; may be nil.
	ended func(l *Login, cause error)

	mu     sync.Mutex
	logins map[tokenHash]*entry
	closed bool
}

type entry struct {
	login *Login
	timer *time.Timer
}

// NewMemory returns an empty store.
func NewMemory(options MemoryOptions) *Memory {
	if options.MaxLogins == 0 {
		options.MaxLogins = DefaultMaxLogins
	}
	if options.PerPrincipal == 0 {
		options.PerPrincipal = DefaultPerPrincipal
	}
	if options.Now == nil {
		options.Now = time.Now
	}
	return &Memory{options: options, logins: make(map[tokenHash]*entry)}
}

// Create implements Store.
func (m *Memory) Create(who platform.Identity, auth platform.Authorization, expires time.Time) (string, *Login, error) {
	return m.create(who, auth, expires, nil)
}

func (m *Memory) create(who platform.Identity, auth platform.Authorization, expires time.Time, of *Token) (string, *Login, error) {
	secret := make([]byte, tokenBytes)
	if _, err := rand.Read(secret); err != nil {
		return "", nil, fmt.Errorf("make login token: %w", err)
	}
	token := base64.RawURLEncoding.EncodeToString(secret)
	now := m.options.Now()
	l := &Login{
		Authorization: auth, Until: now.Add(m.options.Max), Token: of, key: sha256.Sum256([]byte(token)),
		idle: m.options.Idle, now: m.options.Now, identity: who,
	}
	if !expires.IsZero() && expires.Before(l.Until) {
		l.Until = expires
	}
	l.lifetime, l.end = context.WithCancelCause(context.Background())
	l.touch()
	l.used = time.Time{} // making it is no use of it

	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		l.end(ErrStopping)
		return "", nil, ErrStopping
	}
	m.makeRoomLocked(who)
	if len(m.logins) >= m.options.MaxLogins {
		l.end(ErrFull)
		return "", nil, ErrFull
	}
	e := &entry{login: l}
	e.timer = time.AfterFunc(l.IdleUntil().Sub(now), func() { m.check(e) })
	m.logins[l.key] = e
	return token, l, nil
}

// makeRoomLocked ends the least used login of a principal who has too many.
func (m *Memory) makeRoomLocked(who platform.Identity) {
	var oldest *entry
	count := 0
	for _, e := range m.logins {
		identity := e.login.Identity()
		if identity.User != who.User || identity.Tenant != who.Tenant {
			continue
		}
		count++
		if oldest == nil || e.login.IdleUntil().Before(oldest.login.IdleUntil()) {
			oldest = e
		}
	}
	if count >= m.options.PerPrincipal {
		m.endLocked(oldest, ErrCrowded)
	}
}

// Find implements Store.
func (m *Memory) Find(token string) (*Login, bool) {
	if len(token) != base64.RawURLEncoding.EncodedLen(tokenBytes) {
		return nil, false
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	e, found := m.logins[sha256.Sum256([]byte(token))]
	if !found {
		return nil, false
	}
	if _, cause := e.login.expired(); cause != nil {
		m.endLocked(e, cause)
		return nil, false
	}
	e.login.touch()
	return e.login, true
}

// check runs at the time a login may be over.
func (m *Memory) check(e *entry) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.logins[e.login.key] != e {
		return
	}
	again, cause := e.login.expired()
	if cause != nil {
		m.endLocked(e, cause)
		return
	}
	e.timer.Reset(max(again.Sub(m.options.Now()), time.Second))
}

// End implements Store.
func (m *Memory) End(l *Login, cause error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if e, found := m.logins[l.key]; found {
		m.endLocked(e, cause)
	}
}

// EndProof implements Store.
func (m *Memory) EndProof(auth platform.Authorization, cause error) {
	m.endWhere(func(l *Login) bool { return l.Authorization == auth }, cause)
}

func (m *Memory) endWhere(meant func(*Login) bool, cause error) int {
	m.mu.Lock()
	defer m.mu.Unlock()
	ended := 0
	for _, e := range m.logins {
		if meant(e.login) {
			m.endLocked(e, cause)
			ended++
		}
	}
	return ended
}

func (m *Memory) endLocked(e *entry, cause error) {
	e.timer.Stop()
	delete(m.logins, e.login.key)
	if m.ended != nil {
		m.ended(e.login, cause)
	}
	e.login.end(cause)
}

// Len implements Store.
func (m *Memory) Len() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.logins)
}

// Close implements Store.
func (m *Memory) Close() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.closed = true
	for _, e := range m.logins {
		m.endLocked(e, ErrStopping)
	}
}
