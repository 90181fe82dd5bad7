package copying

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"os"

	"porthole/ssh/cmd/porthole/fault"
	"porthole/ssh/files/fsys"
	"porthole/ssh/wire"
)

const (
	// tail is how much is compared where the device cannot hash, in bytes.
	tail = 64 << 10
	// probe is what must agree at least, in bytes: less is not worth the asking.
	probe = 256 << 10
)

// hashLocal is the SHA-256 of the first length bytes of a file.
func hashLocal(file io.ReaderAt, length int64) (string, error) {
	hash := sha256.New()
	if _, err := io.Copy(hash, io.NewSectionReader(file, 0, length)); err != nil {
		return "", err
	}
	return hex.EncodeToString(hash.Sum(nil)), nil
}

// agreed is a number of bytes, at most length, in which the beginnings of a file here and
// of one on the device are the same. A cut leaves holes before the end of what it was
// writing, as pieces arrive in any order: the end is looked for in growing steps, few of
// them, since each is a hash on the device.
func (c *Copier) agreed(ctx context.Context, local *os.File, remote string, length int64) (int64, error) {
	same, err := c.samePrefix(ctx, local, remote, length)
	if err != nil || same {
		return length, err
	}
	if length <= probe {
		return 0, nil
	}
	same, err = c.samePrefix(ctx, local, remote, probe)
	if err != nil || !same {
		return 0, err
	}
	for back := int64(probe); length-back > probe; back *= 4 {
		length -= back
		same, err := c.samePrefix(ctx, local, remote, length)
		if err != nil || same {
			return length, err
		}
	}
	return probe, nil
}

// samePrefix tells whether the first length bytes of a file here and of one on the
// device are the same: by hash, or where the device has no tool for that by their end.
func (c *Copier) samePrefix(ctx context.Context, local *os.File, remote string, length int64) (bool, error) {
	if length == 0 {
		return true, nil
	}
	theirs, err := c.FS.Hash(ctx, remote, length)
	if err == nil {
		ours, err := hashLocal(local, length)
		return ours == theirs, localError(local.Name(), err)
	}
	if code(err) != wire.CodeUnsupported || c.Checksum {
		return false, err
	}
	if length > tail {
		c.byEnd.Do(func() {
			c.Note("the device has no tool for SHA-256: what is there is compared by size and by its last %d KiB", tail>>10)
		})
	}
	return c.sameTail(ctx, local, remote, length)
}

func (c *Copier) sameTail(ctx context.Context, local *os.File, remote string, length int64) (bool, error) {
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

// canCompare refuses --checksum before anything moved, where the device cannot.
func (c *Copier) canCompare() error {
	if c.Checksum && !c.FS.Info().Hash {
		return fault.New(fault.Files, "What arrives cannot be compared: the device has no tool for SHA-256. Leave --checksum out.")
	}
	return nil
}

// compare checks what arrived.
func (c *Copier) compare(ctx context.Context, local *os.File, remote string) error {
	info, err := local.Stat()
	if err != nil {
		return localError(local.Name(), err)
	}
	ours, err := hashLocal(local, info.Size())
	if err != nil {
		return localError(local.Name(), err)
	}
	return c.compareHash(ctx, ours, remote)
}

// compareHash checks a file of the device against a SHA-256 of this machine.
func (c *Copier) compareHash(ctx context.Context, ours, remote string) error {
	theirs, err := c.FS.Hash(ctx, remote, -1)
	if err != nil {
		return err
	}
	if ours != theirs {
		return fault.New(fault.Files, "What arrived differs from %s: SHA-256 %s here, %s on the device. Copy it again; it may have been changed meanwhile.", quoted(remote), ours, theirs)
	}
	return nil
}
