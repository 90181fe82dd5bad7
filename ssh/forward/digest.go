package forward

import (
	"crypto/md5" //nolint:gosec // what RFC 7616 §3.3 defines and small devices speak
	"crypto/rand"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"fmt"
	"hash"
	"strings"
)

// algorithm is a hash of Digest (RFC 7616 §6.1).
type algorithm struct {
	new      func() hash.Hash
	strength int
}

// digestAlgorithm gives the hash of a name and whether it is the "-sess" variant; none for
// names that nobody knows.
func digestAlgorithm(name string) (a algorithm, session bool) {
	name = strings.ToUpper(name)
	name, session = strings.CutSuffix(name, "-SESS")
	switch name {
	case "", "MD5":
		return algorithm{md5.New, 1}, session
	case "SHA-256":
		return algorithm{sha256.New, 3}, session
	case "SHA-512-256":
		return algorithm{sha512.New512_256, 2}, session
	}
	return algorithm{}, false
}

// digest makes the Authorization header that answers a challenge (RFC 7616 §3.4). count
// numbers the answers to one nonce, from 1.
func digest(c *challenge, user, password, method, path, cnonce string, count uint32) string {
	a, session := digestAlgorithm(c.params["algorithm"])
	sum := func(parts ...string) string {
		h := a.new()
		_, _ = h.Write([]byte(strings.Join(parts, ":"))) // a hash never fails
		return hex.EncodeToString(h.Sum(nil))
	}
	realm, nonce := c.params["realm"], c.params["nonce"]
	secret := sum(user, realm, password)
	if session {
		secret = sum(secret, nonce, cnonce)
	}
	target := sum(method, path)
	var b strings.Builder
	named := user
	if strings.EqualFold(c.params["userhash"], "true") {
		named = sum(user, realm)
	}
	fmt.Fprintf(&b, `Digest username=%s, realm=%s, nonce=%s, uri=%s`,
		quote(named), quote(realm), quote(nonce), quote(path))
	if name := c.params["algorithm"]; name != "" {
		b.WriteString(", algorithm=" + name)
	}
	if c.params["qop"] == "" { // RFC 2069
		fmt.Fprintf(&b, `, response="%s"`, sum(secret, nonce, target))
	} else {
		nc := fmt.Sprintf("%08x", count)
		fmt.Fprintf(&b, `, qop=auth, nc=%s, cnonce=%s, response="%s"`,
			nc, quote(cnonce), sum(secret, nonce, nc, cnonce, "auth", target))
	}
	if opaque, ok := c.params["opaque"]; ok {
		b.WriteString(", opaque=" + quote(opaque))
	}
	if strings.EqualFold(c.params["userhash"], "true") {
		b.WriteString(", userhash=true")
	}
	return b.String()
}

func quote(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
}

func newNonce() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // it never fails
	return hex.EncodeToString(b[:])
}
