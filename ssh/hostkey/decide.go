package hostkey

import (
	"bytes"
	"slices"
	"time"

	gossh "golang.org/x/crypto/ssh"
)

// Outcome is what is known about a key.
type Outcome int

// The outcomes. Only Match is good.
const (
	Undecided      Outcome = iota // the zero value, never returned by Decide
	Match                         // the key is known under the name, or its certificate is valid
	Unknown                       // nothing is known under the name
	Changed                       // other keys are known under the name
	Revoked                       // a @revoked line forbids the key
	BadCertificate                // a known authority's certificate, but not valid here and now
)

// String names the outcome for logs and tests.
func (o Outcome) String() string {
	names := [...]string{"undecided", "match", "unknown", "changed", "revoked", "bad certificate"}
	if o < 0 || int(o) >= len(names) {
		return "invalid"
	}
	return names[o]
}

// Verdict is a decision with its reasons.
type Verdict struct {
	Outcome Outcome
	Known   []KnownHost // for Changed: what is known instead
	Reason  string      // for BadCertificate: a part of a sentence
}

// Decide looks a server's key up. The rules, in their order:
//
//  1. A @revoked line of the name with the key, the key within a certificate, or the
//     key that signed it: Revoked.
//  2. A certificate signed by a @cert-authority line of the name: Match when it is a host
//     certificate, within its time, made out to this device ([principals]); else
//     BadCertificate. One made out to nobody would be good for every host: it is not.
//  3. Otherwise a certificate counts as the key within. A line of the name with that
//     key: Match. Lines of the name with other keys only, of whatever type: Changed,
//     because a different type is the easiest thing for an impostor to show.
//  4. Unknown.
func (f File) Decide(name string, key gossh.PublicKey) Verdict {
	return f.decide(name, key, time.Now())
}

func (f File) decide(name string, key gossh.PublicKey, now time.Time) Verdict {
	cert, _ := key.(*gossh.Certificate)
	plain := plainKey(key)
	for _, l := range f.matching(markerRevoked, name) {
		if sameKey(l.key, key) || sameKey(l.key, plain) || cert != nil && sameKey(l.key, cert.SignatureKey) {
			return Verdict{Outcome: Revoked}
		}
	}
	if cert != nil {
		for _, l := range f.matching(markerAuthority, name) {
			if sameKey(l.key, cert.SignatureKey) {
				return judgeCertificate(cert, name, now)
			}
		}
	}
	known := f.matching("", name)
	for _, l := range known {
		if sameKey(l.key, plain) {
			return Verdict{Outcome: Match}
		}
	}
	if len(known) == 0 {
		return Verdict{Outcome: Unknown}
	}
	v := Verdict{Outcome: Changed}
	for _, l := range known {
		v.Known = append(v.Known, knownHost(name, l.key))
	}
	return v
}

// judgeCertificate checks a certificate whose authority is known.
func judgeCertificate(cert *gossh.Certificate, name string, now time.Time) Verdict {
	bad := func(reason string) Verdict { return Verdict{Outcome: BadCertificate, Reason: reason} }
	if cert.CertType != gossh.HostCert {
		return bad("it is a certificate for users, not for hosts")
	}
	accepted := principals(name)
	at := slices.IndexFunc(cert.ValidPrincipals, func(p string) bool { return slices.Contains(accepted, p) })
	if at < 0 {
		return bad("it is not made out to this device")
	}
	checker := gossh.CertChecker{Clock: func() time.Time { return now }}
	if err := checker.CheckCert(cert.ValidPrincipals[at], cert); err != nil {
		return bad("it has expired, is not valid yet, or is not signed properly")
	}
	return Verdict{Outcome: Match}
}

// plainKey is the key within a certificate, or the key itself.
func plainKey(key gossh.PublicKey) gossh.PublicKey {
	if cert, ok := key.(*gossh.Certificate); ok {
		return cert.Key
	}
	return key
}

func sameKey(a, b gossh.PublicKey) bool {
	return bytes.Equal(a.Marshal(), b.Marshal())
}
