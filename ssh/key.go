package ssh

import (
	"bytes"
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"strings"

	gossh "golang.org/x/crypto/ssh"

	"porthole/ssh/wire"
)

// maxKeyFile bounds a private key file, in bytes; RSA of 16384 bits has 13 kB.
const maxKeyFile = 64 << 10

// key asks for a private key until one can be read, and gives it to x/crypto, which
// asks the server about it before it signs.
func (h *handshake) key() ([]gossh.Signer, error) {
	for range maxKeyAttempts {
		h.auth.mu.Lock()
		h.auth.keys++
		q := KeyQuestion{User: h.config.User, Attempt: h.auth.keys, Error: h.auth.keyError}
		h.auth.mu.Unlock()
		var file []byte
		err := h.ask(func(ctx context.Context) (err error) {
			file, err = h.config.Prompter.Key(ctx, q)
			return err
		})
		if err != nil {
			return nil, err
		}
		trimmed := trimLines(file)
		clear(file)
		signer, problem, err := h.readKey(trimmed)
		clear(trimmed)
		if err != nil {
			return nil, err
		}
		h.auth.mu.Lock()
		h.auth.keyError = problem
		h.auth.mu.Unlock()
		if problem == "" {
			h.auth.sent()
			return []gossh.Signer{signer}, nil
		}
	}
	return nil, h.stop(&Error{Code: wire.CodeBadKey, Message: "None of the keys could be read. " + h.auth.keyError})
}

// readKey makes a signer of a private key file. problem is a sentence for the person
// about a file that is of no use; err ends the handshake.
func (h *handshake) readKey(file []byte) (signer gossh.Signer, problem string, err error) {
	if problem := foreignKeyFile(file); problem != "" {
		return nil, problem, nil
	}
	raw, parseErr := gossh.ParseRawPrivateKey(file)
	var locked *gossh.PassphraseMissingError
	switch {
	case errors.As(parseErr, &locked), isEncryptedPKCS8(file):
		raw, problem, err = h.unlockKey(file, locked)
		if err != nil || problem != "" {
			return nil, problem, err
		}
	case parseErr != nil:
		//nolint:nilerr // a file that cannot be read is asked for again
		return nil, "This private key cannot be read: the file is damaged or of an unknown kind.", nil
	}
	signer, problem = h.signerOf(raw)
	return signer, problem, nil
}

// unlockKey asks for the passphrase until it fits.
func (h *handshake) unlockKey(file []byte, locked *gossh.PassphraseMissingError) (raw any, problem string, err error) {
	comment := ""
	if locked != nil && locked.PublicKey != nil {
		comment = locked.PublicKey.Type() + " " + gossh.FingerprintSHA256(locked.PublicKey)
	}
	for attempt := 1; attempt <= maxKeyAttempts; attempt++ {
		var passphrase []byte
		err := h.ask(func(ctx context.Context) (err error) {
			passphrase, err = h.config.Prompter.Passphrase(ctx, PassphraseQuestion{Comment: comment, Attempt: attempt})
			return err
		})
		if err != nil {
			return nil, "", err
		}
		raw, err := parseWithPassphrase(file, passphrase)
		clear(passphrase)
		switch {
		case err == nil:
			return raw, "", nil
		case errors.Is(err, x509.IncorrectPasswordError):
			continue
		default:
			return nil, "This encrypted private key cannot be read: the file is damaged, or encrypted in a way " +
				"that is not supported. \"ssh-keygen -p -f FILE\" rewrites it.", nil
		}
	}
	return nil, fmt.Sprintf("The passphrase was wrong %d times.", maxKeyAttempts), nil
}

func parseWithPassphrase(file, passphrase []byte) (any, error) {
	if len(passphrase) == 0 {
		return nil, x509.IncorrectPasswordError // the library takes it for a missing one
	}
	if isEncryptedPKCS8(file) {
		return parseEncryptedPKCS8(file, passphrase)
	}
	return gossh.ParseRawPrivateKeyWithPassphrase(file, passphrase)
}

// signerOf limits an RSA key to the signatures we allow and refuses DSA unless old
// algorithms are allowed.
func (h *handshake) signerOf(raw any) (gossh.Signer, string) {
	signer, err := gossh.NewSignerFromKey(raw)
	if err != nil {
		return nil, "This kind of private key cannot be used with SSH."
	}
	switch signer.PublicKey().Type() {
	case gossh.InsecureKeyAlgoDSA: //nolint:staticcheck // old devices know nothing better
		if !h.config.AllowOld {
			return nil, "This is a DSA key, which is no longer safe. Use another key, or allow old algorithms."
		}
	case gossh.KeyAlgoRSA:
		algorithmSigner, ok := signer.(gossh.AlgorithmSigner)
		if !ok {
			return nil, "This kind of private key cannot be used with SSH."
		}
		limited, err := gossh.NewSignerWithAlgorithms(algorithmSigner, h.config.signatureAlgorithms())
		if err != nil {
			return nil, "This kind of private key cannot be used with SSH."
		}
		signer = limited
	}
	h.auth.mu.Lock()
	h.auth.rsa = signer.PublicKey().Type() == gossh.KeyAlgoRSA
	h.auth.mu.Unlock()
	return signer, ""
}

// refusedKey says why the server did not take the last key; h.auth.mu is held.
func (h *handshake) refusedKey() string {
	if h.auth.rsa && !h.config.AllowOld {
		return "The device does not accept this key for this SSH user. If the device is old, " +
			"it may take RSA keys only when old algorithms are allowed."
	}
	return "The device does not accept this key for this SSH user."
}

// foreignKeyFile recognises what people paste instead of a private key.
func foreignKeyFile(file []byte) string {
	text := bytes.TrimSpace(file)
	first, _, _ := bytes.Cut(text, []byte("\n"))
	switch {
	case len(text) == 0:
		return "The key is empty."
	case len(text) > maxKeyFile:
		return "This file is too long for a private key."
	case bytes.HasPrefix(text, []byte("PuTTY-User-Key-File-")):
		return "This is a PuTTY key (.ppk). Export it in PuTTYgen: Conversions, Export OpenSSH key."
	case isPublicKeyLine(first), bytes.HasPrefix(text, []byte("---- BEGIN SSH2 PUBLIC KEY")),
		bytes.Contains(first, []byte("PUBLIC KEY-----")):
		return "This is a public key. The private key is the file beside it, without .pub."
	case bytes.Contains(first, []byte("CERTIFICATE-----")):
		return "This is a certificate. A private key is needed."
	case !bytes.Contains(text, []byte("PRIVATE KEY-----")):
		return "This is not a private key in OpenSSH or PEM format (it begins with \"-----BEGIN … PRIVATE KEY-----\")."
	case !bytes.Contains(text, []byte("-----END ")):
		return "The end of this private key is missing. Copy the whole file."
	}
	return ""
}

// trimLines takes away what pasting adds: indents, carriage returns, lines around.
func trimLines(file []byte) []byte {
	out := make([]byte, 0, len(file)+1)
	for line := range bytes.Lines(bytes.TrimSpace(file)) {
		out = append(append(out, bytes.TrimSpace(line)...), '\n')
	}
	return out
}

func isPublicKeyLine(line []byte) bool {
	kind, _, _ := strings.Cut(string(line), " ")
	return strings.HasPrefix(kind, "ssh-") || strings.HasPrefix(kind, "ecdsa-sha2-") || strings.HasPrefix(kind, "sk-")
}
