package hostkey

import (
	"errors"
	"strings"
)

// ErrRejected means that the person said no to an unknown key, or that nobody was there
// to ask.
var ErrRejected = errors.New("host key rejected")

// ChangedError means that another key is known under the name.
type ChangedError struct {
	Name    string
	Known   []string // fingerprints
	Offered string   // fingerprint
}

// Error names both sides.
func (e *ChangedError) Error() string {
	return "host key of " + e.Name + " changed: known " + strings.Join(e.Known, ", ") + ", offered " + e.Offered
}

// RevokedError means that a @revoked line forbids the key.
type RevokedError struct {
	Name    string
	Offered string // fingerprint
}

// Error names the key.
func (e *RevokedError) Error() string {
	return "host key " + e.Offered + " of " + e.Name + " is revoked"
}

// CertificateError means that a known certificate authority signed the host
// certificate, but that it is not valid for this device now.
type CertificateError struct {
	Name   string
	Reason string // a part of a sentence
}

// Error gives the reason.
func (e *CertificateError) Error() string {
	return "host certificate of " + e.Name + ": " + e.Reason
}
