//go:build demo

package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// lockName is the file whose lock says that a portholed uses the folder. It stays when
// the program ends; only the lock counts, and the system frees that even after a crash.
const lockName = "portholed.lock"

// errLocked: another process has the lock.
var errLocked = errors.New("locked by another process")

// checkStateFolder finds what will not do about a state folder, without touching it.
func checkStateFolder(name string) error {
	if name == "" {
		return errors.New("is empty: name a folder")
	}
	info, err := os.Stat(name)
	if errors.Is(err, fs.ErrNotExist) {
		return checkAbove(filepath.Clean(name))
	}
	if err != nil {
		return err
	}
	return checkFolder(name, info)
}

// checkAbove looks at the folder in which one that does not exist yet will be made.
func checkAbove(name string) error {
	for {
		parent := filepath.Dir(name)
		info, err := os.Stat(parent)
		switch {
		case errors.Is(err, fs.ErrNotExist) && parent != name:
			name = parent
			continue
		case err != nil:
			return err
		case !info.IsDir():
			return fmt.Errorf("%s is no folder", parent)
		}
		if err := writable(parent); err != nil {
			return fmt.Errorf("no folder can be made in %s: %w", parent, err)
		}
		return nil
	}
}

// checkFolder refuses a folder that others may read: it holds the stand-in's secrets and
// the demo device's host key.
func checkFolder(name string, info fs.FileInfo) error {
	if !info.IsDir() {
		return fmt.Errorf("%s is no folder", name)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return fmt.Errorf("%s may be read by others; run chmod 700 %s, or choose another folder", name, name)
	}
	if err := writable(name); err != nil {
		return fmt.Errorf("%s cannot be written: %w", name, err)
	}
	return nil
}

// takeStateFolder makes the folder when there is none, and takes its lock: two programs
// on one folder would overwrite what the other one saved.
func takeStateFolder(name string) (release func(), err error) {
	if err := os.MkdirAll(name, 0o700); err != nil {
		return nil, err
	}
	info, err := os.Stat(name)
	if err != nil {
		return nil, err
	}
	if err := checkFolder(name, info); err != nil {
		return nil, err
	}
	file, err := os.OpenFile(filepath.Join(name, lockName), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	if err := lockFile(file); err != nil {
		_ = file.Close() // nothing was written
		if errors.Is(err, errLocked) {
			return nil, fmt.Errorf("another portholed uses the folder %s, and two would lose each other's data: stop that one, or give this one its own folder (make run: STATE=folder)", name)
		}
		return nil, fmt.Errorf("lock %s: %w", file.Name(), err)
	}
	return func() { _ = file.Close() }, nil // which frees the lock
}
