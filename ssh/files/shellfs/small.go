package shellfs

import (
	"bytes"
	"context"
	"io"

	"porthole/ssh/files/fsys"
	"porthole/ssh/files/posix"
)

// small is up to which size a file is read whole by a worker, in bytes; atMost what is
// read at most then, since sizes lie.
const (
	small  = 128 << 10
	atMost = 256 << 10
)

// ReadEntry is Read of what a listing just told of: a small file needs no exec of its own,
// a large one is asked for piece by piece.
func (f *files) ReadEntry(ctx context.Context, path string, e fsys.Entry, o fsys.ReadOptions) (io.ReadCloser, error) {
	if err := checkPaths(path); err != nil {
		return nil, err
	}
	if f.asks(e, o) {
		return f.readLanes(ctx, path, e, o)
	}
	if e.Type != fsys.File || e.Size == 0 || e.Size > small || o.Offset != 0 || o.Length >= 0 {
		return f.readStream(ctx, path, o)
	}
	op := operation{"read", path}
	data, err := f.run(ctx, op, regular(path)+"{ "+f.copyRange(0, atMost)+"; } <"+posix.Arg(path))
	if err != nil {
		return nil, err
	}
	if len(data) == atMost { // it grew
		return f.readStream(ctx, path, o)
	}
	return io.NopCloser(bytes.NewReader(data)), nil
}
