// Package keep keeps the token of a sign-in: in the keyring of the operating system
// where there is one, otherwise in a file that only its owner may read. A password is
// never kept.
package keep

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"github.com/zalando/go-keyring"

	"porthole/ssh/cmd/porthole/fault"
)

// Login is what is kept of a sign-in.
type Login struct {
	User   string `json:"user"`
	Tenant string `json:"tenant"`
	Token  string `json:"token"`
	// Expires is when the token ends where it does not say so itself.
	Expires time.Time `json:"expires,omitzero"`
}

// service is the name under which the keyring lists our entries.
const service = "porthole"

// keyringWait is how long the keyring may take. One that is locked asks its owner, and
// there may be nobody to answer: then the file serves.
const keyringWait = 2 * time.Second

// Store keeps logins by the address of the tenant or gateway.
type Store struct {
	// Folder holds the file for systems without a keyring; "" when there is none.
	Folder string
	// NoKeyring leaves the keyring alone.
	NoKeyring bool
	// Say tells the person that the keyring did not answer; nil tells nobody.
	Say func(format string, args ...any)

	wait time.Duration // 0: keyringWait
}

var (
	errNoKeyring = errors.New("the keyring is not used")
	errHung      = errors.New("the keyring did not answer")
)

// hung: the keyring, of which a system has one, did not answer this program once, and is
// not asked again.
var hung atomic.Bool

// Put keeps a login and says where: "keyring" or the file's path.
func (s Store) Put(address string, login Login) (where string, err error) {
	text, err := json.Marshal(login)
	if err != nil {
		return "", fmt.Errorf("encode login: %w", err)
	}
	if err := s.keyring(func() error { return keyring.Set(service, address, string(text)) }); err == nil {
		return "keyring", s.edit(func(all map[string]Login) { delete(all, address) })
	}
	return s.path(), s.edit(func(all map[string]Login) { all[address] = login })
}

// Get reads a login; ok is false when none is kept.
func (s Store) Get(address string) (login Login, where string, ok bool) {
	if all, err := s.read(); err == nil {
		if login, ok = all[address]; ok {
			return login, s.path(), true
		}
	}
	var text string
	err := s.keyring(func() (err error) {
		text, err = keyring.Get(service, address)
		return err
	})
	if err != nil || json.Unmarshal([]byte(text), &login) != nil {
		return Login{}, "", false
	}
	return login, "keyring", true
}

// Remove forgets a login and tells whether there was one.
func (s Store) Remove(address string) (bool, error) {
	_, _, was := s.Get(address)
	err := s.keyring(func() error { return keyring.Delete(service, address) })
	if errors.Is(err, errHung) {
		err := s.edit(func(all map[string]Login) { delete(all, address) })
		return was, errors.Join(err, fault.New(fault.Local, "The keyring did not answer, so a token that is in it stays there. Unlock it and run `porthole logout` again."))
	}
	if err != nil && !errors.Is(err, errNoKeyring) && !errors.Is(err, keyring.ErrNotFound) {
		if _, where, ok := s.Get(address); ok && where == "keyring" {
			return was, fault.Wrap(err, fault.Local, "The token cannot be removed from the keyring: %v.", err)
		}
	}
	return was, s.edit(func(all map[string]Login) { delete(all, address) })
}

// keyring calls f, which asks the keyring, for keyringWait at most.
func (s Store) keyring(f func() error) error {
	if s.NoKeyring {
		return errNoKeyring
	}
	if hung.Load() {
		return errHung
	}
	wait := s.wait
	if wait == 0 {
		wait = keyringWait
	}
	done := make(chan error, 1)
	go func() { done <- f() }() // one that never returns ends with the program
	limit := time.NewTimer(wait)
	defer limit.Stop()
	select {
	case err := <-done:
		return err
	case <-limit.C:
		if !hung.Swap(true) && s.Say != nil {
			s.Say("the keyring did not answer within %s, so the file %s serves in its place; PORTHOLE_KEYRING=off leaves the keyring alone", wait, s.path())
		}
		return errHung
	}
}

// path is the file for systems without a keyring.
func (s Store) path() string { return filepath.Join(s.Folder, "tokens.json") }

func (s Store) read() (map[string]Login, error) {
	all := map[string]Login{}
	if s.Folder == "" {
		return all, nil
	}
	text, err := os.ReadFile(s.path())
	if errors.Is(err, os.ErrNotExist) {
		return all, nil
	}
	_ = os.Chmod(s.path(), 0o600) // as after a copy from elsewhere; one that is another's stays as it is
	if err == nil {
		err = json.Unmarshal(text, &all)
	}
	if all == nil { // null
		all = map[string]Login{}
	}
	if err != nil {
		return nil, fault.Wrap(err, fault.Local, "The file %q with the tokens cannot be read: %v. Remove it and sign in again.", s.path(), err)
	}
	return all, nil
}

// edit changes the file, which appears whole or not at all.
func (s Store) edit(change func(map[string]Login)) error {
	all, err := s.read()
	if err != nil {
		return err
	}
	before := len(all)
	change(all)
	if before == 0 && len(all) == 0 {
		return nil
	}
	if s.Folder == "" {
		return fault.New(fault.Local, "There is no keyring and no home folder to keep the token in. Set C8Y_TOKEN instead.")
	}
	text, err := json.MarshalIndent(all, "", "  ")
	if err != nil {
		return fmt.Errorf("encode logins: %w", err)
	}
	if err := s.write(text); err != nil {
		return fault.Wrap(err, fault.Local, "The token cannot be kept in %q: %v.", s.path(), err)
	}
	return nil
}

func (s Store) write(text []byte) error {
	if err := os.MkdirAll(s.Folder, 0o700); err != nil {
		return err
	}
	file, err := os.CreateTemp(s.Folder, ".tokens-*") // mode 0600
	if err != nil {
		return err
	}
	_, err = file.Write(text)
	err = errors.Join(err, file.Close())
	if err == nil {
		err = os.Rename(file.Name(), s.path())
	}
	if err != nil {
		_ = os.Remove(file.Name()) // the first error counts
	}
	return err
}
