//go:build demo

package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// lockName is the file whose lock says that a portholed uses the folder. It stays when
// the program ends; only the lock counts, and the system frees that even after a crash.
const lockName = "portholed.lock"

// errLocked: another process has the lock.
var errLocked = errors.New("locked by another process")

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
