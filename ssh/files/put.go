package files

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"time"
	"unicode/utf8"

	"porthole/ssh/files/fsys"
	"porthole/ssh/wire"
)

// PutOptions say how a whole file is written.
type PutOptions struct {
	// Replace what is there; without it that is code "exists".
	Replace bool
	// Mode of a file that is new; nil: what it replaces has, or the device's default.
	Mode *uint32
	// Modified is set on the file; nil: now.
	Modified *time.Time
}

// Put writes a whole small file in one step: a part file beside it, then a rename, so that
// whoever reads it meanwhile sees the old or the new one. Where path is a link, what it
// leads to is replaced. It keeps mode and owner of what it replaces where the device
// allows it.
func Put(ctx context.Context, fs fsys.FS, path string, data []byte, o PutOptions) (fsys.Entry, error) {
	if e, done, err := putNew(ctx, fs, path, data, o); done {
		return e, err
	}
	old, err := fs.Stat(ctx, path, true)
	there := err == nil
	switch {
	case err != nil && codeOf(err) != wire.CodeNotFound:
		return fsys.Entry{}, err
	case there && !o.Replace:
		return fsys.Entry{}, failure(wire.CodeExists, "%s is there already. Choose another name, or replace it.", fsys.Quoted(path))
	case there && old.Type == fsys.Dir:
		return fsys.Entry{}, failure(wire.CodeIsDir, "%s is a directory.", fsys.Quoted(path))
	case there && old.Type != fsys.File && old.Type != fsys.Unknown:
		return fsys.Entry{}, failure(wire.CodeSpecialFile, "%s is no regular file.", fsys.Quoted(path))
	case there:
		if path, err = fs.RealPath(ctx, path); err != nil {
			return fsys.Entry{}, err
		}
	}
	part, err := writePart(ctx, fs, path, data, o, there, old)
	if err != nil {
		return fsys.Entry{}, err
	}
	if err := fs.Rename(ctx, part, path, o.Replace); err != nil {
		_ = fs.Remove(ctx, part) // the rename's error says more
		return fsys.Entry{}, err
	}
	return fs.Stat(ctx, path, false)
}

// maxName is the longest name that devices take, in bytes (NAME_MAX of Linux).
const maxName = 255

// partOf is a name beside path for what data are to become. A second go at the same uses
// the same: what a cut left is not left for good.
func partOf(path string, data []byte) string {
	sum := sha256.Sum256(data)
	return Beside(path, hex.EncodeToString(sum[:4]))
}

// partMark comes before the eight digits that end the name of a part.
const partMark = ".part-"

// Beside is a name beside path for what is not whole yet; one that is long already is cut.
func Beside(path, mark string) string {
	mark = partMark + mark
	slash := strings.LastIndexByte(path, '/') + 1
	name := path[slash:]
	if most := maxName - len(mark); len(name) > most {
		for most > 0 && !utf8.RuneStart(name[most]) {
			most-- // some file systems take whole characters only
		}
		name = name[:most]
	}
	return path[:slash] + name + mark
}

// writePart writes the part file with all that the file shall have, and gives its name.
func writePart(
	ctx context.Context, fs fsys.FS, path string, data []byte, o PutOptions, there bool, old fsys.Entry,
) (string, error) {
	mode, known := uint32(0), true
	switch {
	case o.Mode != nil:
		mode = *o.Mode
	case there && old.Type == fsys.File:
		mode = old.Mode
	default:
		known = false
	}
	closed := known && mode == 0 // to Write, 0 is the device's default, which opens it to all
	first := mode
	if closed {
		first = 0o600
	}
	part, w, err := openPart(ctx, fs, path, data, first)
	if err != nil {
		return "", err
	}
	_, err = w.Write(data)
	if cerr := w.Close(); err == nil {
		err = cerr
	}
	if err == nil && there {
		KeepOwner(ctx, fs, part, mode, old)
	}
	if err == nil && o.Modified != nil {
		err = fs.SetModified(ctx, part, *o.Modified)
	}
	if err == nil && closed {
		err = fs.Chmod(ctx, part, 0)
	}
	if err != nil {
		_ = fs.Remove(context.WithoutCancel(ctx), part) // nothing of it is of use; the error says more
		return "", err
	}
	return part, nil
}

// openPart makes the part file. What an earlier go left is removed first; what cannot be
// removed is somebody else's, and stays.
func openPart(ctx context.Context, fs fsys.FS, path string, data []byte, mode uint32) (string, fsys.Writer, error) {
	o := fsys.WriteOptions{New: true, Mode: mode}
	part := partOf(path, data)
	w, err := fs.Write(ctx, part, o)
	if code := codeOf(err); code != wire.CodeExists && code != wire.CodeIsDir {
		return part, w, err
	}
	if fs.Remove(ctx, part) != nil {
		part = Beside(path, random())
	}
	w, err = fs.Write(ctx, part, o)
	return part, w, err
}

// KeepOwner gives the part the owner of what it replaces, as far as the device lets us:
// root alone gives files away. chown clears setuid and setgid, so mode comes after it.
func KeepOwner(ctx context.Context, fs fsys.FS, part string, mode uint32, old fsys.Entry) {
	now, err := fs.Stat(ctx, part, false)
	if err != nil || old.UID < 0 || now.UID == old.UID && now.GID == old.GID {
		return
	}
	if fs.Chown(ctx, part, old.UID, old.GID) != nil && fs.Chown(ctx, part, -1, old.GID) != nil {
		// Still ours: a setuid file of somebody else must not become one of ours.
		_ = fs.Chmod(ctx, part, mode&0o1777) // as far as the device lets us
		return
	}
	_ = fs.Chmod(ctx, part, mode) // likewise
}

// random gives the eight digits of a part file's name.
func random() string {
	b := make([]byte, 4)
	_, _ = rand.Read(b) // never fails
	return hex.EncodeToString(b)
}
