package copying

import (
	"context"
	"errors"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"

	"porthole/ssh/cmd/porthole/fault"
	"porthole/ssh/files/fsys"
	"porthole/ssh/wire"
)

// Send copies a stream to a file of the device.
func (c *Copier) Send(ctx context.Context, r io.Reader, remote string) error {
	place, err := c.place(ctx, remote, "stdin")
	if err != nil {
		return err
	}
	part := place.path + ".part-" + random()
	c.Meter.Begin(path.Base(place.path), -1)
	err = c.send(ctx, r, part, fsys.WriteOptions{New: true, Mode: place.mode})
	return c.put(ctx, part, place.path, err)
}

// Upload copies a file or folder of this machine to a path on the device; into it, when
// it is a directory.
func (c *Copier) Upload(ctx context.Context, local, remote string) error {
	info, err := os.Stat(local)
	if err != nil {
		return localError(local, err)
	}
	base := filepath.Base(local)
	if base == "." || base == ".." || base == string(filepath.Separator) {
		absolute, err := filepath.Abs(local)
		if err != nil {
			return localError(local, err)
		}
		base = filepath.Base(absolute)
	}
	if info.IsDir() {
		if !c.Recursive {
			return fault.New(fault.Local, "%s is a directory. Copy it with -r.", quoted(local))
		}
		return c.uploadTree(ctx, local, base, remote)
	}
	place, err := c.place(ctx, remote, base)
	if err != nil {
		return err
	}
	return c.uploadFile(ctx, local, info, place)
}

// place is where a file goes on the device.
type place struct {
	path string
	mode uint32 // of what is there already; 0: nothing is
}

// place finds out where a file of that name goes.
func (c *Copier) place(ctx context.Context, remote, base string) (place, error) {
	entry, err := c.FS.Stat(ctx, remote, true)
	switch {
	case code(err) == wire.CodeNotFound && strings.HasSuffix(remote, "/"):
		return place{}, fault.Wrap(err, fault.Files, "The directory %s is not on the device. Make it by `porthole mkdir`.", quoted(remote))
	case code(err) == wire.CodeNotFound:
		return place{path: remote}, nil
	case err != nil:
		return place{}, err
	case entry.Type == fsys.Dir:
		into := strings.TrimRight(remote, "/") + "/" + base
		if remote == "." {
			into = base
		}
		inside, err := c.FS.Stat(ctx, into, true)
		if err == nil && inside.Type == fsys.Dir {
			return place{}, fault.New(fault.Files, "%s is a directory on the device.", quoted(into))
		}
		return c.place(ctx, into, base)
	case entry.Type != fsys.File && entry.Type != fsys.Unknown:
		return place{}, fault.New(fault.Files, "%s is no regular file on the device.", quoted(remote))
	}
	real, err := c.FS.RealPath(ctx, remote) // what a link leads to is replaced
	return place{path: real, mode: entry.Mode}, err
}

// uploadFile copies one file to exactly that place.
func (c *Copier) uploadFile(ctx context.Context, local string, info os.FileInfo, to place) error {
	file, err := os.Open(local)
	if err != nil {
		return localError(local, err)
	}
	defer func() { _ = file.Close() }() // only read
	options := fsys.WriteOptions{New: true, Mode: to.mode}
	if c.Preserve || to.mode == 0 {
		options.Mode = uint32(info.Mode().Perm())
	}
	part := to.path + ".part-" + random()
	if c.Resume && info.Mode().IsRegular() {
		part, options.New = to.path+partSuffix, false
		if options.Offset, err = c.goOnAt(ctx, file, info.Size(), part); err != nil {
			return err
		}
		if _, err := file.Seek(options.Offset, io.SeekStart); err != nil {
			return localError(local, err)
		}
	}
	c.Meter.Begin(filepath.Base(local), info.Size())
	c.Meter.Add(options.Offset)
	err = c.send(ctx, file, part, options)
	if _, ours := errors.AsType[*os.PathError](err); ours {
		err = localError(local, err)
	}
	if err == nil && c.Checksum {
		err = c.compare(ctx, file, part)
	}
	if err == nil && c.Preserve {
		err = c.FS.SetModified(ctx, part, info.ModTime())
	}
	return c.put(ctx, part, to.path, err)
}

// goOnAt is how much of a file the device has from an earlier copy.
func (c *Copier) goOnAt(ctx context.Context, file *os.File, size int64, part string) (int64, error) {
	entry, err := c.FS.Stat(ctx, part, false)
	if code(err) == wire.CodeNotFound {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	if entry.Size > 0 && entry.Size <= size {
		same, err := c.samePrefix(ctx, file, part, entry.Size)
		if err != nil || same {
			return entry.Size, err
		}
	}
	if entry.Size > 0 {
		c.Note("what an earlier copy left in %s is not the beginning: it begins anew", quoted(part))
	}
	return 0, nil
}

// send writes a stream to a file of the device.
func (c *Copier) send(ctx context.Context, r io.Reader, remote string, o fsys.WriteOptions) error {
	w, err := c.FS.Write(ctx, remote, o)
	if err != nil {
		return err
	}
	err = c.copyBytes(ctx, w, r)
	if cerr := w.Close(); err == nil {
		err = cerr
	}
	return err
}

// put moves the part to its place, or removes what is of no use.
func (c *Copier) put(ctx context.Context, part, path string, err error) error {
	if err == nil {
		err = c.FS.Rename(ctx, part, path, true)
	}
	if err != nil && !c.Resume {
		_ = c.FS.Remove(context.WithoutCancel(ctx), part) // the first error counts
	}
	return err
}
