package copying

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"

	"porthole/ssh/files/fsys"
)

// incoming is a file that is being received, in a folder which names do not leave.
type incoming struct {
	c      *Copier
	root   *os.Root
	name   string // in root
	shown  string // to the person
	remote string
	entry  fsys.Entry

	old  os.FileInfo // what is replaced; nil: nothing is
	part string
	file *os.File
}

// open makes the part file, and says from where to go on.
func (in *incoming) open(ctx context.Context) (offset int64, err error) {
	if info, err := in.root.Stat(in.name); err == nil && info.Mode().IsRegular() {
		in.old = info
	}
	in.part = in.c.localPart(in.name)
	mode := os.FileMode(in.entry.Mode&0o777) | 0o600 // subject to the umask; settle takes away what is too much
	if in.old != nil {
		mode = in.old.Mode().Perm() | 0o600 // what nobody else may read is not shown meanwhile
	}
	if !in.c.Resume {
		in.file, err = in.root.OpenFile(in.part, os.O_CREATE|os.O_EXCL|os.O_RDWR, mode)
		return 0, localError(in.shown, err)
	}
	if in.file, err = in.root.OpenFile(in.part, os.O_CREATE|os.O_RDWR, mode); err != nil {
		return 0, localError(in.shown, err)
	}
	if offset, err = in.goOnAt(ctx); err != nil {
		in.abandon()
	}
	return offset, err
}

// goOnAt is how much of the part file an earlier copy has brought; the rest is cut off.
func (in *incoming) goOnAt(ctx context.Context) (offset int64, err error) {
	info, err := in.file.Stat()
	if err != nil {
		return 0, localError(in.shown, err)
	}
	had := info.Size()
	if had > 0 && had <= in.entry.Size {
		if offset, err = in.c.agreed(ctx, in.file, in.remote, had); err != nil {
			return 0, err
		}
	}
	if offset == had {
		return offset, nil
	}
	if offset == 0 {
		in.c.Note("what an earlier copy of %s left is not its beginning: it begins anew", quoted(in.remote))
	}
	return offset, localError(in.shown, in.file.Truncate(offset))
}

// fill brings what is behind offset.
func (in *incoming) fill(ctx context.Context, offset int64) error {
	if offset > 0 {
		in.c.Meter.Had(offset)
	}
	r, err := in.c.FS.Read(ctx, in.remote, fsys.ReadOptions{Offset: offset, Length: -1})
	if err != nil {
		return err
	}
	if _, err = in.file.Seek(offset, io.SeekStart); err != nil {
		_ = r.Close() // of no more use
		return localError(in.shown, err)
	}
	err = in.c.copyBytes(ctx, in.file, r)
	if cerr := r.Close(); err == nil {
		err = cerr
	}
	return localIf(in.shown, err)
}

// settle checks what has come, gives it what it shall have, and puts it into its place.
func (in *incoming) settle(ctx context.Context) (err error) {
	defer func() {
		if err != nil {
			in.abandon()
		}
	}()
	if in.c.Checksum {
		if err := in.c.compare(ctx, in.file, in.remote); err != nil {
			return err
		}
	}
	if err := in.dress(); err != nil {
		return localError(in.shown, err)
	}
	err = in.file.Close()
	in.file = nil
	if err == nil && in.c.Preserve {
		err = in.root.Chtimes(in.part, in.entry.Modified, in.entry.Modified)
	}
	if err == nil {
		err = in.root.Rename(in.part, in.name)
	}
	return localError(in.shown, err)
}

// dress sets owner and mode: of what is replaced, or with Preserve those of the device.
func (in *incoming) dress() error {
	mode := os.FileMode(in.entry.Mode & 0o777)
	if in.old != nil {
		keepOwner(in.file, in.old)
		if !in.c.Preserve {
			mode = in.old.Mode().Perm()
		}
	}
	if in.old == nil && !in.c.Preserve {
		info, err := in.file.Stat()
		if err != nil || mode&0o600 == 0o600 {
			return err // the umask has had its say
		}
		mode &= info.Mode().Perm()
	}
	return in.file.Chmod(mode)
}

// abandon gives up the part, which Resume leaves for a later copy.
func (in *incoming) abandon() {
	if in.file != nil {
		_ = in.file.Close() // the first error counts
		in.file = nil
	}
	if !in.c.Resume {
		_ = in.root.Remove(in.part) // likewise
	}
}

// there tells whether the file is there already, whole. An empty one never is: files of
// /proc only look so.
func (in *incoming) there(ctx context.Context) (bool, error) {
	info, err := in.root.Lstat(in.name)
	if err != nil || !info.Mode().IsRegular() || info.Size() == 0 || info.Size() != in.entry.Size {
		return false, nil // what cannot be looked at is not there, and writing it tells why
	}
	file, err := in.root.Open(in.name)
	if err != nil {
		return false, nil // likewise
	}
	defer func() { _ = file.Close() }() // only read
	return in.c.samePrefix(ctx, file, in.remote, info.Size())
}

// keep gives a file that was there already what Preserve wants of it.
func (in *incoming) keep() error {
	if !in.c.Preserve {
		return nil
	}
	return localError(in.shown, errors.Join(
		in.root.Chmod(in.name, os.FileMode(in.entry.Mode&0o777)),
		in.root.Chtimes(in.name, in.entry.Modified, in.entry.Modified)))
}

// receive copies one file, or what is missing of it.
func (in *incoming) receive(ctx context.Context) error {
	in.c.Meter.Begin(filepath.Base(in.name), in.entry.Size)
	if in.c.Resume {
		whole, err := in.there(ctx)
		if err != nil {
			return err
		}
		if whole {
			in.c.Meter.Had(in.entry.Size)
			return in.keep()
		}
	}
	offset, err := in.open(ctx)
	if err != nil {
		return err
	}
	if err := in.fill(ctx, offset); err != nil {
		in.abandon()
		return err
	}
	return in.settle(ctx)
}
