package commands

import (
	"errors"
	"os"
	"path/filepath"

	"porthole/ssh/cmd/porthole/fault"
)

// writeFile writes a small file so that a reader sees all of it or none.
func writeFile(path, text string) (err error) {
	defer func() {
		if err != nil {
			err = fault.Wrap(err, fault.Local, "The file %q cannot be written: %v.", path, err)
		}
	}()
	file, err := os.CreateTemp(filepath.Dir(path), ".porthole-*") // mode 0600
	if err != nil {
		return err
	}
	_, err = file.WriteString(text)
	err = errors.Join(err, file.Close())
	if err == nil {
		err = os.Rename(file.Name(), path)
	}
	if err != nil {
		_ = os.Remove(file.Name()) // the first error counts
	}
	return err
}
