package realpeer

import (
	"context"
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"encoding/pem"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"

	gossh "golang.org/x/crypto/ssh"
)

// userName is the account every peer has.
const userName = "operator"

// Start starts a server; it runs until Close, or until ctx or the process ends.
func Start(ctx context.Context, kind Kind, o Options) (_ *Peer, err error) {
	p := &Peer{Host: "127.0.0.1", User: userName, Password: rand.Text(), log: &logBuffer{}}
	if p.dir, err = os.MkdirTemp("", "realpeer-"); err != nil {
		return nil, fmt.Errorf("realpeer: make folder: %w", err)
	}
	defer func() {
		if err != nil {
			err = fmt.Errorf("realpeer: %w", errors.Join(err, os.RemoveAll(p.dir)))
		}
	}()
	hostKeyFile, err := p.makeKeys(kind, &o)
	if err != nil {
		return nil, err
	}
	if err := p.makeAccount(); err != nil {
		return nil, err
	}
	switch kind {
	case OpenSSH:
		err = p.configureOpenSSH(o, hostKeyFile)
	case Dropbear:
		err = p.configureDropbear(ctx, o, hostKeyFile)
	default:
		err = fmt.Errorf("no such server: %q", kind)
	}
	if err != nil {
		return nil, err
	}
	if p.listener, err = (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0"); err != nil {
		return nil, fmt.Errorf("listen: %w", err)
	}
	if addr, ok := p.listener.Addr().(*net.TCPAddr); ok {
		p.Port = addr.Port
	}
	p.life, p.end = context.WithCancel(ctx)
	context.AfterFunc(p.life, func() { _ = p.listener.Close() })
	p.work.Go(p.accept)
	return p, nil
}

// Close ends the server, its connections and their programs, and removes its files.
func (p *Peer) Close() error {
	p.end()
	_ = p.listener.Close() // closed already when ctx ended
	p.work.Wait()
	if err := os.RemoveAll(p.dir); err != nil {
		return fmt.Errorf("realpeer: remove files: %w", err)
	}
	return nil
}

// makeKeys makes the user's key and, unless given, the host key, and returns the latter's file.
func (p *Peer) makeKeys(kind Kind, o *Options) (hostKeyFile string, err error) {
	_, user, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return "", fmt.Errorf("make user key: %w", err)
	}
	if p.PrivateKey, p.Key, err = encode(user); err != nil {
		return "", err
	}
	if o.HostKey == nil {
		if o.HostKey, err = newHostKey(o.OldAlgorithms || kind == Dropbear); err != nil {
			return "", fmt.Errorf("make host key: %w", err)
		}
	}
	text, signer, err := encode(o.HostKey)
	if err != nil {
		return "", err
	}
	p.HostKey = signer.PublicKey()
	hostKeyFile = filepath.Join(p.dir, "host_key")
	return hostKeyFile, write(hostKeyFile, string(text))
}

// newHostKey makes an RSA key for old devices, and for dropbear: its version 2022.83 dies
// ("Failed assertion (rsa.c:164)") when it has no RSA key and the client prefers one.
func newHostKey(isRSA bool) (crypto.Signer, error) {
	if isRSA {
		return rsa.GenerateKey(rand.Reader, 2048)
	}
	_, private, err := ed25519.GenerateKey(rand.Reader)
	return private, err
}

// encode writes a private key in OpenSSH format.
func encode(key crypto.PrivateKey) ([]byte, gossh.Signer, error) {
	block, err := gossh.MarshalPrivateKey(key, "")
	if err != nil {
		return nil, nil, fmt.Errorf("encode key: %w", err)
	}
	signer, err := gossh.NewSignerFromKey(key)
	if err != nil {
		return nil, nil, fmt.Errorf("encode key: %w", err)
	}
	return pem.EncodeToMemory(block), signer, nil
}

// write makes a file that only its owner may read: servers refuse others' keys.
func write(path, text string) error {
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		return fmt.Errorf("write: %w", err)
	}
	return nil
}
