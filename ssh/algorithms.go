package ssh

import (
	"slices"
	"strings"

	gossh "golang.org/x/crypto/ssh"
)

// The lists are ours, not the library's defaults, so that an update of the library
// cannot bring an old algorithm back. Order is preference (RFC 4253 §7.1: the client's
// order decides).
var (
	keyExchanges = []string{
		gossh.KeyExchangeMLKEM768X25519,
		gossh.KeyExchangeCurve25519,
		gossh.KeyExchangeECDHP256,
		gossh.KeyExchangeECDHP384,
		gossh.KeyExchangeECDHP521,
		gossh.KeyExchangeDH14SHA256,
		gossh.KeyExchangeDH16SHA512,
		gossh.KeyExchangeDHGEXSHA256,
	}
	oldKeyExchanges = []string{
		gossh.InsecureKeyExchangeDH14SHA1,
		gossh.InsecureKeyExchangeDHGEXSHA1,
		gossh.InsecureKeyExchangeDH1SHA1,
	}

	gcmCiphers = []string{gossh.CipherAES128GCM, gossh.CipherAES256GCM}
	ctrCiphers = []string{gossh.CipherAES128CTR, gossh.CipherAES192CTR, gossh.CipherAES256CTR}
	oldCiphers = []string{gossh.InsecureCipherAES128CBC, gossh.InsecureCipherTripleDESCBC}

	macs    = []string{gossh.HMACSHA256ETM, gossh.HMACSHA512ETM, gossh.HMACSHA256, gossh.HMACSHA512}
	oldMACs = []string{gossh.HMACSHA1, gossh.InsecureHMACSHA196}

	hostKeys = []string{
		gossh.KeyAlgoED25519,
		gossh.KeyAlgoECDSA256,
		gossh.KeyAlgoECDSA384,
		gossh.KeyAlgoECDSA521,
		gossh.KeyAlgoRSASHA512,
		gossh.KeyAlgoRSASHA256,
	}
	oldHostKeys = []string{gossh.KeyAlgoRSA, gossh.InsecureKeyAlgoDSA} //nolint:staticcheck // old devices know nothing better

	// hostCertificates are asked for only when a certificate authority is known: to a
	// client that has none, a certificate says no more than the key within.
	hostCertificates = []string{
		gossh.CertAlgoED25519v01,
		gossh.CertAlgoECDSA256v01,
		gossh.CertAlgoECDSA384v01,
		gossh.CertAlgoECDSA521v01,
		gossh.CertAlgoRSASHA512v01,
		gossh.CertAlgoRSASHA256v01,
	}
)

// transportConfig gives the algorithms of a connection.
func (c *Config) transportConfig() gossh.Config {
	ciphers := slices.Concat(gcmCiphers, []string{gossh.CipherChaCha20Poly1305}, ctrCiphers)
	if c.PreferChaCha || chachaFirst {
		ciphers = slices.Concat([]string{gossh.CipherChaCha20Poly1305}, gcmCiphers, ctrCiphers)
	}
	if !c.AllowOld {
		return gossh.Config{KeyExchanges: slices.Clone(keyExchanges), Ciphers: ciphers, MACs: slices.Clone(macs)}
	}
	return gossh.Config{
		KeyExchanges: slices.Concat(keyExchanges, oldKeyExchanges),
		Ciphers:      slices.Concat(ciphers, oldCiphers),
		MACs:         slices.Concat(macs, oldMACs),
	}
}

// hostKeyAlgorithms lists what host keys we take, those of a known type first: else a
// device with several keys could show one that we never saw, which looks like a change.
func (c *Config) hostKeyAlgorithms() []string {
	offer := slices.Clone(hostKeys)
	if c.AllowOld {
		offer = slices.Concat(hostKeys, oldHostKeys)
	}
	var known []string
	for _, keyType := range c.KnownAlgorithms {
		for _, algorithm := range algorithmsOfType(keyType) {
			if (slices.Contains(offer, algorithm) || slices.Contains(hostCertificates, algorithm)) &&
				!slices.Contains(known, algorithm) {
				known = append(known, algorithm)
			}
		}
	}
	rest := slices.DeleteFunc(offer, func(a string) bool { return slices.Contains(known, a) })
	return append(known, rest...)
}

// algorithmsOfType gives the signature algorithms of a key type: one RSA key serves
// three (RFC 8332 §2), every other type is its own algorithm.
func algorithmsOfType(keyType string) []string {
	switch keyType {
	case gossh.KeyAlgoRSA:
		return []string{gossh.KeyAlgoRSASHA512, gossh.KeyAlgoRSASHA256, gossh.KeyAlgoRSA}
	case gossh.CertAlgoRSAv01:
		return []string{gossh.CertAlgoRSASHA512v01, gossh.CertAlgoRSASHA256v01}
	default:
		return []string{keyType}
	}
}

// signatureAlgorithms says how a user's RSA key may sign. Without old algorithms a
// server that knows only SHA-1 gets no signature.
func (c *Config) signatureAlgorithms() []string {
	rsa := []string{gossh.KeyAlgoRSASHA512, gossh.KeyAlgoRSASHA256}
	if c.AllowOld {
		rsa = append(rsa, gossh.KeyAlgoRSA)
	}
	return rsa
}

// oldWouldHelp tells whether allowing old algorithms gives one in common with offered.
func (c *Config) oldWouldHelp(kind string, offered []string) bool {
	if c.AllowOld {
		return false
	}
	old := map[string][]string{
		kindKeyExchange: oldKeyExchanges,
		kindHostKey:     oldHostKeys,
		kindCipher:      oldCiphers,
		kindMAC:         oldMACs,
	}[kind]
	return slices.ContainsFunc(offered, func(a string) bool { return slices.Contains(old, a) })
}

// Kinds of algorithm that a negotiation can fail at, as a person reads them.
const (
	kindKeyExchange = "key exchange"
	kindHostKey     = "host key"
	kindCipher      = "cipher"
	kindMAC         = "MAC"
	kindCompression = "compression"
)

// kindOf maps the library's wording ("client to server cipher") to a kind.
func kindOf(what string) string {
	for _, kind := range []string{kindKeyExchange, kindHostKey, kindCipher, kindMAC, kindCompression} {
		if strings.HasSuffix(what, kind) {
			return kind
		}
	}
	return what
}

// realAlgorithms drops what travels in the lists but is none: the markers of RFC 8308
// and of OpenSSH's strict key exchange. Text and number are bounded, they are foreign.
func realAlgorithms(offered []string) []string {
	const most = 40
	real := []string{}
	for _, a := range offered {
		if a == "" || strings.HasPrefix(a, "ext-info-") || strings.HasPrefix(a, "kex-strict-") {
			continue
		}
		if len(real) == most {
			break
		}
		real = append(real, printable(a, 64)) // RFC 4251 §6: names have at most 64 characters
	}
	return real
}
