package files

import (
	"context"
	"time"

	"porthole/ssh/files/fsys"
	"porthole/ssh/wire"
)

// newPutter is a backend that joins the steps of a small file that is not there yet: a
// round trip for each is most of what it costs.
type newPutter interface {
	// PutNew writes part with all that the file shall have, and gives it the name path.
	// Code "exists" when either is there, "unsupported" when the steps cannot be joined.
	PutNew(ctx context.Context, path, part string, data []byte, mode uint32, modified *time.Time) (fsys.Entry, error)
}

// putNew puts a file in one step; done is false when that was not the way, and nothing was
// done. The part has the name that Put gives it too, which removes what a cut left of it.
func putNew(ctx context.Context, fs fsys.FS, path string, data []byte, o PutOptions) (e fsys.Entry, done bool, err error) {
	quick, ok := fs.(newPutter)
	if !ok || o.Replace || o.Mode != nil && *o.Mode == 0 {
		return e, false, nil
	}
	mode := uint32(0)
	if o.Mode != nil {
		mode = *o.Mode
	}
	e, err = quick.PutNew(ctx, path, partOf(path, data), data, mode, o.Modified)
	switch codeOf(err) {
	case wire.CodeUnsupported, wire.CodeExists, wire.CodeIsDir: // Put knows which of the two is there
		return e, false, nil
	default:
		return e, true, err
	}
}

func cannotJoin() error { return failure(wire.CodeUnsupported, "The steps cannot be joined.") }

// PutNew implements newPutter where the backend does.
func (f *packing) PutNew(ctx context.Context, p, part string, data []byte, mode uint32, modified *time.Time) (fsys.Entry, error) {
	quick, ok := f.FS.(newPutter)
	if !ok {
		return fsys.Entry{}, cannotJoin()
	}
	return quick.PutNew(ctx, p, part, data, mode, modified)
}

// PutNew implements newPutter where the backend does.
func (f *limited) PutNew(ctx context.Context, p, part string, data []byte, mode uint32, modified *time.Time) (fsys.Entry, error) {
	quick, ok := f.fs.(newPutter)
	if !ok {
		return fsys.Entry{}, cannotJoin()
	}
	if err := f.fits(p, int64(len(data))); err != nil {
		return fsys.Entry{}, err
	}
	var e fsys.Entry
	err := f.change(ctx, p, false, func(p string) error {
		return f.change(ctx, part, false, func(part string) (err error) {
			e, err = quick.PutNew(ctx, p, part, data, mode, modified)
			return err
		})
	})
	return e, err
}
