package profile

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"sync"

	"porthole/ssh/hostkey"
)

// Names of the files.
const (
	knownHostsFile        = "known_hosts"
	knownCertificatesFile = "known_certificates"
	settingsFile          = "settings.json"
	// brokenSettingsFile keeps a settings file that could not be understood.
	brokenSettingsFile = "settings.broken.json"
)

// Locker runs critical while nobody else, in this program or another, holds the lock
// of that name. It gives up when ctx ends.
type Locker func(ctx context.Context, name string, critical func() error) error

// Options says what a profile is made of. The zero value keeps everything in memory.
type Options struct {
	// FS holds the files; nil means memory.
	FS FS
	// Lock keeps other tabs or programs out while a file changes; nil means that there
	// are none or that they cannot be kept out.
	Lock Locker
	// Warn is told what a developer wants to know; nil drops it. It is a function and
	// no *slog.Logger because that would add 140 KB, compressed, to what the browser
	// loads.
	Warn func(message string, cause error)
}

// Profile is what the client remembers. Its methods may be called from any goroutine.
type Profile struct {
	lock Locker
	warn func(message string, cause error)

	mu      sync.Mutex // held over every change, and for the fields below
	fs      FS
	durable bool
}

var _ hostkey.Store = (*Profile)(nil)

// Open opens a profile. Nothing is read yet.
func Open(opts Options) (*Profile, error) {
	p := &Profile{lock: opts.Lock, warn: opts.Warn, fs: opts.FS, durable: opts.FS != nil}
	if p.warn == nil {
		p.warn = func(string, error) {}
	}
	if p.lock == nil {
		p.lock = func(_ context.Context, _ string, critical func() error) error { return critical() }
	}
	if p.durable {
		return p, nil
	}
	memory, err := Memory()
	if err != nil {
		return nil, err
	}
	p.fs = memory
	return p, nil
}

// Durable is false when what is written will be forgotten when the program ends.
func (p *Profile) Durable() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.durable
}

// KnownHosts returns the known_hosts text; it implements hostkey.Store.
func (p *Profile) KnownHosts(context.Context) ([]byte, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return read(p.fs, knownHostsFile)
}

// UpdateKnownHosts changes the known_hosts text; it implements hostkey.Store.
func (p *Profile) UpdateKnownHosts(ctx context.Context, edit func(text []byte) ([]byte, error)) error {
	return p.update(ctx, knownHostsFile, edit)
}

// update replaces a file by what edit makes of it, with no other writer in between.
func (p *Profile) update(ctx context.Context, name string, edit func([]byte) ([]byte, error)) error {
	return p.lock(ctx, "porthole-"+name, func() error {
		p.mu.Lock()
		defer p.mu.Unlock()
		old, err := read(p.fs, name)
		if err != nil {
			return err
		}
		changed, err := edit(old)
		if err != nil {
			return err
		}
		if bytes.Equal(old, changed) {
			return nil
		}
		if err := p.fs.WriteFile(name, changed); err != nil {
			return p.goOnInMemory(name, changed, err)
		}
		return nil
	})
}

// goOnInMemory moves the profile to memory after a write failed (storage full, database
// gone), so that what the person decided counts until the program ends. p.mu is held.
func (p *Profile) goOnInMemory(name string, changed []byte, cause error) error {
	if !p.durable {
		return cause
	}
	memory, err := Memory()
	if err != nil {
		return errors.Join(cause, err)
	}
	for _, other := range []string{knownHostsFile, knownCertificatesFile, settingsFile} {
		data, err := read(p.fs, other)
		if err != nil {
			return errors.Join(cause, err)
		}
		if other == name {
			data = changed
		}
		if err := memory.WriteFile(other, data); err != nil {
			return errors.Join(cause, err)
		}
	}
	p.warn("the profile cannot be written, going on in memory", cause)
	p.fs, p.durable = memory, false
	return nil
}

// read returns a file, empty when it does not exist.
func read(files FS, name string) ([]byte, error) {
	data, err := files.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read profile: %w", err)
	}
	return data, nil
}
