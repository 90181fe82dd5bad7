package copying

import (
	"context"
	"io"
	"os"
	"path"
	"path/filepath"

	"porthole/ssh/cmd/porthole/fault"
)

// Send copies a stream to a file of the device.
func (c *Copier) Send(ctx context.Context, r io.Reader, remote string) error {
	if err := c.canCompare(); err != nil {
		return err
	}
	to, err := c.place(ctx, remote, "stdin")
	if err != nil {
		return err
	}
	c.Meter.Begin(path.Base(to.path), -1)
	return to.settle(ctx, to.sendHashed(ctx, r, to.options(nil)))
}

// Upload copies a file or folder of this machine to a path on the device; into it, when
// it is a directory.
func (c *Copier) Upload(ctx context.Context, local, remote string) error {
	if err := c.canCompare(); err != nil {
		return err
	}
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
	to, err := c.place(ctx, remote, base)
	if err != nil {
		return err
	}
	return c.uploadFile(ctx, local, info, to)
}

// uploadFile copies one file to exactly that place.
func (c *Copier) uploadFile(ctx context.Context, local string, info os.FileInfo, to *outgoing) error {
	file, err := os.Open(local)
	if err != nil {
		return localError(local, err)
	}
	defer func() { _ = file.Close() }() // only read
	c.Meter.Begin(filepath.Base(local), info.Size())
	if c.Resume {
		whole, err := to.there(ctx, file, info.Size())
		if err != nil {
			return err
		}
		if whole {
			c.Meter.Had(info.Size())
			return c.keep(ctx, to.path, info)
		}
	}
	options := to.options(info)
	if c.Resume && info.Mode().IsRegular() {
		options.New = false
		if !to.fresh {
			if options.Offset, err = to.goOnAt(ctx, file, info.Size()); err != nil {
				return err
			}
		}
	}
	if options.Offset > 0 {
		c.Meter.Had(options.Offset)
		if _, err := file.Seek(options.Offset, io.SeekStart); err != nil {
			return localError(local, err)
		}
	}
	err = localIf(local, to.send(ctx, file, options))
	if err == nil && c.Checksum {
		err = c.compare(ctx, file, to.part)
	}
	if err == nil && c.Preserve {
		err = c.FS.SetModified(ctx, to.part, info.ModTime())
	}
	return to.settle(ctx, err)
}

// keep gives a file that was there already what Preserve wants of it.
func (c *Copier) keep(ctx context.Context, remote string, info os.FileInfo) error {
	if !c.Preserve {
		return nil
	}
	if err := c.FS.Chmod(ctx, remote, uint32(info.Mode().Perm())); err != nil {
		return err
	}
	return c.FS.SetModified(ctx, remote, info.ModTime())
}
