package files

import (
	"context"
	"encoding/binary"
	"io"
	"path"
	"strings"
	"sync"

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

// roots are allowed paths, made real when they are needed first.
type roots struct {
	all   bool
	given []string

	mu   sync.Mutex
	real []string // nil until then
}

func (r *roots) resolve(ctx context.Context, fs fsys.FS) ([]string, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.real != nil || r.all {
		return r.real, nil
	}
	real := make([]string, 0, len(r.given))
	for _, p := range r.given {
		at, err := fs.RealPath(ctx, p)
		switch {
		case err == nil:
			real = append(real, at)
		case codeOf(err) == wire.CodeNotFound || codeOf(err) == wire.CodePermission:
			// What is not there, or not to be seen, allows nothing now; if it comes it may
			// be a link to anywhere.
		default:
			return nil, err
		}
	}
	if len(real) == len(r.given) {
		r.real = real
	}
	return real, nil
}

func (r *roots) allow(ctx context.Context, fs fsys.FS, real string) (bool, error) {
	if r.all {
		return true, nil
	}
	list, err := r.resolve(ctx, fs)
	for _, root := range list {
		if real == root || strings.HasPrefix(real, strings.TrimSuffix(root, "/")+"/") {
			return true, nil
		}
	}
	return false, err
}

// real says where p leads: through its last element (follow) or to that itself. What is
// not there yet leads to where it would be made.
func (f *limited) real(ctx context.Context, p string, follow bool) (string, error) {
	for range maxHops {
		trimmed := strings.TrimRight(p, "/")
		dir, last := path.Split(trimmed)
		if follow || last == "" || last == "." || last == ".." {
			at, err := f.fs.RealPath(ctx, p)
			if err == nil || codeOf(err) != wire.CodeNotFound || last == "" || last == "." || last == ".." {
				return at, err
			}
		}
		if dir == "" {
			dir = "."
		}
		parent, err := f.fs.RealPath(ctx, dir)
		if err != nil {
			return "", err
		}
		at := join(parent, last)
		if !follow {
			return at, nil
		}
		// It leads nowhere. A dangling link would make something where it points to.
		e, err := f.fs.Stat(ctx, at, false)
		if codeOf(err) == wire.CodeNotFound {
			return at, nil
		}
		if err != nil {
			return "", err
		}
		if e.Type != fsys.Link {
			return at, nil
		}
		target, err := f.fs.ReadLink(ctx, at)
		if err != nil {
			return "", err
		}
		if p = target; !path.IsAbs(target) {
			p = join(parent, target)
		}
	}
	return "", failure(wire.CodeLinkLoop, "%s leads in a circle.", quoted(p))
}

// maxHops is how many links one path may lead over, as under Linux.
const maxHops = 40

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
		return "", failure(wire.CodeNotAllowed, "Files can only be read here; the limits allow no change of %s.", quoted(p))
	}
	if w == toRead && f.limits.ReadNothing {
		return "", failure(wire.CodeNotAllowed, "The limits allow no reading of files here, so not of %s.", quoted(p))
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
	return "", failure(wire.CodeNotAllowed, "The limits do not allow %s %s; what they allow is below %s.", verb, quoted(p), listed(allowed))
}

// listed names some paths in a sentence.
func listed(paths []string) string {
	if len(paths) == 0 {
		return "no path"
	}
	names := make([]string, 0, len(paths))
	for _, p := range paths {
		names = append(names, quoted(p))
	}
	return strings.Join(names, ", ")
}

// fits refuses what is larger than the limit.
func (f *limited) fits(p string, size int64) error {
	if most := f.limits.MaxBytes; most > 0 && size > most {
		return failure(wire.CodeTooLarge, "%s is larger than the %d bytes that the limits allow.", quoted(p), most)
	}
	return nil
}

// limitedReader ends a file that turns out to be larger than it said.
type limitedReader struct {
	io.ReadCloser
	f    *limited
	path string
	at   int64
}

func (r *limitedReader) Read(p []byte) (int, error) {
	n, err := r.ReadCloser.Read(p)
	r.at += int64(n)
	if large := r.f.fits(r.path, r.at); large != nil {
		return 0, large
	}
	return n, err
}

// limitedWriter takes no byte beyond the limit.
type limitedWriter struct {
	fsys.Writer
	f    *limited
	path string
	at   int64
}

func (w *limitedWriter) Write(p []byte) (int, error) {
	if err := w.f.fits(w.path, w.at+int64(len(p))); err != nil {
		return 0, err
	}
	n, err := w.Writer.Write(p)
	w.at += int64(n)
	return n, err
}

// Packs implements fsys.PackedWriter.
func (w *limitedWriter) Packs() bool {
	p, ok := w.Writer.(fsys.PackedWriter)
	return ok && p.Packs()
}

// WritePacked implements fsys.PackedWriter, for whoever asked Packs.
func (w *limitedWriter) WritePacked(member []byte, size int) error {
	p, ok := w.Writer.(fsys.PackedWriter)
	if !ok {
		return failure(wire.CodeUnsupported, "%s cannot be written packed.", quoted(w.path))
	}
	if err := w.fits(member, size); err != nil {
		return err
	}
	if err := p.WritePacked(member, size); err != nil {
		return err
	}
	w.at += int64(size)
	return nil
}

// fits refuses a member that goes beyond the limit, by what it says itself it holds too
// (RFC 1952 §2.3.1, ISIZE).
func (w *limitedWriter) fits(member []byte, size int) error {
	if n := len(member); n >= 4 {
		size = max(size, int(binary.LittleEndian.Uint32(member[n-4:])))
	}
	return w.f.fits(w.path, w.at+int64(size))
}
