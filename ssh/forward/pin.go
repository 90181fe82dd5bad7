package forward

import (
	"context"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"porthole/ssh/wire"
)

// CertificateStore remembers the public keys of pages by known_hosts name.
type CertificateStore interface {
	// Certificates gives the fingerprints pinned under name, none when it is unknown.
	Certificates(ctx context.Context, name string) ([]string, error)
	AddCertificate(ctx context.Context, name, fingerprint string) error
}

// CertificateQuestion is what a person is asked at the first use of a certificate.
type CertificateQuestion struct {
	Name                string // known_hosts name of the target
	Fingerprint         string // "SHA256:…" of the public key
	Subject, Issuer     string
	NotBefore, NotAfter time.Time
}

// Pin decides about certificates like about host keys: a pinned public key passes, the
// first one is asked about and pinned, another than the pinned one is refused and nobody is
// asked. Names and times in a certificate do not count: devices sign their own, with the
// clock of their first start.
//
// A page opens many connections at once: the question is asked once for all of them. What
// cannot be pinned counts for as long as the function is used.
func Pin(store CertificateStore, name string, ask func(context.Context, CertificateQuestion) (bool, error)) func(context.Context, []*x509.Certificate) error {
	p := &pinner{store: store, name: name, ask: ask, turn: make(chan struct{}, 1)}
	return p.decide
}

type pinner struct {
	store CertificateStore
	name  string
	ask   func(context.Context, CertificateQuestion) (bool, error)
	turn  chan struct{} // held by the one that decides

	mu      sync.Mutex
	waiting int      // calls under way
	kept    []string // accepted in this life
	denied  []string // by a person, since waiting was last 0
}

func (p *pinner) decide(ctx context.Context, chain []*x509.Certificate) error {
	if len(chain) == 0 {
		return deniedError("The page's web server shows no certificate.", nil)
	}
	p.begin()
	defer p.done()
	select {
	case p.turn <- struct{}{}:
		defer func() { <-p.turn }()
	case <-ctx.Done():
		return cancelled(ctx)
	}
	leaf := chain[0]
	fingerprint := certificateFingerprint(leaf)
	known, err := p.known(ctx)
	switch {
	case err != nil:
		return deniedError("The certificates accepted before could not be read, so this one is refused.", err)
	case slices.Contains(known, fingerprint):
		return nil
	case len(known) > 0:
		return changeError(p.name, known, fingerprint)
	case p.wasDenied(fingerprint):
		return deniedError("The page's certificate was refused.", nil)
	}
	yes, err := p.ask(ctx, question(p.name, fingerprint, leaf))
	switch {
	case err != nil && ctx.Err() != nil:
		return cancelled(ctx)
	case err != nil:
		return deniedError("Nobody could be asked about the page's certificate, so it is refused.", err)
	case !yes:
		p.deny(fingerprint)
		return deniedError("The page's certificate was refused.", nil)
	}
	p.keep(fingerprint)
	// A profile that cannot be written must not stop the person: kept holds it meanwhile.
	_ = p.store.AddCertificate(ctx, p.name, fingerprint)
	return nil
}

func (p *pinner) begin() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.waiting++
}

// done lets a refused certificate be asked about again once nobody waits for the answer.
func (p *pinner) done() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.waiting--; p.waiting == 0 {
		p.denied = nil
	}
}

// known gives what is pinned. What was accepted in this life counts only while the store
// holds nothing, so that what a person removes there is asked about again by the next
// forward.
func (p *pinner) known(ctx context.Context) ([]string, error) {
	stored, err := p.store.Certificates(ctx, p.name)
	if err != nil || len(stored) > 0 {
		return stored, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.kept, nil
}

func (p *pinner) keep(fingerprint string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.kept = append(p.kept, fingerprint)
}

func (p *pinner) deny(fingerprint string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.denied = append(p.denied, fingerprint)
}

func (p *pinner) wasDenied(fingerprint string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Contains(p.denied, fingerprint)
}

// certificateFingerprint is "SHA256:" and base64 without padding, like a host key's, of
// the public key: a certificate that is renewed with its key stays known.
func certificateFingerprint(c *x509.Certificate) string {
	sum := sha256.Sum256(c.RawSubjectPublicKeyInfo)
	return "SHA256:" + base64.RawStdEncoding.EncodeToString(sum[:])
}

func question(name, fingerprint string, leaf *x509.Certificate) CertificateQuestion {
	return CertificateQuestion{
		Name: name, Fingerprint: fingerprint,
		Subject: certificateName(leaf.Subject.String()), Issuer: certificateName(leaf.Issuer.String()),
		NotBefore: leaf.NotBefore, NotAfter: leaf.NotAfter,
	}
}

// certificateName keeps what a device wrote short and printable.
func certificateName(s string) string {
	const limit = 200
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r >= 0x7f && r < 0xa0 {
			return '?'
		}
		return r
	}, strings.ToValidUTF8(s, "?"))
	if runes := []rune(s); len(runes) > limit {
		return string(runes[:limit]) + "…"
	}
	return s
}

func deniedError(message string, err error) *Error {
	return &Error{Code: wire.CodeCertificateDenied, Message: message, Err: err}
}

func changeError(name string, known []string, offered string) *Error {
	return &Error{
		Code: wire.CodeCertificateChange,
		Message: fmt.Sprintf("The page at %s shows another certificate than before: its key is %s and not %s. "+
			"Somebody may stand in between, or the device was set up anew. "+
			"If you know why, remove the old one from the known certificates and open the page again.",
			name, offered, strings.Join(known, ", ")),
		Detail: map[string]any{"name": name, "known": known, "offered": offered},
		Err:    errCertificateChanged,
	}
}

var errCertificateChanged = errors.New("forward: the public key is not the pinned one")
