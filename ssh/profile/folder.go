//go:build !js

package profile

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// folderPerm lets nobody else look into the profile.
const folderPerm os.FileMode = 0o700

// OSFolder is an FS over a folder of the operating system.
type OSFolder struct{ dir string }

// Folder opens a folder, making it when missing. A folder or file that others can read
// or write is made private: known_hosts decides whom we trust.
func Folder(dir string) (*OSFolder, error) {
	if err := os.MkdirAll(dir, folderPerm); err != nil {
		return nil, fmt.Errorf("make profile folder: %w", err)
	}
	if err := os.Chmod(dir, folderPerm); err != nil {
		return nil, fmt.Errorf("make profile folder private: %w", err)
	}
	return &OSFolder{dir: dir}, nil
}

// ReadFile implements FS.
func (f *OSFolder) ReadFile(name string) ([]byte, error) {
	file, err := os.Open(filepath.Join(f.dir, filepath.Base(name)))
	if err != nil {
		return nil, fmt.Errorf("open profile: %w", err)
	}
	data, err := readAll(file)
	return data, errors.Join(wrap("read "+name, err), wrap("close "+name, file.Close()))
}

// WriteFile implements FS: a new file in the same folder takes the place of the old.
func (f *OSFolder) WriteFile(name string, data []byte) (err error) {
	name = filepath.Base(name)
	fresh, err := os.CreateTemp(f.dir, name+".new*") // 0600 by its contract
	if err != nil {
		return fmt.Errorf("write profile: %w", err)
	}
	defer func() {
		if err != nil {
			_ = os.Remove(fresh.Name()) // what failed is reported already
		}
	}()
	_, err = fresh.Write(data)
	if err == nil {
		err = fresh.Sync() // else a crash could leave an empty file under the old name
	}
	if err = errors.Join(err, fresh.Close()); err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	if err = os.Rename(fresh.Name(), filepath.Join(f.dir, name)); err != nil {
		return fmt.Errorf("replace %s: %w", name, err)
	}
	return nil
}

// Lock is a Locker that all programs using this folder share.
func (f *OSFolder) Lock(ctx context.Context, name string, critical func() error) error {
	lock, err := os.OpenFile(filepath.Join(f.dir, filepath.Base(name)+".lock"), os.O_CREATE|os.O_RDWR, filePerm)
	if err != nil {
		return fmt.Errorf("open lock: %w", err)
	}
	defer func() { _ = lock.Close() }() // frees the lock as well
	if err := lockFile(ctx, lock); err != nil {
		return fmt.Errorf("lock profile: %w", err)
	}
	return critical()
}
