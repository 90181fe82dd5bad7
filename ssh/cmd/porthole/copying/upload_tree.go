package copying

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"porthole/ssh/cmd/porthole/fault"
	"porthole/ssh/files/fsys"
	"porthole/ssh/wire"
)

// uploadTree copies a folder to the device. With Resume a directory that is not there yet
// gets its name when it is whole: the same command finds it again after a cut.
func (c *Copier) uploadTree(ctx context.Context, local, base, remote string) error {
	top := remote
	entry, err := c.FS.Stat(ctx, remote, true)
	if err == nil && entry.Type == fsys.Dir {
		top = strings.TrimRight(remote, "/") + "/" + base
		entry, err = c.FS.Stat(ctx, top, true)
	}
	switch {
	case err == nil && entry.Type != fsys.Dir:
		return fault.New(fault.Files, "%s is no directory on the device.", quoted(top))
	case err != nil && code(err) != wire.CodeNotFound:
		return err
	}
	to := top
	if err != nil && c.Resume {
		to = c.remotePart(strings.TrimRight(top, "/"))
	}
	err = c.sendTree(ctx, local, to)
	if err == nil && to != top {
		err = c.FS.Rename(ctx, to, strings.TrimRight(top, "/"), false)
	}
	if err != nil && to != top {
		c.Note("what was copied is in %s on the device; the same command goes on with it", quoted(to))
	}
	return err
}

func (c *Copier) sendTree(ctx context.Context, local, top string) error {
	u := &upload{failures: failures{c: c}, fresh: map[string]bool{}}
	group, moving := errgroup.WithContext(ctx)
	group.SetLimit(atOnce)
	err := filepath.WalkDir(local, func(at string, d fs.DirEntry, err error) error {
		if moving.Err() != nil {
			return context.Cause(moving)
		}
		below, relErr := filepath.Rel(local, at)
		if err = errors.Join(err, relErr); err != nil {
			u.add(localError(at, err))
			return nil
		}
		to := top
		if below != "." {
			to += "/" + filepath.ToSlash(below)
		}
		return u.visit(moving, group, at, d, to)
	})
	if werr := group.Wait(); werr != nil && !errors.Is(werr, context.Canceled) {
		err = werr
	}
	if err != nil {
		return err
	}
	u.setDirs(ctx)
	return u.result()
}

// upload is a folder on its way.
type upload struct {
	failures

	fresh map[string]bool // directories that were made: nothing can be in them
	dirs  []dirMode
}

type dirMode struct {
	path string
	info os.FileInfo
}

// visit copies one thing; its error ends everything.
func (u *upload) visit(ctx context.Context, group *errgroup.Group, at string, d fs.DirEntry, to string) error {
	switch {
	case d.IsDir():
		info, err := d.Info()
		if err == nil {
			u.dirs = append(u.dirs, dirMode{to, info})
		}
		return u.mkdir(ctx, to)
	case d.Type()&fs.ModeSymlink != 0:
		target, err := os.Readlink(at)
		if err == nil {
			_ = u.c.FS.Remove(ctx, to) // of an earlier copy; a directory stays
			err = u.c.FS.Symlink(ctx, filepath.ToSlash(target), to)
		}
		return u.noted(localIf(at, err))
	case d.Type().IsRegular():
		fresh := u.fresh[parent(to)]
		group.Go(func() error {
			err := u.file(ctx, at, to, fresh)
			if ctx.Err() != nil {
				return err
			}
			return u.noted(localIf(at, err))
		})
	default:
		u.c.Note("%s is no file or folder and was left out", quoted(at))
	}
	return nil
}

func parent(path string) string { return path[:strings.LastIndexByte(path, '/')+1] }

func (u *upload) mkdir(ctx context.Context, path string) error {
	err := u.c.FS.Mkdir(ctx, path, 0)
	switch {
	case err == nil:
		u.fresh[path+"/"] = true
		return nil
	case code(err) == wire.CodeExists:
		return nil
	}
	if entry, serr := u.c.FS.Stat(ctx, path, true); serr == nil && entry.Type == fsys.Dir {
		return nil
	}
	return err
}

// file copies one file. In a directory that we have made there is nothing to replace.
func (u *upload) file(ctx context.Context, at, to string, fresh bool) error {
	info, err := os.Stat(at)
	if err != nil {
		return localError(at, err)
	}
	where := &outgoing{c: u.c, path: to, fresh: true}
	if !fresh {
		if where, err = u.c.place(ctx, to, filepath.Base(at)); err != nil {
			return err
		}
	}
	return u.c.uploadFile(ctx, at, info, where)
}

// setDirs gives directories their modes and times, the inner ones first.
func (u *upload) setDirs(ctx context.Context) {
	if !u.c.Preserve {
		return
	}
	for _, d := range slices.Backward(u.dirs) {
		err := u.c.FS.Chmod(ctx, d.path, uint32(d.info.Mode().Perm()))
		if err == nil {
			err = u.c.FS.SetModified(ctx, d.path, d.info.ModTime())
		}
		if err != nil {
			u.add(err)
		}
	}
}
