package standin

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"porthole/server/platform"
	"porthole/ssh/wire"
)

const (
	stateVersion = 1
	secretSize   = 32 // bytes; the output of the hash that signs tokens (RFC 7518 §3.2)
)

// stateFile is the JSON of the state file.
type stateFile struct {
	Version int            `json:"version"`
	Tenant  wire.TenantID  `json:"tenant"`
	Secret  []byte         `json:"secret"` // signs tokens
	NextID  int64          `json:"nextId"`
	Users   []storedUser   `json:"users"`
	Devices []storedDevice `json:"devices"`
}

type storedUser struct {
	Name            string      `json:"name"`
	Password        storedHash  `json:"password"`
	Roles           []string    `json:"roles"`
	TFA             *storedHash `json:"tfa,omitempty"`
	PasswordExpired bool        `json:"passwordExpired,omitempty"`
}

type storedDevice struct {
	ID             wire.DeviceID            `json:"id"`
	Name           string                   `json:"name"`
	Type           string                   `json:"type,omitempty"`
	Serial         string                   `json:"serial,omitempty"`
	User           string                   `json:"user,omitempty"`
	Password       *storedHash              `json:"password,omitempty"`
	Created        time.Time                `json:"created"`
	Updated        time.Time                `json:"updated"`
	LastSeen       int64                    `json:"lastSeen,omitempty"` // Unix milliseconds
	NextConfig     int64                    `json:"nextConfiguration"`
	Configurations []platform.Configuration `json:"configurations"`
}

// load reads the state file. Without one the platform starts empty.
func (p *Platform) load() error {
	p.secret, p.nextID = randomBytes(secretSize), 1
	if p.opt.StateFile == "" {
		return nil
	}
	data, err := os.ReadFile(p.opt.StateFile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil {
		err = p.restore(data)
	}
	if err != nil {
		return fmt.Errorf("read state file %s: %w (repair it or move it away)", p.opt.StateFile, err)
	}
	return nil
}

func (p *Platform) restore(data []byte) error {
	var s stateFile
	if err := json.Unmarshal(data, &s); err != nil {
		return err
	}
	switch {
	case s.Version != stateVersion:
		return fmt.Errorf("its version is %d, not %d", s.Version, stateVersion)
	case s.Tenant != p.opt.Tenant:
		return fmt.Errorf("it belongs to tenant %q, not %q", s.Tenant, p.opt.Tenant)
	case len(s.Secret) != secretSize:
		return errors.New("its secret has the wrong size")
	}
	p.secret, p.nextID = s.Secret, s.NextID
	for _, d := range s.Devices {
		if err := p.restoreDevice(d); err != nil {
			return err
		}
	}
	for _, u := range s.Users {
		a := &account{name: u.Name, password: &verifier{hash: u.Password}, roles: u.Roles, expired: u.PasswordExpired}
		if u.TFA != nil {
			a.tfa = &verifier{hash: *u.TFA}
		}
		if err := p.addAccount(a); err != nil {
			return err
		}
	}
	return nil
}

func (p *Platform) restoreDevice(s storedDevice) error {
	d := &device{
		id: s.ID, serial: s.Serial, owner: s.User, created: s.Created, name: s.Name, kind: s.Type,
		updated: s.Updated, configurations: s.Configurations, nextConfig: s.NextConfig,
	}
	d.lastSeen.Store(s.LastSeen)
	if err := p.addDevice(d); err != nil {
		return err
	}
	if s.Password == nil {
		return nil
	}
	return p.addAccount(&account{name: s.User, password: &verifier{hash: *s.Password}, roles: []string{roleDevice}, device: s.ID})
}

// snapshot copies the state for the file. The caller holds Platform.mu.
func (p *Platform) snapshot() stateFile {
	s := stateFile{Version: stateVersion, Tenant: p.opt.Tenant, Secret: p.secret, NextID: p.nextID}
	for _, a := range p.accounts {
		if a.device != "" {
			continue
		}
		u := storedUser{Name: a.name, Password: a.password.hash, Roles: a.roles, PasswordExpired: a.expired}
		if a.tfa != nil {
			u.TFA = &a.tfa.hash
		}
		s.Users = append(s.Users, u)
	}
	slices.SortFunc(s.Users, func(a, b storedUser) int { return strings.Compare(a.Name, b.Name) })
	for _, d := range p.order {
		sd := storedDevice{
			ID: d.id, Name: d.name, Type: d.kind, Serial: d.serial, User: d.owner, Created: d.created, Updated: d.updated,
			LastSeen: d.lastSeen.Load(), NextConfig: d.nextConfig, Configurations: d.configurations,
		}
		if a := p.accounts[d.owner]; a != nil {
			sd.Password = &a.password.hash
		}
		s.Devices = append(s.Devices, sd)
	}
	return s
}

func (p *Platform) save() error {
	p.saveMu.Lock()
	defer p.saveMu.Unlock()
	return p.saveLocked()
}

// saveLocked writes the state file. The caller holds saveMu, so a later snapshot never
// loses to an earlier one.
func (p *Platform) saveLocked() error {
	if p.opt.StateFile == "" {
		return nil
	}
	p.mu.RLock()
	s := p.snapshot()
	p.mu.RUnlock()
	data, err := json.MarshalIndent(s, "", " ") //nolint:gosec // the secret belongs into this file, which only its owner reads
	if err == nil {
		err = writeAtomically(p.opt.StateFile, data)
	}
	if err != nil {
		return fmt.Errorf("save state file %s: %w", p.opt.StateFile, err)
	}
	return nil
}

// writeAtomically replaces a file so that a crash at any time leaves the old or the new
// one whole. The file is readable by its owner only.
func writeAtomically(path string, data []byte) error {
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(dir, "."+filepath.Base(path)+"-*") // mode 0600
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err == nil {
		err = f.Sync()
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return syncFolder(dir)
}
