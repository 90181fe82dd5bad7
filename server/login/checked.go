package login

import (
	"crypto/sha256"
	"sync"
	"time"

	"porthole/server/platform"
)

// Bounds of Checked.
const (
	// checkedLife is how long the tenant's word about a client's proof is believed: a
	// client makes several requests in a row.
	checkedLife = 30 * time.Second
	maxChecked  = 10_000
)

// Checked remembers briefly which proofs of command line clients the tenant accepted,
// by hash. Refusals are not remembered.
type Checked struct {
	now func() time.Time

	mu    sync.Mutex
	known map[[sha256.Size]byte]checked
}

type checked struct {
	who   platform.Identity
	until time.Time
}

// NewChecked returns an empty memory.
func NewChecked(now func() time.Time) *Checked {
	if now == nil {
		now = time.Now
	}
	return &Checked{now: now, known: make(map[[sha256.Size]byte]checked)}
}

// Find gives who a proof belongs to, when the tenant said so within the last seconds.
func (c *Checked) Find(auth platform.Authorization) (platform.Identity, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	key := auth.Hash()
	entry, found := c.known[key]
	if found && !c.now().Before(entry.until) {
		delete(c.known, key)
		found = false
	}
	return entry.who, found
}

// Add remembers that the tenant accepted a proof, at most until the proof itself ends.
func (c *Checked) Add(auth platform.Authorization, who platform.Identity) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.now()
	if len(c.known) >= maxChecked {
		for key, entry := range c.known {
			if !now.Before(entry.until) {
				delete(c.known, key)
			}
		}
	}
	if len(c.known) >= maxChecked {
		return // asked again next time, which is slower and no less safe
	}
	until := now.Add(checkedLife)
	if expires := auth.Expiry(); !expires.IsZero() && expires.Before(until) {
		until = expires
	}
	c.known[auth.Hash()] = checked{who, until}
}

// Drop forgets a proof that the tenant refused since.
func (c *Checked) Drop(auth platform.Authorization) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.known, auth.Hash())
}
