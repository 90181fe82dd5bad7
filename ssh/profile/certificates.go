package profile

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"strings"

	"porthole/ssh/hostkey"
	"porthole/ssh/wire"
)

// KnownCertificate is the public key of an https page that a person accepted.
type KnownCertificate struct {
	// Name is the known_hosts name of the page's host and port.
	Name string
	// Fingerprint is "SHA256:" and the base64 of the key's (SPKI's) hash, without padding.
	Fingerprint string
}

// errCertificate says that a line would not be read back as it was written.
var errCertificate = errors.New("a certificate needs a name and a SHA256 fingerprint")

// Certificates returns the fingerprints known under a name, none when there are none.
func (p *Profile) Certificates(_ context.Context, name string) ([]string, error) {
	text, err := p.certificates()
	if err != nil {
		return nil, err
	}
	var fingerprints []string
	for line := range bytes.Lines(text) {
		if known, ok := parseCertificate(line); ok && known.Name == name {
			fingerprints = append(fingerprints, known.Fingerprint)
		}
	}
	return fingerprints, nil
}

// AddCertificate makes a fingerprint known under a name.
func (p *Profile) AddCertificate(ctx context.Context, name, fingerprint string) error {
	added := KnownCertificate{Name: name, Fingerprint: fingerprint}
	line := name + " " + fingerprint + "\n"
	if parsed, ok := parseCertificate([]byte(line)); !ok || parsed != added {
		return errCertificate
	}
	return p.update(ctx, knownCertificatesFile, func(text []byte) ([]byte, error) {
		for old := range bytes.Lines(text) {
			if known, ok := parseCertificate(old); ok && known == added {
				return text, nil
			}
		}
		text = slices.Clone(text)
		if len(text) > 0 && text[len(text)-1] != '\n' {
			text = append(text, '\n')
		}
		return append(text, line...), nil
	})
}

// RemoveCertificate forgets all certificates of a name.
func (p *Profile) RemoveCertificate(ctx context.Context, name string) error {
	return p.update(ctx, knownCertificatesFile, func(text []byte) ([]byte, error) {
		var left []byte
		for line := range bytes.Lines(text) {
			if known, ok := parseCertificate(line); !ok || known.Name != name {
				left = append(left, line...)
			}
		}
		return left, nil
	})
}

// DeviceCertificates lists the certificates of one device's pages.
func (p *Profile) DeviceCertificates(_ context.Context, tenant wire.TenantID, device wire.DeviceID) ([]KnownCertificate, error) {
	text, err := p.certificates()
	if err != nil {
		return nil, err
	}
	// Every name of the device ends alike, between host and port.
	name := hostkey.Name(tenant, device, wire.Loopback, 0)
	end := strings.TrimSuffix(strings.TrimPrefix(name, "["+wire.Loopback), "0")
	var list []KnownCertificate
	for line := range bytes.Lines(text) {
		known, ok := parseCertificate(line)
		if !ok {
			continue
		}
		host, port, found := strings.Cut(known.Name, end)
		if found && strings.HasPrefix(host, "[") && port != "" && strings.Trim(port, "0123456789") == "" {
			list = append(list, known)
		}
	}
	return list, nil
}

func (p *Profile) certificates() ([]byte, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return read(p.fs, knownCertificatesFile)
}

// parseCertificate reads one line: a name, a fingerprint, and nothing else. What begins
// with "#" is a comment.
func parseCertificate(line []byte) (KnownCertificate, bool) {
	fields := strings.Fields(string(line))
	if len(fields) != 2 || strings.HasPrefix(fields[0], "#") {
		return KnownCertificate{}, false
	}
	hash, ok := strings.CutPrefix(fields[1], "SHA256:")
	return KnownCertificate{Name: fields[0], Fingerprint: fields[1]}, ok && hash != ""
}
