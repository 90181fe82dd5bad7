package files

import (
	"context"

	"porthole/ssh/files/fsys"
)

// RemoveAll removes path and all below it, not following links; progress, which may be
// nil, hears of what is gone so far. After an error the rest is still there.
func RemoveAll(ctx context.Context, fs fsys.FS, path string, progress func(removed int)) (removed int, err error) {
	var clock every
	remove := func(path string, _ fsys.Entry) error {
		if err := fs.Remove(ctx, path); err != nil {
			return err
		}
		removed++
		if progress != nil {
			clock.now(func() { progress(removed) })
		}
		return nil
	}
	err = walk(ctx, fs, path, func(path string, e fsys.Entry) error {
		if e.Type == fsys.Dir {
			return nil
		}
		return remove(path, e)
	}, remove)
	return removed, err
}
