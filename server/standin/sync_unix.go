//go:build !windows

package standin

import (
	"errors"
	"os"
)

// syncFolder makes the rename durable.
func syncFolder(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
