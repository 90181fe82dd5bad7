package sftpfs

import (
	"context"
	"path"
	"strings"

	"porthole/ssh/files/fsys"
	"porthole/ssh/wire"
)

// maxHops is how many links one path may lead over, as under Linux.
const maxHops = 40

// RealPath implements fsys.FS.
func (f *files) RealPath(ctx context.Context, p string) (string, error) {
	if err := valid(p); err != nil {
		return "", err
	}
	real, err := call(ctx, f, func(l *link) (string, error) { return l.client.RealPath(p) })
	if err != nil {
		return "", f.explain(ctx, "realpath", p, err)
	}
	if !path.IsAbs(real) || strings.Contains(real, "\x00") {
		return "", failure(wire.CodeFileFailed, nil, "The device gave no absolute path for %s.", quoted(p))
	}
	if f.resolves {
		return path.Clean(real), nil
	}
	// Resolved by hand from what was asked: a server that only tidies the text also turns
	// "link/.." into what it is not.
	return f.resolve(ctx, f.absolute(p))
}

// resolve follows every link of an absolute path. Its last element may be missing.
func (f *files) resolve(ctx context.Context, p string) (string, error) {
	done, rest := "/", strings.Split(p, "/")
	for hops := 0; len(rest) > 0; {
		name := rest[0]
		rest = rest[1:]
		switch name {
		case "", ".":
			continue
		case "..":
			done = path.Dir(done)
			continue
		}
		at := path.Join(done, name)
		e, err := f.stat(ctx, at, false)
		if status, _ := statusOf(err); err != nil && status == statusNoSuchFile && !more(rest) {
			return at, nil
		}
		if err != nil {
			return "", f.explain(ctx, "realpath", at, err)
		}
		if e.Type != fsys.Link {
			done = at
			continue
		}
		if hops++; hops > maxHops {
			return "", failure(wire.CodeLinkLoop, nil, "%s leads in a circle.", quoted(p))
		}
		target, err := call(ctx, f, func(l *link) (string, error) { return l.client.ReadLink(at) })
		if err != nil {
			return "", f.explain(ctx, "readlink", at, err)
		}
		if path.IsAbs(target) {
			done = "/"
		}
		rest = append(strings.Split(target, "/"), rest...)
	}
	return done, nil
}

// more says whether elements come behind.
func more(rest []string) bool {
	for _, name := range rest {
		if name != "" && name != "." {
			return true
		}
	}
	return false
}
