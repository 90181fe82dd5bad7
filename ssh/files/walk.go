package files

import (
	"context"
	"strings"

	"porthole/ssh/files/fsys"
	"porthole/ssh/wire"
)

const (
	// maxDepth is how deep a tree may be: deeper ones have paths that Linux takes only
	// piece by piece.
	maxDepth = 2048
	// maxTree is how many entries one walk meets: what has more never ends, or is more
	// than a person means.
	maxTree = 5_000_000
)

// join puts a name below a directory. Names are one element: backends leave out others.
func join(dir, name string) string {
	if dir == "" {
		return name
	}
	if strings.HasSuffix(dir, "/") {
		return dir + name
	}
	return dir + "/" + name
}

// isName says whether a name is one element of a path, and no way out of it.
func isName(name string) bool {
	return name != "" && name != "." && name != ".." && !strings.ContainsAny(name, "/\x00")
}

// walker goes through a tree, depth first, never following a link: what a directory was
// when its parent was listed is looked at again by lstat only at the top.
type walker struct {
	fs    fsys.FS
	enter func(path string, e fsys.Entry) error // before what is in it
	leave func(path string, e fsys.Entry) error // after it, directories alone; may be nil
	met   int
}

// walk calls enter for path and all below it, and leave for each directory when what is
// in it is done.
func walk(ctx context.Context, fs fsys.FS, path string, enter, leave func(string, fsys.Entry) error) error {
	e, err := fs.Stat(ctx, path, false)
	if err != nil {
		return err
	}
	w := &walker{fs: fs, enter: enter, leave: leave}
	return w.visit(ctx, path, e, 0)
}

func (w *walker) visit(ctx context.Context, path string, e fsys.Entry, depth int) error {
	if ctx.Err() != nil {
		return cancelled(ctx)
	}
	if w.met++; w.met > maxTree || depth > maxDepth {
		return failure(wire.CodeTooMany, "There is too much below %s to go through it all.", quoted(path))
	}
	if err := w.enter(path, e); err != nil {
		return err
	}
	if e.Type != fsys.Dir {
		return nil
	}
	entries, err := list(ctx, w.fs, path)
	if err != nil {
		return err
	}
	for _, child := range entries {
		if err := w.visit(ctx, join(path, child.Name), child, depth+1); err != nil {
			return err
		}
	}
	if w.leave == nil {
		return nil
	}
	return w.leave(path, e)
}

// list gives all of a directory.
func list(ctx context.Context, fs fsys.FS, path string) ([]fsys.Entry, error) {
	var all []fsys.Entry
	err := fs.List(ctx, path, func(batch []fsys.Entry) error {
		for _, e := range batch {
			if isName(e.Name) {
				all = append(all, e)
			}
		}
		return nil
	})
	return all, err
}
