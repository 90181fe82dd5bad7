package sftpfs

import (
	"context"
	"os"
	"path"
	"strings"
	"time"

	"porthole/ssh/files/fsys"
	"porthole/ssh/wire"
)

// Stat implements fsys.FS.
func (f *files) Stat(ctx context.Context, p string, follow bool) (fsys.Entry, error) {
	e, err := f.stat(ctx, p, follow)
	if err != nil {
		return fsys.Entry{}, f.explain(ctx, "stat", p, err)
	}
	if e.Type == fsys.Link {
		f.fillLink(ctx, p, &e)
	}
	return e, nil
}

func (f *files) stat(ctx context.Context, p string, follow bool) (fsys.Entry, error) {
	if err := valid(p); err != nil {
		return fsys.Entry{}, err
	}
	info, err := call(ctx, f, func(l *link) (os.FileInfo, error) {
		if follow {
			return l.client.Stat(p)
		}
		return l.client.Lstat(p)
	})
	if err != nil {
		return fsys.Entry{}, err
	}
	return f.entryOf(nameOf(p), info), nil
}

// ReadLink implements fsys.FS.
func (f *files) ReadLink(ctx context.Context, p string) (string, error) {
	if err := valid(p); err != nil {
		return "", err
	}
	target, err := call(ctx, f, func(l *link) (string, error) { return l.client.ReadLink(p) })
	if err != nil {
		return "", f.explain(ctx, "readlink", p, err)
	}
	return target, nil
}

// valid refuses what no path can have; OpenSSH's server ends when it gets it.
func valid(p string) error {
	if strings.Contains(p, "\x00") {
		return failure(wire.CodeInvalid, nil, "A path cannot have a NUL byte.")
	}
	if len(p) > maxPath {
		return failure(wire.CodeNameTooLong, nil, "The path %s is longer than a device can take.", quoted(p))
	}
	return nil
}

// maxPath is what is sent at most, in bytes; devices take 4,095.
const maxPath = 64 << 10

// act does something to p.
func (f *files) act(ctx context.Context, op, p string, request func(*link) error) error {
	if err := valid(p); err != nil {
		return err
	}
	return f.explain(ctx, op, p, do(ctx, f, request))
}

// Mkdir implements fsys.FS.
func (f *files) Mkdir(ctx context.Context, p string, mode uint32) error {
	err := f.act(ctx, "mkdir", p, func(l *link) error { return l.client.Mkdir(p) })
	if err != nil || mode == 0 {
		return err
	}
	return f.Chmod(ctx, p, mode)
}

// Remove implements fsys.FS.
func (f *files) Remove(ctx context.Context, p string) error {
	e, err := f.stat(ctx, p, false)
	if err != nil {
		return f.explain(ctx, "remove", p, err)
	}
	if e.Type == fsys.Dir {
		return f.act(ctx, "rmdir", p, func(l *link) error { return l.client.RemoveDirectory(p) })
	}
	return f.explain(ctx, "remove", p, f.removeFile(ctx, p))
}

// removeFile removes what is no directory. pkg/sftp's Remove tries rmdir as well and then
// tells of that failure.
func (f *files) removeFile(ctx context.Context, p string) error {
	l, err := f.link(ctx)
	if err != nil {
		return err
	}
	const typeRemove = 13
	answer, err := l.tap.send(typeRemove, encoded(p))
	if err != nil {
		return err
	}
	reply, err := receive(ctx, answer)
	if err != nil {
		return err
	}
	if reply.kind != typeStatus {
		return errGarbled
	}
	return statusError(reply.payload)
}

// Chmod implements fsys.FS.
func (f *files) Chmod(ctx context.Context, p string, mode uint32) error {
	return f.act(ctx, "chmod", p, func(l *link) error { return l.client.Chmod(p, fileMode(mode)) })
}

// fileMode is how os has the twelve bits.
func fileMode(mode uint32) os.FileMode {
	m := os.FileMode(mode & 0o777)
	for bit, flag := range map[uint32]os.FileMode{0o4000: os.ModeSetuid, 0o2000: os.ModeSetgid, 0o1000: os.ModeSticky} {
		if mode&bit != 0 {
			m |= flag
		}
	}
	return m
}

// Chown implements fsys.FS. SFTP sets both owners or none.
func (f *files) Chown(ctx context.Context, p string, uid, gid int64) error {
	if uid < 0 || gid < 0 {
		e, err := f.stat(ctx, p, true)
		if err != nil {
			return f.explain(ctx, "chown", p, err)
		}
		if uid < 0 {
			uid = e.UID
		}
		if gid < 0 {
			gid = e.GID
		}
	}
	return f.act(ctx, "chown", p, func(l *link) error { return l.client.Chown(p, int(uid), int(gid)) })
}

// SetModified implements fsys.FS; SFTP has whole seconds, until 2106.
func (f *files) SetModified(ctx context.Context, p string, modified time.Time) error {
	if s := modified.Unix(); s < 0 || s > 1<<32-1 {
		return failure(wire.CodeInvalid, nil, "The time %s cannot be set: SFTP knows those from 1970 to 2106.", modified.UTC().Format(time.DateOnly))
	}
	return f.act(ctx, "utime", p, func(l *link) error { return l.client.Chtimes(p, modified, modified) })
}

// Truncate implements fsys.FS.
func (f *files) Truncate(ctx context.Context, p string, size int64) error {
	return f.act(ctx, "truncate", p, func(l *link) error { return l.client.Truncate(p, size) })
}

// Symlink implements fsys.FS.
func (f *files) Symlink(ctx context.Context, target, p string) error {
	if err := valid(target); err != nil {
		return err
	}
	return f.act(ctx, "symlink", p, func(l *link) error { return l.client.Symlink(target, p) })
}

// absolute counts a relative path from the home directory.
func (f *files) absolute(p string) string {
	if path.IsAbs(p) {
		return p
	}
	return path.Join(f.info.Home, p)
}
