package files

import (
	"context"

	"porthole/ssh/files/fsys"
)

// Chmod sets the permission bits of path, recursive: of all below it as well. Links and
// what they lead to are left alone below it.
func Chmod(ctx context.Context, fs fsys.FS, path string, mode uint32, recursive bool) error {
	return change(ctx, fs, path, recursive, func(path string) error { return fs.Chmod(ctx, path, mode) })
}

// Chown sets owner and group in the same way; -1 leaves one as it is.
func Chown(ctx context.Context, fs fsys.FS, path string, uid, gid int64, recursive bool) error {
	return change(ctx, fs, path, recursive, func(path string) error { return fs.Chown(ctx, path, uid, gid) })
}

// change does something to path and what is below it; a directory comes after what is in
// it, since it may then be closed to us.
func change(ctx context.Context, fs fsys.FS, path string, recursive bool, set func(path string) error) error {
	if !recursive {
		return set(path)
	}
	return walk(ctx, fs, path, func(path string, e fsys.Entry) error {
		if e.Type == fsys.Dir || e.Type == fsys.Link {
			return nil
		}
		return set(path)
	}, func(path string, _ fsys.Entry) error { return set(path) })
}
