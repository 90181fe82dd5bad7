// Package copying copies files between this machine and a device, over the client core's
// own files: devices without SFTP work too.
//
//   - A file appears whole or not at all: it is written beside its place and renamed.
//   - With Resume the unfinished file keeps one name, and a later copy goes on behind
//     what is there, once that was compared with the source.
//   - Names come from the device, which may be hostile: nothing is written outside the
//     folder that was named, also not through links ([os.Root]).
package copying

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"strings"

	"porthole/ssh/cmd/porthole/fault"
	"porthole/ssh/files/fsys"
	"porthole/ssh/wire"
)

// bufferSize is what is moved at once, in bytes.
const bufferSize = 256 << 10

// partSuffix ends the name of a file that a later copy may go on with.
const partSuffix = ".part-porthole"

// Meter hears how a copy goes on. Its methods may be called from several goroutines.
type Meter interface {
	// Begin is a file of that many bytes, -1 when that is not known.
	Begin(name string, size int64)
	Add(bytes int64)
}

// Copier copies with the same options.
type Copier struct {
	FS fsys.FS
	// Recursive copies folders; Resume goes on with what an earlier copy began; Checksum
	// compares SHA-256 at the end; Preserve keeps times and modes.
	Recursive, Resume, Checksum, Preserve bool
	Meter                                 Meter
	// Note takes sentences about what was left out.
	Note func(format string, args ...any)
}

// code is the error code of a device's file system, "" for other errors.
func code(err error) wire.ErrorCode {
	if e, ok := errors.AsType[*fsys.Error](err); ok {
		return e.Code
	}
	return ""
}

// copyBytes moves r to w and counts.
func (c *Copier) copyBytes(ctx context.Context, w io.Writer, r io.Reader) error {
	buf := make([]byte, bufferSize)
	for {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		n, err := r.Read(buf)
		if n > 0 {
			if _, werr := w.Write(buf[:n]); werr != nil {
				return werr
			}
			c.Meter.Add(int64(n))
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// hashLocal is the SHA-256 of the first length bytes of a file; all of it below 0.
func hashLocal(file io.ReaderAt, length int64) (string, error) {
	hash := sha256.New()
	if _, err := io.Copy(hash, io.NewSectionReader(file, 0, length)); err != nil {
		return "", err
	}
	return hex.EncodeToString(hash.Sum(nil)), nil
}

// tail is how much is compared where the device cannot hash, in bytes.
const tail = 64 << 10

// samePrefix tells whether the first length bytes of a file here and of one on the
// device are the same: by hash, or where the device has no tool for that by their end.
func (c *Copier) samePrefix(ctx context.Context, local *os.File, remote string, length int64) (bool, error) {
	theirs, err := c.FS.Hash(ctx, remote, length)
	if err == nil {
		ours, err := hashLocal(local, length)
		return ours == theirs, localError(local.Name(), err)
	}
	if code(err) != wire.CodeUnsupported {
		return false, err
	}
	from := max(length-tail, 0)
	r, err := c.FS.Read(ctx, remote, fsys.ReadOptions{Offset: from, Length: length - from})
	if err != nil {
		return false, err
	}
	defer func() { _ = r.Close() }() // read to its end, or of no more use
	their, err := io.ReadAll(io.LimitReader(r, tail+1))
	if err != nil {
		return false, err
	}
	our := make([]byte, length-from)
	if _, err := local.ReadAt(our, from); err != nil {
		return false, localError(local.Name(), err)
	}
	return string(our) == string(their), nil
}

// compare checks what arrived.
func (c *Copier) compare(ctx context.Context, local *os.File, remote string) error {
	info, err := local.Stat()
	if err != nil {
		return localError(local.Name(), err)
	}
	theirs, err := c.FS.Hash(ctx, remote, -1)
	if code(err) == wire.CodeUnsupported {
		return fault.Wrap(err, fault.Files, "%s cannot be compared: the device has no tool for SHA-256. Leave --checksum out.", quoted(remote))
	}
	if err != nil {
		return err
	}
	ours, err := hashLocal(local, info.Size())
	if err != nil {
		return localError(local.Name(), err)
	}
	if ours != theirs {
		return fault.New(fault.Files, "What arrived differs from %s: SHA-256 %s here, %s on the device. Copy it again; it may have been changed meanwhile.", quoted(remote), ours, theirs)
	}
	return nil
}

// localError explains a failure of this machine's files.
func localError(name string, err error) error {
	if err == nil {
		return nil
	}
	if _, ok := errors.AsType[*fault.Error](err); ok {
		return err
	}
	cause := err
	if pathError, ok := errors.AsType[*os.PathError](err); ok {
		cause = pathError.Err
	}
	return fault.Wrap(err, fault.Local, "%s on this machine: %v.", quoted(name), cause)
}

// remoteBase is the last name of a path on the device.
func (c *Copier) remoteBase(ctx context.Context, remote string) (string, error) {
	base := path.Base(strings.TrimRight(remote, "/"))
	if base == "." || base == ".." || base == "/" || base == "" {
		real, err := c.FS.RealPath(ctx, remote)
		if err != nil {
			return "", err
		}
		if base = path.Base(real); base == "/" {
			base = "root" // which has no name
		}
	}
	return base, nil
}

// quoted shows a path without control characters.
func quoted(path string) string { return fmt.Sprintf("%q", path) }
