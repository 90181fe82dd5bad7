package hostkey

import (
	"context"
	"fmt"
	"sync"

	gossh "golang.org/x/crypto/ssh"
)

// Question is what a person decides about at the first use of a host key.
type Question struct {
	Name        string // the known_hosts name
	Algorithm   string // key type
	Fingerprint string // "SHA256:…"
}

// Verifier decides about the host key of one connection. The zero Verifier refuses.
type Verifier struct {
	// Store keeps what is known; a read that fails refuses the device.
	Store Store
	// Name is the known_hosts name, made by [Name].
	Name string
	// Ask asks the person about an unknown key; true pins it. nil means no.
	Ask func(ctx context.Context, q Question) (bool, error)
	// Warn takes warnings about lines that cannot be read or written; nil discards.
	Warn func(message string, cause error)

	mu   sync.Mutex
	kept bool
}

// KnownAlgorithms lists the key types known of the server, to be asked for first.
func (v *Verifier) KnownAlgorithms(ctx context.Context) ([]string, error) {
	f, err := v.read(ctx)
	if err != nil {
		return nil, err
	}
	return f.KnownAlgorithms(v.Name), nil
}

// Verify accepts a known key, asks about an unknown one, and refuses any other. The
// error is [ErrRejected], a [*ChangedError], [*RevokedError] or [*CertificateError], or
// what Store or Ask failed with. A key the person accepted but the Store could not
// write is accepted; see [Verifier.Kept].
func (v *Verifier) Verify(ctx context.Context, key gossh.PublicKey) error {
	f, err := v.read(ctx)
	if err != nil {
		return err
	}
	offered := gossh.FingerprintSHA256(plainKey(key))
	switch verdict := f.Decide(v.Name, key); verdict.Outcome {
	case Match:
		v.setKept(true)
		return nil
	case Unknown:
		return v.firstUse(ctx, key)
	case Changed:
		e := &ChangedError{Name: v.Name, Offered: offered}
		for _, k := range verdict.Known {
			e.Known = append(e.Known, k.Fingerprint)
		}
		return e
	case Revoked:
		return &RevokedError{Name: v.Name, Offered: offered}
	case BadCertificate:
		return &CertificateError{Name: v.Name, Reason: verdict.Reason}
	case Undecided:
		return ErrRejected
	default:
		return ErrRejected
	}
}

// Kept is false when the key of this connection could not be written down.
func (v *Verifier) Kept() bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.kept
}

func (v *Verifier) setKept(kept bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.kept = kept
}

func (v *Verifier) firstUse(ctx context.Context, key gossh.PublicKey) error {
	if v.Ask == nil {
		return ErrRejected
	}
	plain := plainKey(key)
	yes, err := v.Ask(ctx, Question{Name: v.Name, Algorithm: plain.Type(), Fingerprint: gossh.FingerprintSHA256(plain)})
	if err != nil {
		return fmt.Errorf("ask about host key: %w", err)
	}
	if !yes {
		return ErrRejected
	}
	// While the person looked at it, another tab may have learnt of another key.
	var conflict error
	err = v.Store.UpdateKnownHosts(ctx, func(text []byte) ([]byte, error) {
		switch verdict := Parse(text).Decide(v.Name, key); verdict.Outcome {
		case Match:
			return text, nil
		case Unknown:
			return Add(text, v.Name, key), nil
		case Undecided, Changed, Revoked, BadCertificate:
			conflict = ErrRejected
			return nil, conflict
		default:
			conflict = ErrRejected
			return nil, conflict
		}
	})
	if conflict != nil {
		return fmt.Errorf("another key became known meanwhile: %w", conflict)
	}
	v.setKept(err == nil)
	if err != nil {
		v.warn("the host key of "+v.Name+" was not written down", err)
	}
	return nil
}

func (v *Verifier) read(ctx context.Context) (File, error) {
	if v.Store == nil {
		return File{}, ErrRejected
	}
	text, err := v.Store.KnownHosts(ctx)
	if err != nil {
		return File{}, fmt.Errorf("read known_hosts: %w", err)
	}
	f := Parse(text)
	for _, warning := range f.Warnings {
		v.warn("a line of known_hosts is ignored", warning)
	}
	return f, nil
}

func (v *Verifier) warn(message string, cause error) {
	if v.Warn != nil {
		v.Warn(message, cause)
	}
}
