package files

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"porthole/ssh/files/fsys"
	"porthole/ssh/wire"
)

// RemoveAll removes path and all below it, not following links; progress, which may be
// nil, hears of what is gone so far. What cannot be removed stays, as with rm -r: the error
// says how much and why the first of it did.
func RemoveAll(ctx context.Context, fs fsys.FS, path string, progress func(removed int)) (removed int, err error) {
	r := &removal{ctx: ctx, fs: fs, progress: progress}
	pool := newPool(ctx)
	err = walk(ctx, fs, path, &walker{
		enter: func(path string, e fsys.Entry) error {
			if e.Type == fsys.Dir {
				return nil
			}
			return pool.do(func() error { return r.remove(path) })
		},
		leave: func(path string, _ fsys.Entry) error {
			if err := pool.wait(); err != nil {
				return err
			}
			return r.remove(path)
		},
		fault: func(_ string, err error) error { return r.failed(err) }, // it may be empty all the same
	})
	if failed := pool.wait(); failed != nil {
		err = failed // the first, of which err may be the echo
	}
	if err == nil {
		err = r.outcome()
	}
	return r.removed, err
}

// removal is what RemoveAll has done so far.
type removal struct {
	ctx      context.Context //nolint:containedctx // of one call
	fs       fsys.FS
	progress func(removed int)

	mu      sync.Mutex
	clock   every
	removed int
	stayed  int
	first   error // why the first stayed, or a directory could not be looked into
}

// remove gives an error when there is no sense in going on.
func (r *removal) remove(path string) error {
	if err := r.fs.Remove(r.ctx, path); err != nil {
		if codeOf(err) == wire.CodeNotFound {
			return nil // somebody else removed it
		}
		if ended := r.failed(err); ended != nil {
			return ended
		}
		r.mu.Lock()
		defer r.mu.Unlock()
		r.stayed++
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.removed++
	if r.progress != nil {
		r.clock.now(func() { r.progress(r.removed) })
	}
	return nil
}

func (r *removal) failed(err error) error {
	if code := codeOf(err); ended(r.ctx, err) || code == wire.CodeLost || code == wire.CodeTooMany {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.first == nil {
		r.first = err
	}
	return nil
}

// outcome says what stayed.
func (r *removal) outcome() error {
	first, ok := errors.AsType[*fsys.Error](r.first)
	if r.stayed == 0 || !ok {
		return nil
	}
	if r.stayed == 1 && r.removed == 0 {
		return first
	}
	what := "One entry was not removed"
	if r.stayed > 1 {
		what = fmt.Sprintf("%d entries were not removed", r.stayed)
	}
	return &fsys.Error{Code: first.Code, Err: first.Err, Message: fmt.Sprintf("%s; %d are gone. The first: %s", what, r.removed, first.Message)}
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
