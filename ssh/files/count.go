package files

import (
	"context"
	"time"

	"porthole/ssh/files/fsys"
)

// TreeCount is what is at and below a path.
type TreeCount struct {
	Files, Folders int64
	Others         int64 // links and special files
	Bytes          int64
}

func (c *TreeCount) add(e fsys.Entry) {
	switch e.Type {
	case fsys.File:
		c.Files++
		c.Bytes += e.Size
	case fsys.Dir:
		c.Folders++
	default:
		c.Others++
	}
}

// progressEvery is how often progress is told.
const progressEvery = 200 * time.Millisecond

// every calls tell at most that often.
type every struct{ last time.Time }

func (v *every) now(tell func()) {
	if now := time.Now(); now.Sub(v.last) >= progressEvery {
		v.last = now
		tell()
	}
}

// Count counts what is at and below path, not following links. progress may be nil.
func Count(ctx context.Context, fs fsys.FS, path string, progress func(TreeCount)) (TreeCount, error) {
	var found TreeCount
	var clock every
	err := walk(ctx, fs, path, &walker{enter: func(_ string, e fsys.Entry) error {
		found.add(e)
		if progress != nil {
			clock.now(func() { progress(found) })
		}
		return nil
	}})
	return found, err
}
