package server

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"os"
	"strings"
)

// Reasons that a PEM file does not do, completed by its name.
var (
	errNoCertificate = errors.New("has no certificate in PEM form")
	errBadCert       = errors.New("has a certificate that cannot be read")
	errNoKey         = errors.New("has no private key in PEM form")
	errEncryptedKey  = errors.New("has an encrypted private key: the gateway cannot ask for its passphrase, so decrypt it (openssl pkey)")
)

// checkCertificate looks at both TLS files before anything starts, so that a wrong file
// is reported together with whatever else is wrong, and under its own option.
func (c Config) checkCertificate(bad *problems) {
	if (c.TLSCert == "") != (c.TLSKey == "") {
		bad.add("tls-cert", "and --tls-key belong together: give both or none")
	}
	cert, certFine := readPEM("tls-cert", c.TLSCert, certificateIn, bad)
	key, keyFine := readPEM("tls-key", c.TLSKey, privateKeyIn, bad)
	if !certFine || !keyFine {
		return
	}
	if _, err := tls.X509KeyPair(cert, key); err != nil {
		bad.add("tls-key", "%s does not go with %s of --tls-cert: %w", c.TLSKey, c.TLSCert, err)
	}
}

// readPEM reads the file of an option; fine is false without one.
func readPEM(option, file string, check func([]byte) error, bad *problems) (data []byte, fine bool) {
	if file == "" {
		return nil, false
	}
	data, err := os.ReadFile(file)
	if err != nil {
		bad.add(option, "%w", err)
		return nil, false
	}
	if err := check(data); err != nil {
		bad.add(option, "%s %w", file, err)
		return nil, false
	}
	return data, true
}

// certificateIn tells whether the first certificate, the one that is served, is readable.
func certificateIn(data []byte) error {
	for block, rest := pem.Decode(data); block != nil; block, rest = pem.Decode(rest) {
		if block.Type != "CERTIFICATE" {
			continue
		}
		if _, err := x509.ParseCertificate(block.Bytes); err != nil {
			return errBadCert
		}
		return nil
	}
	return errNoCertificate
}

// rootsIn tells whether there is any root to trust. A bundle may hold some that this
// program cannot read.
func rootsIn(data []byte) error {
	if !x509.NewCertPool().AppendCertsFromPEM(data) {
		return errNoCertificate
	}
	return nil
}

// privateKeyIn tells whether there is a private key that needs no passphrase.
func privateKeyIn(data []byte) error {
	for block, rest := pem.Decode(data); block != nil; block, rest = pem.Decode(rest) {
		switch {
		case block.Type == "ENCRYPTED PRIVATE KEY" || strings.Contains(block.Headers["Proc-Type"], "ENCRYPTED"):
			return errEncryptedKey // PKCS #8 (RFC 5958), or the older way (RFC 1421 §4.6.1.1)
		case strings.HasSuffix(block.Type, "PRIVATE KEY"):
			return nil
		}
	}
	return errNoKey
}
