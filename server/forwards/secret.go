package forwards

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// secretBytes of randomness: as much as HMAC-SHA-256 makes use of.
const secretBytes = 32

// secretFile holds the secret in the state folder.
const secretFile = "forward.key"

// Secret makes ids unguessable. Whoever has it can tell the origins of everybody.
type Secret [secretBytes]byte

// String hides the secret from fmt and slog.
func (Secret) String() string { return "[hidden]" }

// GoString hides the secret from fmt's %#v.
func (Secret) GoString() string { return "[hidden]" }

// NewSecret draws a secret; origins made with it end with the process.
func NewSecret() Secret {
	var s Secret
	_, _ = rand.Read(s[:]) // never fails: crypto/rand ends the program instead
	return s
}

// LoadSecret reads the secret of a state folder, and makes folder and secret when there
// are none. It refuses what others may read. Several gateways may start on one new folder
// at once: all get the same secret.
func LoadSecret(folder string) (Secret, error) {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return Secret{}, fmt.Errorf("make the state folder: %w", err)
	}
	name := filepath.Join(folder, secretFile)
	s, err := readSecret(name)
	if !errors.Is(err, fs.ErrNotExist) {
		return s, err
	}
	if err := writeSecret(folder, name, NewSecret()); err != nil {
		return Secret{}, fmt.Errorf("keep the secret of forwards: %w", err)
	}
	return readSecret(name)
}

func readSecret(name string) (Secret, error) {
	var s Secret
	info, err := os.Stat(name)
	if err != nil {
		return s, err
	}
	if info.Mode().Perm()&0o077 != 0 && !ignoresModes {
		return s, fmt.Errorf("%s may be read by others; run chmod 600 %s, or delete it to have a new one made", name, name)
	}
	data, err := os.ReadFile(name)
	if err != nil {
		return s, err
	}
	if len(data) != secretBytes {
		return s, fmt.Errorf("%s is damaged: it has %d bytes instead of %d; delete it to have a new one made", name, len(data), secretBytes)
	}
	copy(s[:], data)
	return s, nil
}

// writeSecret puts a whole file in its place, or leaves the one that is there by now.
func writeSecret(folder, name string, s Secret) error {
	file, err := os.CreateTemp(folder, secretFile+"-") // which makes it 0600
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(file.Name()) }() // the link below is another name of it
	_, err = file.Write(s[:])
	if err = errors.Join(err, file.Sync(), file.Close()); err != nil {
		return err
	}
	err = os.Link(file.Name(), name)
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err != nil { // a file system without links
		return os.Rename(file.Name(), name)
	}
	return nil
}
