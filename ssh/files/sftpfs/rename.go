package sftpfs

import (
	"context"

	"porthole/ssh/files/fsys"
	"porthole/ssh/wire"
)

// Rename implements fsys.FS. SFTP's own rename must not replace (§6.5), but some servers
// do it all the same, so to is looked at first.
func (f *files) Rename(ctx context.Context, from, to string, replace bool) error {
	for _, p := range []string{from, to} {
		if err := valid(p); err != nil {
			return err
		}
	}
	if !replace {
		if _, err := f.stat(ctx, to, false); err == nil {
			return failure(wire.CodeExists, nil, "%s is there already. Choose another name, or replace it.", quoted(to))
		}
		err := do(ctx, f, func(l *link) error { return l.client.Rename(from, to) })
		return f.explainRename(ctx, from, to, err)
	}
	l, err := f.link(ctx)
	if err != nil {
		return err
	}
	if _, ok := l.client.HasExtension("posix-rename@openssh.com"); ok {
		err := do(ctx, f, func(l *link) error { return l.client.PosixRename(from, to) })
		return f.explainRename(ctx, from, to, err)
	}
	return f.explainRename(ctx, from, to, f.replace(ctx, from, to))
}

// replace renames over what is there, for servers without posix-rename: what is there is
// put aside first, and back when the rename fails.
func (f *files) replace(ctx context.Context, from, to string) error {
	rename := func(from, to string) error {
		return do(ctx, f, func(l *link) error { return l.client.Rename(from, to) })
	}
	err := rename(from, to)
	old, statErr := f.stat(ctx, to, false)
	if err == nil || lost(err) || statErr != nil {
		return err
	}
	if old.Type == fsys.Dir {
		return failure(wire.CodeExists, err, "%s is there already and is a directory.", quoted(to))
	}
	aside := to + ".replaced"
	if err := rename(to, aside); err != nil {
		return err
	}
	if err := rename(from, to); err != nil {
		if back := rename(aside, to); back != nil {
			return failure(wire.CodeFileFailed, err, "%s could not be replaced; what was there is now %s.", quoted(to), quoted(aside))
		}
		return err
	}
	return f.removeFile(ctx, aside)
}
