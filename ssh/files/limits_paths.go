package files

import (
	"context"
	"path"
	"slices"
	"strings"
	"sync"

	"porthole/ssh/files/fsys"
	"porthole/ssh/wire"
)

// roots are allowed paths, made real when they are needed first. Each stays what it was
// found to be: a link that takes its place later leads nowhere.
type roots struct {
	all   bool
	given []string

	mu   sync.Mutex
	real []string // as given, "" while it is not known; guarded by mu
}

// resolve gives what the paths are, "" for one that is not there.
func (r *roots) resolve(ctx context.Context, fs fsys.FS) ([]string, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.real == nil {
		r.real = make([]string, len(r.given))
	}
	for i, p := range r.given {
		if r.real[i] != "" {
			continue
		}
		at, err := fs.RealPath(ctx, p)
		switch {
		case err == nil:
			r.real[i] = at
		case codeOf(err) == wire.CodeNotFound || codeOf(err) == wire.CodePermission:
			// What is not there, or not to be seen, allows nothing now.
		default:
			return nil, err
		}
	}
	return slices.Clone(r.real), nil
}

func (r *roots) allow(ctx context.Context, fs fsys.FS, real string) (bool, error) {
	if r.all {
		return true, nil
	}
	list, err := r.resolve(ctx, fs)
	return slices.ContainsFunc(list, func(root string) bool { return root != "" && within(real, root) }), err
}

// within says whether p is root or below it.
func within(p, root string) bool {
	return p == root || strings.HasPrefix(p, strings.TrimSuffix(root, "/")+"/")
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
	return "", failure(wire.CodeLinkLoop, "%s leads in a circle.", fsys.Quoted(p))
}

// maxHops is how many links one path may lead over, as under Linux.
const maxHops = 40

// place is real of what may be missing with the directories above it.
func (f *limited) place(ctx context.Context, p string) (string, error) {
	at, err := f.real(ctx, p, true)
	dir, last := path.Split(strings.TrimRight(p, "/"))
	if codeOf(err) != wire.CodeNotFound || dir == "" || last == "" {
		return at, err
	}
	above, err := f.place(ctx, dir)
	return join(above, last), err
}
