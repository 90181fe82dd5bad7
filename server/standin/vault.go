package standin

import (
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"sync/atomic"
)

// Iterations of PBKDF2 for the state file. Persons choose guessable passwords; a device
// user's is a long random one, and a tenant has thousands of them to hash at a start.
const (
	personIterations = 100_000
	deviceIterations = 1_000
)

// vault checks passwords without holding them. Every request of a Basic client brings
// its password, so the slow hash of the state file is checked once per process and a
// keyed hash of memory from then on.
type vault struct {
	key     []byte // of this process
	persist bool   // hashes for the state file are wanted
}

// verifier proves that somebody knows a secret.
type verifier struct {
	mac  atomic.Pointer[[]byte] // under the vault's key; nil until the secret was seen
	hash storedHash             // for the state file; empty when nothing is persisted
}

// storedHash is what the state file holds of a secret.
type storedHash struct {
	Iterations int    `json:"iterations,omitempty"`
	Salt       []byte `json:"salt,omitempty"`
	Sum        []byte `json:"sum,omitempty"`
}

func newVault(persist bool) vault {
	return vault{key: randomBytes(32), persist: persist}
}

// randomBytes never fails: crypto/rand ends the program rather than return an error.
func randomBytes(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.Read(b)
	return b
}

// seal makes the verifier of a secret.
func (v vault) seal(secret string, iterations int) *verifier {
	f := &verifier{}
	mac := v.mac(secret)
	f.mac.Store(&mac)
	if v.persist {
		salt := randomBytes(16)
		f.hash = storedHash{Iterations: iterations, Salt: salt, Sum: slowSum(secret, salt, iterations)}
	}
	return f
}

// check says whether secret is the one f was made of. A nil f checks nothing and costs
// the same, so that the time does not tell which users exist.
func (v vault) check(f *verifier, secret string) bool {
	mac := v.mac(secret)
	if f == nil {
		return false
	}
	if known := f.mac.Load(); known != nil {
		return hmac.Equal(*known, mac)
	}
	if f.hash.Iterations <= 0 || len(f.hash.Sum) != sha256.Size {
		return false
	}
	if subtle.ConstantTimeCompare(slowSum(secret, f.hash.Salt, f.hash.Iterations), f.hash.Sum) != 1 {
		return false
	}
	f.mac.Store(&mac)
	return true
}

func (v vault) mac(secret string) []byte {
	h := hmac.New(sha256.New, v.key)
	h.Write([]byte(secret))
	return h.Sum(nil)
}

func slowSum(secret string, salt []byte, iterations int) []byte {
	sum, err := pbkdf2.Key(sha256.New, secret, salt, iterations, sha256.Size)
	if err != nil {
		return nil // only sizes that FIPS mode forbids; no secret matches nil
	}
	return sum
}
