package files

import (
	"context"
	"path"
	"strings"

	"porthole/ssh/files/fsys"
	"porthole/ssh/wire"
)

// hides says whether there is anything that may not be read. What may not be read may yet
// be written, and must not be shown by way of that.
func (f *limited) hides() bool { return !f.read.all || f.limits.ReadNothing }

func (f *limited) readable(ctx context.Context, real string) (bool, error) {
	if f.limits.ReadNothing {
		return false, nil
	}
	return f.read.allow(ctx, f.fs, real)
}

// above says whether what is really at p holds a path that may be read, or one that may
// be as soon as it is there.
func (f *limited) above(ctx context.Context, p string) (bool, error) {
	if f.read.all {
		return false, nil
	}
	list, err := f.read.resolve(ctx, f.fs)
	for i, root := range list {
		if root == "" {
			if root, err = f.place(ctx, f.limits.ReadPaths[i]); err != nil {
				return false, err
			}
		}
		if within(root, p) {
			return true, nil
		}
	}
	return false, err
}

// hashable gives the path whose hash may be made: of what may be read, and of the part of
// an upload, which goes on from there after a cut.
func (f *limited) hashable(ctx context.Context, p string) (string, error) {
	real, refused := f.check(ctx, p, toRead, true)
	if codeOf(refused) != wire.CodeNotAllowed {
		return real, refused
	}
	real, err := f.real(ctx, p, true)
	if err != nil || !isPart(real) {
		return "", refused
	}
	if _, err := f.check(ctx, real, toWrite, true); err != nil {
		return "", refused
	}
	return real, nil
}

// isPart says whether a path is that of a part: [Beside], and partPath of
// web/src/files/transfers/names.ts, name them.
func isPart(p string) bool {
	const digits = 8
	name := path.Base(p)
	at := len(name) - len(partMark) - digits
	return at > 0 && strings.HasPrefix(name[at:], partMark) && strings.Trim(name[len(name)-digits:], "0123456789abcdef") == ""
}

// mayMove refuses a rename that would show what may not be read: by a name that may be
// read, or by a part's, whose hash is given.
func (f *limited) mayMove(ctx context.Context, from, to string) error {
	if !f.hides() {
		return nil
	}
	real, err := f.real(ctx, from, false)
	if err != nil {
		return err
	}
	if ok, err := f.readable(ctx, real); ok || err != nil {
		return err
	}
	if isPart(real) {
		if e, err := f.fs.Stat(ctx, real, false); err != nil || e.Type == fsys.File {
			return err // an upload is complete
		}
	}
	at, err := f.real(ctx, to, false)
	if err != nil {
		return err
	}
	shown, err := f.readable(ctx, at)
	if !shown && err == nil {
		shown, err = f.above(ctx, at)
	}
	if err == nil && (shown || isPart(at)) {
		err = failure(wire.CodeNotAllowed, "The limits allow no reading of %s, so it cannot be moved to %s.", fsys.Quoted(from), fsys.Quoted(to))
	}
	return err
}

// mayLink refuses a link in the place of a path that may be read.
func (f *limited) mayLink(ctx context.Context, p string) error {
	if !f.hides() {
		return nil
	}
	at, err := f.real(ctx, p, false)
	if err != nil {
		return err
	}
	over, err := f.above(ctx, at)
	if over && err == nil {
		err = failure(wire.CodeNotAllowed, "%s is one of the paths that the limits allow, or above one: it cannot be a link.", fsys.Quoted(p))
	}
	return err
}

// withoutTarget leaves out what a link leads to where nothing may be known of that.
func (f *limited) withoutTarget(ctx context.Context, p string, e *fsys.Entry) error {
	if !f.hides() || e.Type != fsys.Link || e.TargetType == fsys.Unknown {
		return nil
	}
	_, err := f.check(ctx, p, toKnow, true)
	if err == nil {
		return nil
	}
	e.TargetType = fsys.Unknown
	if ended(ctx, err) || codeOf(err) == wire.CodeLost {
		return err
	}
	return nil
}

// linksLast hands over entries as they come, and links when all are there: looking where
// one leads while the listing goes on would need what the listing holds.
func (f *limited) linksLast(ctx context.Context, dir string, each func([]fsys.Entry) error) (pass func([]fsys.Entry) error, rest func() error) {
	var links []fsys.Entry
	pass = func(batch []fsys.Entry) error {
		others := make([]fsys.Entry, 0, len(batch))
		for _, e := range batch {
			if e.Type == fsys.Link && e.TargetType != fsys.Unknown {
				links = append(links, e)
			} else {
				others = append(others, e)
			}
		}
		if len(others) == 0 {
			return nil
		}
		return each(others)
	}
	rest = func() error {
		pool := newPool(ctx)
		for i := range links {
			err := pool.do(func() error { return f.withoutTarget(ctx, join(dir, links[i].Name), &links[i]) })
			if err != nil {
				break
			}
		}
		if err := pool.wait(); err != nil || len(links) == 0 {
			return err
		}
		return each(links)
	}
	return pass, rest
}
