package files

import (
	"encoding/binary"
	"io"

	"porthole/ssh/files/fsys"
	"porthole/ssh/wire"
)

// fits refuses what is larger than the limit.
func (f *limited) fits(p string, size int64) error {
	if most := f.limits.MaxBytes; most > 0 && size > most {
		return failure(wire.CodeTooLarge, "%s is larger than the %d bytes that the limits allow.", fsys.Quoted(p), most)
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
		return failure(wire.CodeUnsupported, "%s cannot be written packed.", fsys.Quoted(w.path))
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
