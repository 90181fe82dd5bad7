package hostkey

import (
	"bytes"
	"encoding/base64"
	"slices"
	"strings"

	gossh "golang.org/x/crypto/ssh"

	"porthole/ssh/wire"
)

// KnownHost is a key known under a name.
type KnownHost struct {
	Name        string
	Algorithm   string // key type, such as "ssh-ed25519"
	Fingerprint string // "SHA256:…"
}

func knownHost(name string, key gossh.PublicKey) KnownHost {
	return KnownHost{Name: name, Algorithm: key.Type(), Fingerprint: gossh.FingerprintSHA256(key)}
}

// Add gives the text with a line for the key at its end; of a certificate, the key
// within. A key that is known under the name already is not added again.
func Add(text []byte, name string, key gossh.PublicKey) []byte {
	plain := plainKey(key)
	for _, l := range Parse(text).matching("", name) {
		if sameKey(l.key, plain) {
			return text
		}
	}
	out := slices.Clone(text)
	if len(out) > 0 && out[len(out)-1] != '\n' {
		out = append(out, '\n')
	}
	return append(out, name+" "+plain.Type()+" "+base64.StdEncoding.EncodeToString(plain.Marshal())+"\n"...)
}

// Remove gives the text without the key with that fingerprint under the name, or
// without any key of the name when fingerprint is empty, and how many were removed. It
// touches lines that name the host itself, hashed or not: wildcards, @revoked and
// @cert-authority lines were written by someone who meant more than this host.
func Remove(text []byte, name, fingerprint string) (out []byte, removed int) {
	f := Parse(text)
	kept := f.lines[:0]
	for _, l := range f.lines {
		if !l.entry || l.marker != "" || fingerprint != "" && gossh.FingerprintSHA256(l.key) != fingerprint {
			kept = append(kept, l)
			continue
		}
		rest := slices.DeleteFunc(slices.Clone(l.patterns), func(p string) bool {
			return strings.EqualFold(p, name) || strings.HasPrefix(p, "|") && matchHash(p, name)
		})
		switch {
		case len(rest) == len(l.patterns):
			kept = append(kept, l)
		case slices.ContainsFunc(rest, func(p string) bool { return !strings.HasPrefix(p, "!") }):
			removed++
			kept = append(kept, l.rewrite(rest))
		default: // only negations are left: the line means nobody
			removed++
		}
	}
	if removed == 0 {
		return text, 0
	}
	return File{lines: kept}.text(), removed
}

// List gives the keys known of a device, at whatever host and port. Hashed names cannot
// be listed, and wildcards, @revoked and @cert-authority lines are no keys of a device.
func (f File) List(tenant wire.TenantID, device wire.DeviceID) []KnownHost {
	var known []KnownHost
	end := suffix(tenant, device)
	for _, l := range f.lines {
		if !l.entry || l.marker != "" {
			continue
		}
		for _, p := range l.patterns {
			before, port, found := strings.Cut(p, end)
			if found && strings.HasPrefix(before, "[") && isPort(port) && !strings.ContainsAny(before, "*?") {
				known = append(known, knownHost(p, l.key))
			}
		}
	}
	return known
}

func isPort(s string) bool {
	return s != "" && bytes.Trim([]byte(s), "0123456789") == nil
}
