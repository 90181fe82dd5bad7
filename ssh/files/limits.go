package files

import (
	"context"
	"strings"

	"porthole/ssh/files/fsys"
	"porthole/ssh/wire"
)

// Limits are what gateway and component allow; the zero value allows all. They are kept
// by this client alone: whoever has another SSH client and the credentials is not bound
// by them.
type Limits struct {
	ReadOnly bool
	// MaxBytes is the size of the largest file, each direction; 0: no limit.
	MaxBytes int64
	// ReadPaths and WritePaths are absolute, and allow what is below them too; none: all.
	ReadPaths, WritePaths []string
	// ReadNothing allows neither reading nor listing.
	ReadNothing bool
}

// Limited keeps limits around fs. Paths are judged by where they really lead: no link
// leads out.
func Limited(fs fsys.FS, l Limits) fsys.FS {
	if !l.ReadOnly && l.MaxBytes <= 0 && len(l.ReadPaths) == 0 && len(l.WritePaths) == 0 && !l.ReadNothing {
		return fs
	}
	return &limited{
		fs: fs, limits: l,
		read: roots{given: l.ReadPaths, all: len(l.ReadPaths) == 0}, write: roots{given: l.WritePaths, all: len(l.WritePaths) == 0},
	}
}

// limited has every method of fsys.FS written out, so that none is let through unseen.
type limited struct {
	fs     fsys.FS
	limits Limits

	read, write roots
}

// want is what an operation needs.
type want int

const (
	toRead want = iota
	toWrite
	toKnow // either
)

// check gives the path to work on, or why not.
func (f *limited) check(ctx context.Context, p string, w want, follow bool) (string, error) {
	if w == toWrite && f.limits.ReadOnly {
		return "", failure(wire.CodeNotAllowed, "Files can only be read here; the limits allow no change of %s.", fsys.Quoted(p))
	}
	if w == toRead && f.limits.ReadNothing {
		return "", failure(wire.CodeNotAllowed, "The limits allow no reading of files here, so not of %s.", fsys.Quoted(p))
	}
	if w == toRead && f.read.all || w == toWrite && f.write.all || w == toKnow && f.read.all && !f.limits.ReadNothing {
		return p, nil
	}
	real, err := f.real(ctx, p, follow)
	if err != nil {
		return "", err
	}
	readable, writable := !f.limits.ReadNothing && w != toWrite, !f.limits.ReadOnly && w != toRead
	if readable {
		if readable, err = f.read.allow(ctx, f.fs, real); err != nil {
			return "", err
		}
	}
	if !readable && writable {
		if writable, err = f.write.allow(ctx, f.fs, real); err != nil {
			return "", err
		}
	}
	if readable || writable {
		return real, nil
	}
	verb, allowed := "reading", f.limits.ReadPaths
	if w == toWrite {
		verb, allowed = "changing", f.limits.WritePaths
	}
	return "", failure(wire.CodeNotAllowed, "The limits do not allow %s %s; what they allow is below %s.", verb, fsys.Quoted(p), listed(allowed))
}

// listed names some paths in a sentence.
func listed(paths []string) string {
	if len(paths) == 0 {
		return "no path"
	}
	names := make([]string, 0, len(paths))
	for _, p := range paths {
		names = append(names, fsys.Quoted(p))
	}
	return strings.Join(names, ", ")
}
