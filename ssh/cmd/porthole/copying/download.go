package copying

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"

	"porthole/ssh/cmd/porthole/fault"
	"porthole/ssh/files/fsys"
)

// Stream copies a file of the device to w.
func (c *Copier) Stream(ctx context.Context, remote string, w io.Writer) error {
	r, err := c.FS.Read(ctx, remote, fsys.ReadOptions{Length: -1})
	if err != nil {
		return err
	}
	err = c.copyBytes(ctx, w, r)
	return errors.Join(err, r.Close())
}

// Download copies a file or folder of the device to a path here; into it, when it is a
// folder.
func (c *Copier) Download(ctx context.Context, remote, local string) error {
	entry, err := c.FS.Stat(ctx, remote, true)
	if err != nil {
		return err
	}
	base, err := c.remoteBase(ctx, remote)
	if err != nil {
		return err
	}
	info, err := os.Stat(local)
	intoFolder := err == nil && info.IsDir()
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return localError(local, err)
	}
	if strings.HasSuffix(local, string(filepath.Separator)) && !intoFolder {
		return fault.New(fault.Local, "The folder %s is not there. Make it first.", quoted(local))
	}
	if intoFolder {
		if !filepath.IsLocal(base) || filepath.Base(base) != base {
			return fault.New(fault.Local, "The name %s cannot be a file name here. Give it another one.", quoted(base))
		}
		local = filepath.Join(local, base)
	}
	if entry.Type == fsys.Dir {
		if !c.Recursive {
			return fault.New(fault.Files, "%s is a directory. Copy it with -r.", quoted(remote))
		}
		return c.downloadTree(ctx, remote, local)
	}
	return c.downloadFile(ctx, remote, entry, local)
}

// downloadFile copies one file to exactly that path.
func (c *Copier) downloadFile(ctx context.Context, remote string, entry fsys.Entry, local string) error {
	if real, err := filepath.EvalSymlinks(local); err == nil {
		local = real // as cp does: what a link leads to is replaced
	}
	if info, err := os.Stat(local); err == nil && !info.Mode().IsRegular() {
		if info.IsDir() {
			return fault.New(fault.Local, "%s is a directory here.", quoted(local))
		}
		return c.downloadInto(ctx, remote, entry, local) // a device or FIFO is written to, never replaced
	}
	part, offset, err := c.openPart(ctx, remote, entry, local)
	if err != nil {
		return err
	}
	c.Meter.Begin(filepath.Base(local), entry.Size)
	c.Meter.Add(offset)
	err = c.receive(ctx, remote, entry, part, offset)
	if cerr := part.Close(); err == nil {
		err = localError(part.Name(), cerr)
	}
	if err == nil {
		err = localError(local, os.Rename(part.Name(), local))
	}
	if err != nil && !c.Resume {
		_ = os.Remove(part.Name()) // the first error counts
	}
	return err
}

func (c *Copier) downloadInto(ctx context.Context, remote string, entry fsys.Entry, local string) error {
	file, err := os.OpenFile(local, os.O_WRONLY, 0)
	if err != nil {
		return localError(local, err)
	}
	c.Meter.Begin(local, entry.Size)
	err = c.Stream(ctx, remote, file)
	return errors.Join(err, localError(local, file.Close()))
}

// receive fills the part file and gives it what it shall have.
func (c *Copier) receive(ctx context.Context, remote string, entry fsys.Entry, part *os.File, offset int64) error {
	r, err := c.FS.Read(ctx, remote, fsys.ReadOptions{Offset: offset, Length: -1})
	if err != nil {
		return err
	}
	if _, err = part.Seek(offset, io.SeekStart); err != nil {
		_ = r.Close()
		return localError(part.Name(), err)
	}
	err = c.copyBytes(ctx, part, r)
	if cerr := r.Close(); err == nil {
		err = cerr
	}
	if _, ok := errors.AsType[*os.PathError](err); ok {
		err = localError(part.Name(), err)
	}
	if err == nil && c.Checksum {
		err = c.compare(ctx, part, remote)
	}
	if err == nil && c.Preserve {
		err = localError(part.Name(), errors.Join(
			part.Chmod(os.FileMode(entry.Mode&0o777)), os.Chtimes(part.Name(), entry.Modified, entry.Modified)))
	}
	return err
}

// openPart opens the file beside its place, and says from where to go on.
func (c *Copier) openPart(ctx context.Context, remote string, entry fsys.Entry, local string) (*os.File, int64, error) {
	mode := os.FileMode(entry.Mode & 0o777)
	if mode == 0 {
		mode = 0o666
	}
	if !c.Resume {
		file, err := createBeside(local, mode|0o200)
		return file, 0, localError(local, err)
	}
	name := local + partSuffix
	file, err := os.OpenFile(name, os.O_CREATE|os.O_RDWR, mode|0o600)
	if err != nil {
		return nil, 0, localError(name, err)
	}
	info, err := file.Stat()
	if err != nil {
		_ = file.Close()
		return nil, 0, localError(name, err)
	}
	offset := info.Size()
	same := offset > 0 && offset <= entry.Size
	if same {
		if same, err = c.samePrefix(ctx, file, remote, offset); err != nil {
			_ = file.Close()
			return nil, 0, err
		}
	}
	if offset > 0 && !same {
		c.Note("what an earlier copy of %s left is not its beginning: it begins anew", quoted(remote))
		offset = 0
		err = file.Truncate(0)
	}
	return file, offset, localError(name, err)
}

// createBeside makes a new file beside path; the mode is subject to the umask.
func createBeside(path string, mode os.FileMode) (*os.File, error) {
	for {
		file, err := os.OpenFile(path+".part-"+random(), os.O_CREATE|os.O_EXCL|os.O_RDWR, mode)
		if !errors.Is(err, os.ErrExist) {
			return file, err
		}
	}
}
