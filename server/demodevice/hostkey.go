package demodevice

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	gossh "golang.org/x/crypto/ssh"
)

// loadHostKey reads the host key, or makes one when there is none. A file that is there
// and cannot be used is never replaced: clients have pinned its key.
func loadHostKey(path string) (gossh.Signer, error) {
	text, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return makeHostKey(path)
	case err != nil:
		return nil, fmt.Errorf("demodevice: read host key: %w", err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("demodevice: others may read the host key %s: set its mode to 0600, or remove it to get a new one", path)
	}
	key, err := gossh.ParsePrivateKey(text)
	if err != nil {
		return nil, fmt.Errorf("demodevice: the host key %s cannot be read, remove it to get a new one: %w", path, err)
	}
	return key, nil
}

// makeHostKey writes a new key beside the path and renames it, so that a half-written
// key is never found.
func makeHostKey(path string) (_ gossh.Signer, err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("demodevice: make host key: %w", err)
		}
	}()
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, err
	}
	block, err := gossh.MarshalPrivateKey(private, "porthole demo device")
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, err
	}
	temp, err := os.CreateTemp(filepath.Dir(path), ".host_key_*") // mode 0600
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.Remove(temp.Name()) }() // gone already when renamed
	_, err = temp.Write(pem.EncodeToMemory(block))
	if err := errors.Join(err, temp.Sync(), temp.Close()); err != nil {
		return nil, err
	}
	if err := os.Rename(temp.Name(), path); err != nil {
		return nil, err
	}
	return gossh.NewSignerFromKey(private)
}
