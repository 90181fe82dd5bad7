package files

import (
	"context"
	"sync"

	"porthole/ssh/files/fsys"
)

// RemoveAll removes path and all below it, not following links; progress, which may be
// nil, hears of what is gone so far. After an error the rest is still there.
func RemoveAll(ctx context.Context, fs fsys.FS, path string, progress func(removed int)) (removed int, err error) {
	var mu sync.Mutex
	var clock every
	remove := func(path string) error {
		if err := fs.Remove(ctx, path); err != nil {
			return err
		}
		mu.Lock()
		defer mu.Unlock()
		removed++
		if progress != nil {
			clock.now(func() { progress(removed) })
		}
		return nil
	}
	err = change(ctx, fs, path, remove, func(fsys.Type) bool { return true })
	return removed, err
}

// Chmod sets the permission bits of path, recursive: of all below it as well. Links and
// what they lead to are left alone below it.
func Chmod(ctx context.Context, fs fsys.FS, path string, mode uint32, recursive bool) error {
	set := func(path string) error { return fs.Chmod(ctx, path, mode) }
	if !recursive {
		return set(path)
	}
	return change(ctx, fs, path, set, notLinks)
}

// Chown sets owner and group in the same way; -1 leaves one as it is.
func Chown(ctx context.Context, fs fsys.FS, path string, uid, gid int64, recursive bool) error {
	set := func(path string) error { return fs.Chown(ctx, path, uid, gid) }
	if !recursive {
		return set(path)
	}
	return change(ctx, fs, path, set, notLinks)
}

func notLinks(t fsys.Type) bool { return t != fsys.Link }

// change does something to path and what is below it, several at a time; a directory
// comes after all that is in it, since it may then be gone or closed to us.
func change(ctx context.Context, fs fsys.FS, path string, do func(path string) error, which func(fsys.Type) bool) error {
	p := newPool(ctx)
	err := walk(ctx, fs, path, &walker{
		enter: func(path string, e fsys.Entry) error {
			if e.Type == fsys.Dir || !which(e.Type) {
				return nil
			}
			return p.do(func() error { return do(path) })
		},
		leave: func(path string, _ fsys.Entry) error {
			if err := p.wait(); err != nil {
				return err
			}
			return do(path)
		},
	})
	if failed := p.wait(); failed != nil {
		return failed // the first, of which err may be the echo
	}
	return err
}
