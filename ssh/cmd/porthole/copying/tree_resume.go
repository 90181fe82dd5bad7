package copying

import (
	"context"
	"io/fs"
	"path/filepath"
	"sync"

	"golang.org/x/sync/errgroup"

	"porthole/ssh/files/fsys"
)

// findWhole compares what an earlier copy has brought.
func (t *tree) findWhole(ctx context.Context, folder string) error {
	t.whole = map[string]bool{}
	var mu sync.Mutex
	group, comparing := errgroup.WithContext(ctx)
	group.SetLimit(atOnce)
	err := filepath.WalkDir(folder, func(at string, d fs.DirEntry, err error) error {
		if comparing.Err() != nil {
			return context.Cause(comparing)
		}
		if err != nil || !d.Type().IsRegular() {
			return nil //nolint:nilerr // what cannot be read is copied anew, and that tells why
		}
		name, err := filepath.Rel(folder, at)
		if err != nil {
			return localError(at, err)
		}
		group.Go(func() error {
			same, err := t.same(comparing, name)
			if fatal(err) {
				return err
			}
			if same && err == nil {
				mu.Lock()
				defer mu.Unlock()
				t.whole[name] = true
			}
			return nil
		})
		return nil
	})
	if werr := group.Wait(); werr != nil {
		err = werr
	}
	return err
}

// same compares one file.
func (t *tree) same(ctx context.Context, name string) (bool, error) {
	in := t.incoming(name, fsys.Entry{})
	var err error
	if in.entry, err = t.c.FS.Stat(ctx, in.remote, false); err != nil || in.entry.Type != fsys.File {
		return false, err
	}
	return in.there(ctx)
}

// has tells which files of the device need not come from their beginning.
func (t *tree) has(path string, _ fsys.Entry) bool {
	name := t.local(path)
	if t.whole[name] {
		return true
	}
	info, err := t.root.Lstat(t.c.localPart(name))
	return err == nil && info.Mode().IsRegular() && info.Size() > 0
}
