// Package copying copies files between this machine and a device, over the client core's
// own files: devices without SFTP work too.
//
//   - A file appears whole or not at all: it is written beside its place and renamed.
//   - With Resume the unfinished file keeps one name, and a later copy goes on behind
//     what is there, once that was compared with the source. What is whole already, and
//     the same, does not come again.
//   - Names come from the device, which may be hostile: nothing is written outside the
//     folder that was named, also not through links ([os.Root]).
package copying

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"strings"
	"sync"

	"porthole/ssh/cmd/porthole/fault"
	"porthole/ssh/files/fsys"
	"porthole/ssh/wire"
)

// bufferSize is what is moved at once, in bytes.
const bufferSize = 256 << 10

// atOnce is how many small files are on their way, or compared, at once.
const atOnce = 8

// Meter hears how a copy goes on. Its methods may be called from several goroutines.
type Meter interface {
	// Begin is a file of that many bytes, -1 when that is not known.
	Begin(name string, size int64)
	// Had are bytes that were there already.
	Had(bytes int64)
	Add(bytes int64)
}

// Copier copies with the same options.
type Copier struct {
	FS fsys.FS
	// Recursive copies folders; Resume goes on with what an earlier copy began; Checksum
	// compares SHA-256 at the end; Preserve keeps times and modes.
	Recursive, Resume, Checksum, Preserve bool
	Meter                                 Meter
	// Note takes sentences about what was left out. It may be called from several
	// goroutines.
	Note func(format string, args ...any)

	byEnd sync.Once // tells how files are compared where the device cannot hash
}

// code is the error code of a device's file system, "" for other errors.
func code(err error) wire.ErrorCode {
	if e, ok := errors.AsType[*fsys.Error](err); ok {
		return e.Code
	}
	return ""
}

// fatal tells whether going on with other files has no sense.
func fatal(err error) bool {
	switch fault.Of(err) {
	case fault.OK, fault.Files, fault.Local:
		return code(err) == wire.CodeNoSpace || code(err) == wire.CodeReadOnly
	default:
		return true // the connection, say
	}
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
		if err == io.EOF { // the stream's own: what a lost connection wraps is another matter
			return nil
		}
		if err != nil {
			return err
		}
	}
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

// localIf explains errors of this machine's files, and leaves others alone.
func localIf(name string, err error) error {
	if _, ours := errors.AsType[*os.PathError](err); ours {
		return localError(name, err)
	}
	return err
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

// failures counts the files of a folder that could not be copied.
type failures struct {
	c *Copier

	mu    sync.Mutex
	count int
	first error
}

func (f *failures) add(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.count++; f.first == nil {
		f.first = err
	}
	f.c.Note("%s", fault.Text(err))
}

// noted counts an error of one file; what ends everything is given back.
func (f *failures) noted(err error) error {
	if err != nil && !fatal(err) {
		f.add(err)
		return nil
	}
	return err
}

// result is the error for all of them.
func (f *failures) result() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.count == 0 {
		return nil
	}
	return fault.Wrap(f.first, fault.Of(f.first), "%d of the files could not be copied. The first: %s", f.count, fault.Text(f.first))
}

// quoted shows a path without control characters.
func quoted(path string) string { return fmt.Sprintf("%q", path) }
