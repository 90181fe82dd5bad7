package files

import (
	"context"
	"slices"
	"strings"

	"porthole/ssh/files/fsys"
	"porthole/ssh/wire"
)

const (
	// maxDepth is how deep a tree may be: deeper ones have paths that Linux takes only
	// piece by piece.
	maxDepth = 2048
	// maxTree is how many entries one walk meets, maxHeld how many it keeps at a time:
	// what has more never ends, or is more than a person means.
	maxTree, maxHeld = 5_000_000, 500_000
	// listAhead is how many directories are listed before their turn, listAheadMost how
	// large these may be.
	listAhead, listAheadMost = 16, 5_000
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

// walker goes through a tree, depth first, by name, and never follows a link.
type walker struct {
	fs    fsys.FS
	enter func(path string, e fsys.Entry) error // before what is in it
	leave func(path string, e fsys.Entry) error // after it, directories alone; may be nil
	fault func(path string, err error) error    // a directory that cannot be listed; nil: that ends the walk

	early chan struct{} // one for each listing before its turn
	met   int
	held  int
}

// walk calls enter for path and all below it, and leave for each directory when what is
// in it is done.
func walk(ctx context.Context, fs fsys.FS, path string, w *walker) error {
	e, err := fs.Stat(ctx, path, false)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel() // for listings whose turn does not come
	w.fs, w.early = fs, make(chan struct{}, listAhead)
	return w.visit(ctx, path, e, nil, 0)
}

// listing is what a directory has.
type listing struct {
	entries []fsys.Entry
	err     error
}

// visit goes through one entry; early is its listing, when that began before its turn.
func (w *walker) visit(ctx context.Context, path string, e fsys.Entry, early <-chan listing, depth int) error {
	if ctx.Err() != nil {
		return fsys.Cancelled(ctx)
	}
	if w.met++; w.met > maxTree || w.held > maxHeld || depth > maxDepth {
		return failure(wire.CodeTooMany, "There is too much below %s to go through it all.", fsys.Quoted(path))
	}
	if err := w.enter(path, e); err != nil {
		return err
	}
	if e.Type != fsys.Dir {
		return nil
	}
	entries, err := w.list(ctx, path, early)
	if err != nil && (w.fault == nil || ctx.Err() != nil) {
		return err
	}
	if err != nil {
		if err := w.fault(path, err); err != nil {
			return err
		}
	}
	w.held += len(entries)
	if err := w.children(ctx, path, entries, depth); err != nil {
		return err
	}
	w.held -= len(entries)
	if w.leave == nil {
		return nil
	}
	return w.leave(path, e)
}

func (w *walker) children(ctx context.Context, path string, entries []fsys.Entry, depth int) error {
	begun := map[string]<-chan listing{}
	next := 0 // which entry is looked at for an early listing
	for i, child := range entries {
		for next = max(next, i+1); next < len(entries) && len(begun) < listAhead; next++ {
			if entries[next].Type != fsys.Dir {
				continue
			}
			early, ok := w.begin(ctx, join(path, entries[next].Name))
			if !ok {
				break
			}
			begun[entries[next].Name] = early
		}
		early := begun[child.Name]
		delete(begun, child.Name)
		if err := w.visit(ctx, join(path, child.Name), child, early, depth+1); err != nil {
			return err
		}
	}
	return nil
}

// begin lists a directory before its turn; not when enough are under way.
func (w *walker) begin(ctx context.Context, path string) (<-chan listing, bool) {
	select {
	case w.early <- struct{}{}:
	default:
		return nil, false
	}
	result := make(chan listing, 1)
	go func() { // ends with ctx at the latest
		entries, err := list(ctx, w.fs, path, listAheadMost)
		result <- listing{entries, err}
	}()
	return result, true
}

// list waits for a listing that began early, or makes it.
func (w *walker) list(ctx context.Context, path string, early <-chan listing) ([]fsys.Entry, error) {
	if early != nil {
		r := <-early
		<-w.early
		if codeOf(r.err) != wire.CodeTooMany {
			return r.entries, r.err
		}
	}
	return list(ctx, w.fs, path, fsys.MaxEntries)
}

// list gives all of a directory, by name; code "too_many" when it has more than most.
func list(ctx context.Context, fs fsys.FS, path string, most int) ([]fsys.Entry, error) {
	var all []fsys.Entry
	err := fs.List(ctx, path, func(batch []fsys.Entry) error {
		for _, e := range batch {
			if fsys.IsName(e.Name) {
				all = append(all, e)
			}
		}
		if len(all) > most {
			return failure(wire.CodeTooMany, "%s has more than %d entries.", fsys.Quoted(path), most)
		}
		return nil
	})
	slices.SortFunc(all, func(a, b fsys.Entry) int { return strings.Compare(a.Name, b.Name) })
	return all, err
}
