package files

import (
	"context"

	"porthole/ssh/files/fsys"
)

// linksOf tells how many names a file has; 0 where that cannot be known.
func linksOf(ctx context.Context, fs fsys.FS, path string) (int64, error) {
	counter, ok := fs.(fsys.LinkCounter)
	if !ok {
		return 0, nil
	}
	return counter.Links(ctx, path)
}

// Links implements fsys.LinkCounter where the backend does.
func (f *packing) Links(ctx context.Context, p string) (int64, error) {
	return linksOf(ctx, f.FS, p)
}

// Links implements fsys.LinkCounter where the backend does.
func (f *limited) Links(ctx context.Context, p string) (int64, error) {
	real, err := f.check(ctx, p, toKnow, true)
	if err != nil {
		return 0, err
	}
	return linksOf(ctx, f.fs, real)
}
