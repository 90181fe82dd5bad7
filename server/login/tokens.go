package login

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"porthole/server/platform"
	"porthole/ssh/wire"
)

// Token is what a person is shown of a command line that signed in. It holds no secret.
type Token struct {
	ID      string // names the token in lists and in the log
	Machine string // as the program calls it: foreign text
	Address netip.Addr
	Made    time.Time
}

// Bounds of the tokens of command lines.
const (
	DefaultTokenLife   = 8 * time.Hour
	tokensPerPrincipal = 20
	// endedLife is how long a token that ended is known by its hash, so that the program
	// that still has it reads why, and is not taken for someone who guesses.
	endedLife = 24 * time.Hour
	maxEnded  = 10_000
	idBytes   = 8
)

// Tokens are the logins of command lines. Each is a login of its own with the tenant's
// proof of the person who allowed it: it ends by itself, by being revoked, or when the
// tenant refuses the proof, and not when that person signs out in the browser.
//
// The store keeps SHA-256 of 256 random bits. Nothing slower is needed: such a secret
// cannot be found by trying, unlike a password.
type Tokens struct {
	memory *Memory
	life   time.Duration

	mu    sync.Mutex
	ended map[tokenHash]endedToken
}

type endedToken struct {
	why error
	at  time.Time
}

// NewTokens returns an empty store of tokens that live so long; now may be nil.
func NewTokens(life time.Duration, now func() time.Time) *Tokens {
	t := &Tokens{
		memory: NewMemory(MemoryOptions{Idle: life, Max: life, PerPrincipal: tokensPerPrincipal, Now: now}),
		life:   life, ended: make(map[tokenHash]endedToken),
	}
	t.memory.ended = t.remember
	return t
}

// Off tells whether none are given.
func (t *Tokens) Off() bool { return t.life <= 0 }

// Until is when a token that was made now for a login would end.
func (t *Tokens) Until(l *Login) time.Time {
	until := t.memory.options.Now().Add(t.life)
	if expires := l.Authorization.Expiry(); !expires.IsZero() && expires.Before(until) {
		return expires
	}
	return until
}

// Create makes a token from the login of the person who allowed it: who they are and
// what they may do is what it was at that time.
func (t *Tokens) Create(from *Login, machine string, address netip.Addr) (string, *Login, error) {
	id := make([]byte, idBytes)
	if _, err := rand.Read(id); err != nil {
		return "", nil, fmt.Errorf("make token id: %w", err)
	}
	of := &Token{ID: hex.EncodeToString(id), Machine: machine, Address: address, Made: t.memory.options.Now()}
	secret, l, err := t.memory.create(from.Identity(), from.Authorization, from.Authorization.Expiry(), of)
	if err != nil {
		return "", nil, err
	}
	return wire.TokenPrefix + secret, l, nil
}

// Find gives the login of a token and counts as a use of it. Of one that ended within a
// day it gives why; an unknown one has neither.
func (t *Tokens) Find(token string) (l *Login, why error, found bool) {
	secret, ours := strings.CutPrefix(token, wire.TokenPrefix)
	if !ours {
		return nil, nil, false
	}
	if l, found := t.memory.Find(secret); found {
		return l, nil, true
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if ended, known := t.ended[sha256.Sum256([]byte(secret))]; known {
		return nil, ended.why, false
	}
	return nil, nil, false
}

// Of lists the tokens of a principal, the newest first.
func (t *Tokens) Of(who platform.Identity) []*Login {
	t.memory.mu.Lock()
	defer t.memory.mu.Unlock()
	var mine []*Login
	for _, e := range t.memory.logins {
		if same(e.login, who) {
			mine = append(mine, e.login)
		}
	}
	slices.SortFunc(mine, func(a, b *Login) int {
		if order := b.Token.Made.Compare(a.Token.Made); order != 0 {
			return order
		}
		return strings.Compare(a.Token.ID, b.Token.ID)
	})
	return mine
}

// Revoke ends a token of a principal, or all with the id "", and tells how many ended.
func (t *Tokens) Revoke(who platform.Identity, id string) int {
	return t.memory.endWhere(func(l *Login) bool { return same(l, who) && (id == "" || l.Token.ID == id) }, ErrRevoked)
}

// End ends one token for a reason; ending it again does nothing.
func (t *Tokens) End(l *Login, cause error) { t.memory.End(l, cause) }

// EndProof ends every token that rests on a proof which the tenant refused.
func (t *Tokens) EndProof(auth platform.Authorization, cause error) { t.memory.EndProof(auth, cause) }

// Len is the number of tokens.
func (t *Tokens) Len() int { return t.memory.Len() }

// Close ends all.
func (t *Tokens) Close() { t.memory.Close() }

// remember keeps why a token ended. When there are too many, those forgotten first are
// the oldest: a program that has one is then told that the token is unknown.
func (t *Tokens) remember(l *Login, why error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.memory.options.Now()
	if len(t.ended) >= maxEnded {
		oldest, first := now, tokenHash{}
		for known, ended := range t.ended {
			if now.Sub(ended.at) >= endedLife {
				delete(t.ended, known)
			} else if !ended.at.After(oldest) {
				oldest, first = ended.at, known
			}
		}
		if len(t.ended) >= maxEnded {
			delete(t.ended, first)
		}
	}
	t.ended[l.key] = endedToken{why, now}
}

func same(l *Login, who platform.Identity) bool {
	identity := l.Identity()
	return identity.User == who.User && identity.Tenant == who.Tenant
}
