package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

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
