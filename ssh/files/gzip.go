package files

import (
	"context"
	"io"
	"slices"

	"porthole/ssh/files/fsys"
	"porthole/ssh/files/pace"
	"porthole/ssh/files/packed"
)

// packing is a backend whose files can be packed on the wire.
type packing struct {
	fsys.FS
	peer     fsys.Peer
	down, up *pace.Pace
}

func withPacking(fs fsys.FS, peer fsys.Peer) fsys.FS {
	return &packing{FS: fs, peer: peer, down: pace.New(peer.Typed), up: pace.New(peer.Typed)}
}

// Info implements fsys.FS.
func (f *packing) Info() fsys.Info {
	info := f.FS.Info()
	lacks := func(tool string) bool { return slices.Contains(info.Missing, tool) }
	info.Gzip = info.Gzip || info.Kind == fsys.Shell && !lacks("gzip") && !lacks("dd")
	return info
}

// Read implements fsys.FS.
func (f *packing) Read(ctx context.Context, p string, o fsys.ReadOptions) (io.ReadCloser, error) {
	if !o.Gzip || !f.Info().Gzip {
		return f.FS.Read(ctx, p, o)
	}
	e, err := f.Stat(ctx, p, true)
	if err != nil {
		return nil, err
	}
	return f.ReadEntry(ctx, p, e, o)
}

// ReadEntry is Read of what was looked at just now.
func (f *packing) ReadEntry(ctx context.Context, p string, e fsys.Entry, o fsys.ReadOptions) (io.ReadCloser, error) {
	if o.Gzip && f.Info().Gzip && e.Type == fsys.File {
		real, err := f.RealPath(ctx, p) // exec may begin in another directory than SFTP
		if err != nil {
			return nil, err
		}
		r, err := packed.Read(ctx, f.peer, f.down, real, o.Offset, o.Length)
		if err == nil {
			return r, nil
		}
		if ctx.Err() != nil {
			return nil, fsys.Cancelled(ctx)
		}
	}
	if quick, ok := f.FS.(entryReader); ok {
		return quick.ReadEntry(ctx, p, e, o)
	}
	return f.FS.Read(ctx, p, o)
}

// ReadSmall is the backend's: packing pays for no small file.
func (f *packing) ReadSmall(ctx context.Context, p string, e fsys.Entry) (data []byte, more, ok bool, err error) {
	if quick, ok := f.FS.(smallReader); ok {
		return quick.ReadSmall(ctx, p, e)
	}
	return nil, false, false, nil
}

// Write implements fsys.FS. The backend makes and empties the file: what it refuses and
// what mode a file gets is its business.
func (f *packing) Write(ctx context.Context, p string, o fsys.WriteOptions) (fsys.Writer, error) {
	w, err := f.FS.Write(ctx, p, o)
	if err != nil || !o.Gzip || !f.Info().Gzip || o.Mode != 0 && o.Mode&0o200 == 0 {
		return w, err // or it can be opened this once only
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	real, err := f.RealPath(ctx, p) // exec may begin in another directory than SFTP
	if err != nil {
		return nil, err
	}
	if w, err := packed.Write(ctx, f.peer, f.up, real, o.Offset); err == nil {
		return w, nil
	}
	if ctx.Err() != nil {
		return nil, fsys.Cancelled(ctx)
	}
	o.New = false
	return f.FS.Write(ctx, p, o)
}
