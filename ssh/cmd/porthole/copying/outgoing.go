package copying

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"os"
	"path"
	"strings"

	"porthole/ssh/cmd/porthole/fault"
	"porthole/ssh/files"
	"porthole/ssh/files/fsys"
	"porthole/ssh/wire"
)

// outgoing is a file on its way to the device.
type outgoing struct {
	c    *Copier
	path string      // on the device, without links
	old  *fsys.Entry // what is replaced; nil: nothing is
	// fresh: the directory was made by us, and nothing is in it.
	fresh bool

	part   string
	mode   uint32
	closed bool // mode is 0 and no default
}

// place finds out where a file of that name goes.
func (c *Copier) place(ctx context.Context, remote, base string) (*outgoing, error) {
	entry, err := c.FS.Stat(ctx, remote, true)
	switch {
	case code(err) == wire.CodeNotFound && strings.HasSuffix(remote, "/"):
		return nil, fault.Wrap(err, fault.Files, "The directory %s is not on the device. Make it by `porthole mkdir`.", quoted(remote))
	case code(err) == wire.CodeNotFound:
		return &outgoing{c: c, path: remote}, nil
	case err != nil:
		return nil, err
	case entry.Type == fsys.Dir:
		into := strings.TrimRight(remote, "/") + "/" + base
		if remote == "." {
			into = base
		}
		inside, err := c.FS.Stat(ctx, into, true)
		if err == nil && inside.Type == fsys.Dir {
			return nil, fault.New(fault.Files, "%s is a directory on the device.", quoted(into))
		}
		return c.place(ctx, into, base)
	case entry.Type != fsys.File && entry.Type != fsys.Unknown:
		return nil, fault.New(fault.Files, "%s is no regular file on the device.", quoted(remote))
	}
	real, err := c.FS.RealPath(ctx, remote) // what a link leads to is replaced
	return &outgoing{c: c, path: real, old: &entry}, err
}

// there tells whether the device has the file already, whole.
func (o *outgoing) there(ctx context.Context, file *os.File, size int64) (bool, error) {
	if o.old == nil || o.old.Size == 0 || o.old.Size != size {
		return false, nil
	}
	return o.c.samePrefix(ctx, file, o.path, size)
}

// options say how the part is written: with the mode of what it replaces, or that of the
// source, whose info is nil for a stream.
func (o *outgoing) options(info os.FileInfo) fsys.WriteOptions {
	switch {
	case o.old != nil && (info == nil || !o.c.Preserve):
		o.mode, o.closed = o.old.Mode, o.old.Mode == 0
	case info != nil:
		o.mode = uint32(info.Mode().Perm())
		o.closed = o.mode == 0
	}
	o.part = o.c.remotePart(o.path)
	options := fsys.WriteOptions{New: true, Mode: o.mode}
	if o.closed {
		options.Mode = 0o600 // until it is whole
	}
	return options
}

// goOnAt is how much of a file the device has from an earlier copy.
func (o *outgoing) goOnAt(ctx context.Context, file *os.File, size int64) (offset int64, err error) {
	entry, err := o.c.FS.Stat(ctx, o.part, false)
	if code(err) == wire.CodeNotFound {
		return 0, nil
	}
	if err != nil || entry.Size == 0 {
		return 0, err
	}
	if entry.Size <= size {
		if offset, err = o.c.agreed(ctx, file, o.part, entry.Size); err != nil {
			return 0, err
		}
	}
	switch {
	case offset == 0:
		o.c.Note("what an earlier copy left in %s is not the beginning: it begins anew", quoted(o.part))
	case offset < entry.Size:
		err = o.c.FS.Truncate(ctx, o.part, offset)
	}
	return offset, err
}

// send writes a stream to the part.
func (o *outgoing) send(ctx context.Context, r io.Reader, options fsys.WriteOptions) error {
	w, err := o.c.FS.Write(ctx, o.part, options)
	if err != nil {
		return o.notOpened(err)
	}
	err = o.c.copyBytes(ctx, w, r)
	if cerr := w.Close(); err == nil {
		err = cerr
	}
	return err
}

// notOpened names the directory that is missing, not a part that nobody asked for.
func (o *outgoing) notOpened(err error) error {
	if code(err) != wire.CodeNotFound {
		return err
	}
	return fault.Wrap(err, fault.Files, "The directory %s is not on the device. Make it by `porthole mkdir`.", quoted(path.Dir(o.path)))
}

// sendHashed is send for a stream that cannot be read again.
func (o *outgoing) sendHashed(ctx context.Context, r io.Reader, options fsys.WriteOptions) error {
	if !o.c.Checksum {
		return o.send(ctx, r, options)
	}
	hash := sha256.New()
	if err := o.send(ctx, io.TeeReader(r, hash), options); err != nil {
		return err
	}
	return o.c.compareHash(ctx, hex.EncodeToString(hash.Sum(nil)), o.part)
}

// settle gives the part what it shall have and puts it into its place; after an error it
// removes what is of no use.
func (o *outgoing) settle(ctx context.Context, err error) error {
	if err == nil && o.old != nil {
		files.KeepOwner(ctx, o.c.FS, o.part, o.mode, *o.old)
	}
	if err == nil && o.closed {
		err = o.c.FS.Chmod(ctx, o.part, 0)
	}
	if err == nil {
		err = o.c.FS.Rename(ctx, o.part, o.path, true)
	}
	if err != nil && !o.c.Resume {
		_ = o.c.FS.Remove(context.WithoutCancel(ctx), o.part) // the first error counts
	}
	return err
}
