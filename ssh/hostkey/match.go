package hostkey

import (
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // the format of hashed names prescribes it
	"crypto/subtle"
	"encoding/base64"
	"strings"
)

// matches tells whether a list of patterns means the name (sshd(8)): one pattern must,
// and no negated one may.
func matches(patterns []string, name string) bool {
	found := false
	for _, p := range patterns {
		negated := strings.HasPrefix(p, "!")
		if !matchPattern(strings.TrimPrefix(p, "!"), name) {
			continue
		}
		if negated {
			return false
		}
		found = true
	}
	return found
}

func matchPattern(pattern, name string) bool {
	if strings.HasPrefix(pattern, "|") {
		return matchHash(pattern, name)
	}
	return matchWildcards(strings.ToLower(pattern), strings.ToLower(name))
}

// matchWildcards knows '*' for any number of characters and '?' for one. It takes time
// in proportion to the product of the lengths at worst, whatever the pattern.
func matchWildcards(pattern, name string) bool {
	p, n := 0, 0
	star, from := -1, 0 // the last '*', and where in name it was taken to end
	for n < len(name) {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, from = p, n
			p++
		case p < len(pattern) && (pattern[p] == '?' || pattern[p] == name[n]):
			p++
			n++
		case star >= 0:
			from++
			p, n = star+1, from
		default:
			return false
		}
	}
	return strings.Trim(pattern[p:], "*") == ""
}

// matchHash compares with a hashed name: "|1|", salt, "|", HMAC-SHA-1 of the name with
// the salt, both in base64 (OpenSSH's HashKnownHosts).
func matchHash(pattern, name string) bool {
	parts := strings.Split(pattern, "|")
	if len(parts) != 4 || parts[1] != "1" {
		return false
	}
	salt, err := base64.StdEncoding.DecodeString(parts[2])
	if err != nil {
		return false
	}
	want, err := base64.StdEncoding.DecodeString(parts[3])
	if err != nil {
		return false
	}
	mac := hmac.New(sha1.New, salt)
	mac.Write([]byte(name))
	return subtle.ConstantTimeCompare(mac.Sum(nil), want) == 1
}
