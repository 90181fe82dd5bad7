package files

import (
	"cmp"
	"context"
	"io"
	"time"

	"porthole/ssh/files/fsys"
	"porthole/ssh/wire"
)

func (f *limited) Info() fsys.Info { return f.fs.Info() }

func (f *limited) Close() error { return f.fs.Close() }

func (f *limited) List(ctx context.Context, p string, each func([]fsys.Entry) error) error {
	real, err := f.check(ctx, p, toRead, true)
	if err != nil {
		return err
	}
	if !f.hides() {
		return f.fs.List(ctx, real, each)
	}
	pass, rest := f.linksLast(ctx, real, each)
	if err = f.fs.List(ctx, real, pass); err != nil && codeOf(err) != wire.CodeTooMany {
		return err
	}
	return cmp.Or(rest(), err)
}

func (f *limited) Stat(ctx context.Context, p string, follow bool) (fsys.Entry, error) {
	if _, err := f.check(ctx, p, toKnow, follow); err != nil {
		return fsys.Entry{}, err
	}
	e, err := f.fs.Stat(ctx, p, follow) // by p: the entry has its name
	if err == nil {
		err = f.withoutTarget(ctx, p, &e)
	}
	return e, err
}

// RealPath tells nothing of what may be neither read nor written.
func (f *limited) RealPath(ctx context.Context, p string) (string, error) {
	if _, err := f.check(ctx, p, toKnow, true); err != nil {
		return "", err
	}
	return f.fs.RealPath(ctx, p)
}

func (f *limited) ReadLink(ctx context.Context, p string) (string, error) {
	real, err := f.check(ctx, p, toKnow, false)
	if err != nil {
		return "", err
	}
	return f.fs.ReadLink(ctx, real)
}

func (f *limited) Read(ctx context.Context, p string, o fsys.ReadOptions) (io.ReadCloser, error) {
	real, err := f.check(ctx, p, toRead, true)
	if err != nil {
		return nil, err
	}
	if f.limits.MaxBytes > 0 {
		e, err := f.fs.Stat(ctx, real, true)
		if err != nil {
			return nil, err
		}
		if err := f.fits(p, e.Size); err != nil && e.Type == fsys.File {
			return nil, err
		}
	}
	return f.bounded(p, o)(f.fs.Read(ctx, real, o))
}

// ReadEntry is Read of what a listing told of, where the backend has a quicker way for it.
func (f *limited) ReadEntry(ctx context.Context, p string, e fsys.Entry, o fsys.ReadOptions) (io.ReadCloser, error) {
	quick, ok := f.fs.(entryReader)
	if !ok {
		return f.Read(ctx, p, o)
	}
	real, err := f.check(ctx, p, toRead, true)
	if err != nil {
		return nil, err
	}
	if err := f.fits(p, e.Size); err != nil {
		return nil, err
	}
	return f.bounded(p, o)(quick.ReadEntry(ctx, real, e, o))
}

// ReadSmall is the backend's; what has more than it was said to have is read with care.
func (f *limited) ReadSmall(ctx context.Context, p string, e fsys.Entry) (data []byte, more, ok bool, err error) {
	quick, ok := f.fs.(smallReader)
	if !ok {
		return nil, false, false, nil
	}
	real, err := f.check(ctx, p, toRead, true)
	if err == nil {
		err = f.fits(p, e.Size)
	}
	if err != nil {
		return nil, false, true, err
	}
	data, more, ok, err = quick.ReadSmall(ctx, real, e)
	return data, false, ok && !more, err
}

func (f *limited) bounded(p string, o fsys.ReadOptions) func(io.ReadCloser, error) (io.ReadCloser, error) {
	return func(r io.ReadCloser, err error) (io.ReadCloser, error) {
		if err != nil {
			return nil, err
		}
		return &limitedReader{ReadCloser: r, f: f, path: p, at: o.Offset}, nil
	}
}

func (f *limited) Write(ctx context.Context, p string, o fsys.WriteOptions) (fsys.Writer, error) {
	real, err := f.check(ctx, p, toWrite, true)
	if err != nil {
		return nil, err
	}
	if err := f.fits(p, o.Offset); err != nil {
		return nil, err
	}
	w, err := f.fs.Write(ctx, real, o)
	if err != nil {
		return nil, err
	}
	return &limitedWriter{Writer: w, f: f, path: p, at: o.Offset}, nil
}

// change runs what changes p.
func (f *limited) change(ctx context.Context, p string, follow bool, do func(real string) error) error {
	real, err := f.check(ctx, p, toWrite, follow)
	if err != nil {
		return err
	}
	return do(real)
}

func (f *limited) Mkdir(ctx context.Context, p string, mode uint32) error {
	return f.change(ctx, p, false, func(real string) error { return f.fs.Mkdir(ctx, real, mode) })
}

func (f *limited) Rename(ctx context.Context, from, to string, replace bool) error {
	return f.change(ctx, from, false, func(from string) error {
		return f.change(ctx, to, false, func(to string) error {
			if err := f.mayMove(ctx, from, to); err != nil {
				return err
			}
			return f.fs.Rename(ctx, from, to, replace)
		})
	})
}

func (f *limited) Remove(ctx context.Context, p string) error {
	return f.change(ctx, p, false, func(real string) error { return f.fs.Remove(ctx, real) })
}

func (f *limited) Chmod(ctx context.Context, p string, mode uint32) error {
	return f.change(ctx, p, true, func(real string) error { return f.fs.Chmod(ctx, real, mode) })
}

func (f *limited) Chown(ctx context.Context, p string, uid, gid int64) error {
	return f.change(ctx, p, true, func(real string) error { return f.fs.Chown(ctx, real, uid, gid) })
}

func (f *limited) SetModified(ctx context.Context, p string, modified time.Time) error {
	return f.change(ctx, p, true, func(real string) error { return f.fs.SetModified(ctx, real, modified) })
}

func (f *limited) Truncate(ctx context.Context, p string, size int64) error {
	if err := f.fits(p, size); err != nil {
		return err
	}
	return f.change(ctx, p, true, func(real string) error { return f.fs.Truncate(ctx, real, size) })
}

func (f *limited) Symlink(ctx context.Context, target, p string) error {
	return f.change(ctx, p, false, func(real string) error {
		if err := f.mayLink(ctx, real); err != nil {
			return err
		}
		return f.fs.Symlink(ctx, target, real)
	})
}

func (f *limited) Space(ctx context.Context, p string) (fsys.Space, error) {
	real, err := f.check(ctx, p, toKnow, true)
	if err != nil {
		return fsys.Space{}, err
	}
	return f.fs.Space(ctx, real)
}

// Hash implements fsys.FS.
func (f *limited) Hash(ctx context.Context, p string, length int64) (string, error) {
	real, err := f.hashable(ctx, p)
	if err != nil {
		return "", err
	}
	return f.fs.Hash(ctx, real, length)
}

// Digest implements fsys.FS.
func (f *limited) Digest(ctx context.Context, p string, length int64) (string, error) {
	real, err := f.hashable(ctx, p)
	if err != nil {
		return "", err
	}
	return f.fs.Digest(ctx, real, length)
}
