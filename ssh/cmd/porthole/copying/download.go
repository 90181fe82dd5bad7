package copying

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
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
	if err := c.canCompare(); err != nil {
		return err
	}
	r, err := c.FS.Read(ctx, remote, fsys.ReadOptions{Length: -1})
	if err != nil {
		return err
	}
	hash := sha256.New()
	if c.Checksum {
		w = io.MultiWriter(w, hash)
	}
	err = c.copyBytes(ctx, w, r)
	if cerr := r.Close(); err == nil {
		err = cerr
	}
	if err == nil && c.Checksum {
		err = c.compareHash(ctx, hex.EncodeToString(hash.Sum(nil)), remote)
	}
	return err
}

// Download copies a file or folder of the device to a path here; into it, when it is a
// folder.
func (c *Copier) Download(ctx context.Context, remote, local string) error {
	if err := c.canCompare(); err != nil {
		return err
	}
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
	shown := local
	if real, err := filepath.EvalSymlinks(local); err == nil {
		local = real // as cp does: what a link leads to is replaced
	}
	if info, err := os.Stat(local); err == nil && !info.Mode().IsRegular() {
		if info.IsDir() {
			return fault.New(fault.Local, "%s is a directory here.", quoted(local))
		}
		return c.downloadInto(ctx, remote, entry, local) // a device or FIFO is written to, never replaced
	}
	root, err := os.OpenRoot(filepath.Dir(local))
	if err != nil {
		return localError(shown, err)
	}
	defer func() { _ = root.Close() }() // only looked into
	in := &incoming{c: c, root: root, name: filepath.Base(local), shown: shown, remote: remote, entry: entry}
	return in.receive(ctx)
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
