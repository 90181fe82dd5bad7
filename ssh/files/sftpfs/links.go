package sftpfs

import (
	"context"
	"errors"
	"io"
	"path"

	"porthole/ssh/files/fsys"
)

// Links implements fsys.LinkCounter. SFTP's attributes have no such number, but the text
// beside them in a listing does; ls is asked first, as a directory may be large.
func (f *files) Links(ctx context.Context, p string) (int64, error) {
	if err := valid(p); err != nil {
		return 0, err
	}
	if f.Info().Hash { // the device runs commands
		var out []byte
		if f.run(ctx, variable(f.absolute(p))+`LC_ALL=C ls -ld "$p"`, kept(&out)) == nil {
			if count := fsys.LinkCount(string(out)); count > 0 {
				return count, nil
			}
		}
	}
	count, err := f.linksByListing(ctx, p)
	return count, f.explain(ctx, "list", path.Dir(p), err)
}

// linksByListing reads the directory of p up to p's name.
func (f *files) linksByListing(ctx context.Context, p string) (int64, error) {
	l, err := f.link(ctx)
	if err != nil {
		return 0, err
	}
	p = f.absolute(p)
	handle, err := l.openDir(ctx, path.Dir(p))
	if err != nil {
		return 0, err
	}
	defer func() { _, _ = l.tap.send(typeClose, encoded(handle)) }() // its answer says nothing of use
	for range fsys.MaxEntries {
		answer, err := l.tap.send(typeReadDir, encoded(handle))
		if err != nil {
			return 0, err
		}
		batch, err := receive(ctx, answer)
		if err != nil {
			return 0, err
		}
		if batch.kind == typeStatus {
			if err := statusError(batch.payload); !errors.Is(err, io.EOF) {
				return 0, err
			}
			return 0, nil // it is gone, or has no such text
		}
		line, err := lineOf(batch.payload, path.Base(p))
		if err != nil || line != "" {
			return fsys.LinkCount(line), err
		}
	}
	return 0, nil
}

// lineOf finds the text beside a name in a NAME packet (§7); "" when it is not there.
func lineOf(payload []byte, name string) (string, error) {
	r := reader{b: payload}
	for n := r.uint32(); n > 0 && !r.bad; n-- {
		found, long := r.string(), r.string()
		r.entry(found)
		if !r.bad && found == name {
			return long, nil
		}
	}
	if r.bad {
		return "", errGarbled
	}
	return "", nil
}
